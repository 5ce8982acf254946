"""Fixtures and settings of all tests: one browser, and processes and files that are their own.

`quick`, `test` and `more` are profiles of hypothesis, chosen by the Makefile's target of that name.
None has a deadline, which would fail on a busy machine. Only `more` draws new examples each time;
the others repeat theirs, so that a test fails because of a change and not by luck.
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

FIRST = ("browser", "sandbox")  # markers of the long modules, which two processes begin with

for profile, examples in {"quick": 10, "test": 50, "more": 500}.items():
    settings.register_profile(
        profile, max_examples=examples, deadline=None, derandomize=profile != "more",
        suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip
settings.load_profile("test")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what needs a browser; let each of several processes begin with the long modules."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not any(map(item.get_closest_marker, FIRST)))


@pytest.fixture(scope="session", autouse=True)
def own_processes() -> None:
    """Let every process that a test started stay below this one, even when its parent has ended.

    A test can then tell what it left behind from what other programs on the machine do.
    """
    if sys.platform == "linux":
        adopt_orphans()


@pytest.fixture(scope="session", autouse=True)
def own_temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give this process a temporary folder of its own, for the same reason.

    Its path is short, as sockets need, and a sandbox's user may walk through it.
    """
    tmp_path_factory.getbasetemp()  # pytest's own folders stay where people look for them
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
