"""Fixtures and settings for all tests: one browser, isolated processes and temporary files.

`quick`, `test` and `more` are Hypothesis profiles, chosen by the Makefile targets of those names.
None has a deadline, because tests are slow on a busy machine. Only `more` draws new examples each
time; the others repeat the same examples, so that a failure is due to a change and not to chance.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright

from tests.support.processes import adopt_orphans
from tests.support.server import chromium

FIRST = ("browser", "sandbox")  # markers of the slow modules, which parallel runs start with

for profile, examples in {"quick": 10, "test": 50, "more": 500}.items():
    settings.register_profile(
        profile, max_examples=examples, deadline=None, derandomize=profile != "more",
        suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip
settings.load_profile("test")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that need a browser; in parallel runs, start with the slow modules."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not any(map(item.get_closest_marker, FIRST)))


@pytest.fixture(scope="session", autouse=True)
def own_processes() -> None:
    """Keep every process that a test started below this one, even after its parent has exited.

    A test can then tell the processes it left behind from those of other programs.
    """
    if sys.platform == "linux":
        adopt_orphans()


@pytest.fixture(scope="session", autouse=True)
def own_temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give this process its own temporary folder, to tell its leftovers from those of others.

    The path is short, because socket paths must be, and a sandbox's user may enter the folder.
    """
    tmp_path_factory.getbasetemp()  # pytest's own folder stays in its usual place
    before = os.environ.get("TMPDIR")
    folder = Path(tempfile.mkdtemp(prefix="ck-"))
    folder.chmod(0o711)
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    yield
    tempfile.tempdir = None
    if before is None:
        del os.environ["TMPDIR"]
    else:
        os.environ["TMPDIR"] = before
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        yield browser
        browser.close()
