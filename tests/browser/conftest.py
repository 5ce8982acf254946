"""A page in a real Chromium, and a real JupyterLab with its own folders, port and token."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.server import NOTEBOOKS, jupyterlab

MOST = 60_000  # ms: anything that takes longer has hung, even on a busy machine
expect.set_options(timeout=MOST)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails the test on a console error or on a request that leaves the machine."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, reduced_motion="reduce", bypass_csp=False
    )
    context.set_default_timeout(MOST)
    page = context.new_page()
    errors: list[str] = []
    page.on(
        "console", lambda m: errors.append(f"{m.text} {m.location}") if m.type == "error" else 0
    )
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda r: None if _is_local(r.url) else errors.append(f"left: {r.url}"))
    page.errors = errors  # type: ignore[attr-defined]
    yield page
    context.close()
    assert errors == []


def _is_local(url: str) -> bool:
    return url.startswith(
        (
            "file:",
            "data:",
            "blob:",
            "about:",
            "http://127.0.0.1:",
            "http://localhost:",
            "ws://127.0.0.1:",
        )
    )


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Start JupyterLab in a copy of the lessons; yield its address (with token) and the folder."""
    scratch = tmp_path_factory.mktemp("lab")
    folder = scratch / "lessons"
    shutil.copytree(NOTEBOOKS, folder, ignore=shutil.ignore_patterns(".*"))
    with jupyterlab(folder, scratch) as address:
        yield f"{address}&reset", folder  # reset: close the tabs that another test opened
