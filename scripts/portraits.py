"""Write the README's screenshots: the first view of a student, an instructor and a lecturer."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from coursekit.figures import lesson_figures
from tests.support.server import NOTEBOOKS, chromium, jupyterlab  # needs the path set above

OUT = Path(__file__).parents[1] / "docs" / "shots"


def student(browser: Browser, scratch: Path) -> None:
    """Take a screenshot of the first notebook after it has run in JupyterLab."""
    shutil.copytree(NOTEBOOKS, scratch / "notebooks")
    with jupyterlab(scratch / "notebooks", scratch) as address:
        page = browser.new_page(viewport={"width": 1000, "height": 960})
        page.goto(address.format("00-start.ipynb"))
        page.locator("text=Python 3 (ipykernel) | Idle").wait_for(timeout=60_000)
        page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
        page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        page.locator(".ck-card").last.wait_for(timeout=60_000)
        page.wait_for_timeout(2000)  # until the panel has settled
        page.evaluate("document.querySelector('.jp-WindowedPanel-outer').scrollTop = 0")
        page.screenshot(path=OUT / "student.png")
        page.close()


def instructor(browser: Browser, scratch: Path) -> None:
    """Take a screenshot of the report on a simulated class."""
    command = [sys.executable, "-c", "from coursekit.cli import app; app()", "grade", "--demo"]
    quiet = os.environ | {"BROWSER": "true"}
    subprocess.run([*command, "--out", scratch / "demo"], env=quiet, check=True)
    page = browser.new_page(viewport={"width": 1000, "height": 700})
    page.goto((scratch / "demo" / "report.html").as_uri())
    page.screenshot(path=OUT / "instructor.png")
    page.close()


def lecturer() -> None:
    """Write one frame of a figure, as `coursekit figures` does."""
    [sweep] = (figure for figure in lesson_figures("05") if figure.name == "05-sweep")
    (OUT / "lecturer.png").write_bytes(sweep.render("png", "light", 4))


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = chromium(playwright)
        student(browser, Path(scratch))
        instructor(browser, Path(scratch))
        browser.close()
    lecturer()


if __name__ == "__main__":
    main()
