"""`make shots`: take screenshots of each view and lesson, wide and narrow, light and dark."""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.page import write_page  # needs the path set above
from tests.support.server import NOTEBOOKS, chromium, jupyterlab
from tests.support.views import every_kind

WIDTHS = (1280, 400)
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


def shoot_views(browser: Browser, folder: Path, out: Path) -> None:
    """Take screenshots of each view, on a separate page."""
    for name, view in every_kind().items():
        address = write_page(folder / f"{name}.html", view)
        for width in WIDTHS:
            for theme in THEMES:
                page = browser.new_page(viewport={"width": width, "height": 700})
                page.emulate_media(color_scheme=theme)
                page.goto(address)
                page.locator("body[data-ready=yes]").wait_for(state="attached")
                page.screenshot(path=out / f"{name}-{width}-{theme}.png", full_page=True)
                page.close()


def shoot_lesson(page: Page, out: Path, lesson: str) -> None:
    """Run a lesson in JupyterLab, and take screenshots of its first screen and its widgets."""
    page.locator(".jp-Notebook").wait_for(timeout=60_000)
    page.locator("text=Python 3 (ipykernel) | Idle").wait_for(timeout=60_000)
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    for width in WIDTHS:
        for theme, name in THEMES.items():
            page.set_viewport_size({"width": width, "height": 900})
            change = (
                f"window.jupyterapp.commands.execute('apputils:change-theme', {{theme: '{name}'}})"
            )
            page.evaluate(change)
            page.evaluate("document.querySelector('.jp-WindowedPanel-outer').scrollTop = 0")
            page.wait_for_timeout(1500)  # until the new style sheet is loaded
            page.screenshot(path=out / f"{lesson}-first-{width}-{theme}.png")
            for i, widget in enumerate(page.locator(".ck-view").all(), 1):
                widget.scroll_into_view_if_needed()
                output = "xpath=ancestor::div[contains(@class, 'jp-OutputArea-output')]"
                box = widget.locator(output).first
                box.screenshot(path=out / f"{lesson}-widget{i}-{width}-{theme}.png")


def main(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = chromium(playwright)
        shoot_views(browser, Path(scratch), out)
        folder = Path(scratch) / "lessons"
        shutil.copytree(NOTEBOOKS, folder)
        with jupyterlab(folder, Path(scratch)) as address:
            for notebook in sorted(folder.glob("*.ipynb")):
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                page.goto(
                    address.format(notebook.name) + "&reset"
                )  # without reset, the previous lesson stays open
                shoot_lesson(page, out, notebook.stem)
                page.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "shots"))
