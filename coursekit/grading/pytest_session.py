"""Run assembled notebooks in one pytest session with nbval's collector, without a command line."""

import io
import os
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from coursekit.grading.assemble import Assembled
from coursekit.grading.nbval_plugin import ResultCollector
from coursekit.grading.results import NotebookResult
from coursekit.sandbox.host.folders import temporary_prefix
from coursekit.sandbox.host.zygote_client import ZygoteClient

UNUSED = (  # pytest's plugins that grading does not need; each costs time
    "cacheprovider", "unraisableexception", "threadexception", "faulthandler", "doctest",
    "unittest", "junitxml", "pastebin", "stepwise", "recwarn", "logging", "setuponly",
    "setupplan", "tmpdir", "monkeypatch", "debugging", "subtests", "warnings",
)  # fmt: skip
OPTIONS = ["-q", "--noconftest", "-c", os.devnull, "--color=no", "--tb=line", "-s",
           "-p", "nbval.plugin", *(f"-pno:{name}" for name in UNUSED)]  # fmt: skip
AUTOLOAD = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"
_one_at_a_time = threading.RLock()  # pytest keeps global state


def run_notebooks(
    submissions: Sequence[Assembled], seconds: float, zygote: ZygoteClient
) -> list[NotebookResult]:
    """Run submissions and return their results; a worker may use `seconds` of CPU time."""
    import pytest

    names = {f"{k}.ipynb": submission for k, submission in enumerate(submissions)}
    collector = ResultCollector(names, seconds, zygote)
    with _one_at_a_time, tempfile.TemporaryDirectory(prefix=temporary_prefix("grade")) as folder:
        for name in collector.results:
            Path(folder, name).touch()  # for pytest to collect; the notebook itself is in memory
        arguments = [*OPTIONS, f"--rootdir={folder}", f"--confcutdir={folder}", folder]
        output = io.StringIO()
        with _no_plugins(), redirect_stdout(output), redirect_stderr(output):
            code = pytest.main(arguments, plugins=[collector])
    notebooks = list(collector.results.values())
    for submission, notebook in zip(submissions, notebooks, strict=True):
        if int(code) not in (0, 1) or len(notebook.results) != submission.count_probes():
            notebook.failures.append(output.getvalue()[-300:] or "nbval stopped too early")
    return notebooks


@contextmanager
def _no_plugins() -> Iterator[None]:
    """Prevent pytest from loading installed plugins."""
    before = os.environ.get(AUTOLOAD)
    os.environ[AUTOLOAD] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[AUTOLOAD]
        else:
            os.environ[AUTOLOAD] = before
