"""The lesson's first screen and its widgets, wide and narrow, light and dark: `make shots`."""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.browser.server import NOTEBOOKS, chromium, jupyterlab  # after the path

LESSON = "05-backpropagation.ipynb"
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


def shoot(page: Page, out: Path, width: int, theme: str) -> None:
    page.set_viewport_size({"width": width, "height": 900 if width > 600 else 860})
    commands = "window.jupyterapp.commands"
    page.evaluate(f"{commands}.execute('apputils:change-theme', {{theme: {THEMES[theme]!r}}})")
    page.evaluate("document.querySelector('.jp-WindowedPanel-outer').scrollTop = 0")
    page.wait_for_timeout(1500)  # the theme's style sheet arrives and the panel settles
    page.screenshot(path=out / f"first-{width}-{theme}.png")
    for i, widget in enumerate(page.locator(".ck-view").all(), 1):
        widget.scroll_into_view_if_needed()
        box = widget.locator("xpath=ancestor::div[contains(@class, 'jp-OutputArea-output')]").first
        box.screenshot(path=out / f"widget{i}-{width}-{theme}.png")


def main(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch) / "lessons"
        shutil.copytree(NOTEBOOKS, folder)
        browser = chromium(playwright)
        with jupyterlab(folder, Path(scratch)) as address:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(address.format(LESSON))
            page.locator(".jp-Notebook").wait_for(timeout=60_000)
            page.locator("text=Python 3 (ipykernel) | Idle").wait_for(timeout=60_000)
            page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
            page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
            for width in (1280, 400):
                for theme in THEMES:
                    shoot(page, out, width, theme)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "shots"))
