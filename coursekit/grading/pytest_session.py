"""Run assembled notebooks in one pytest session with nbval's collector, without a command line."""

import io
import os
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from coursekit.grading.assemble import Assembled
from coursekit.grading.nbval_plugin import GradedNotebook
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
_one_at_a_time = threading.RLock()  # pytest keeps global state


class ResultCollector:
    """A pytest plugin that collects assembled notebooks by file name, and gathers their results."""

    def __init__(
        self, submissions: Mapping[str, Assembled], seconds: float, zygote: ZygoteClient
    ) -> None:
        self._submissions, self._seconds, self._zygote = submissions, seconds, zygote
        self.results = {name: NotebookResult() for name in submissions}

    def pytest_collect_file(self, file_path: Path, parent: Any) -> Any:
        submission = self._submissions[file_path.name]
        node = GradedNotebook.from_parent(
            parent, path=file_path, assemble=lambda: submission,
            zygote=self._zygote, seconds=self._seconds,
        )  # fmt: skip
        self.results[file_path.name] = node.result
        return node

    def pytest_runtest_logreport(self, report: Any) -> None:
        notebook = self.results[report.nodeid.partition("::")[0]]
        notebook.seconds += report.duration
        if report.when == "call":
            notebook.results += [r for name, r in report.user_properties if name == "coursekit"]
        elif report.failed:
            notebook.failures.append(str(report.longrepr)[-300:])


def run_notebooks(
    submissions: Sequence[Assembled], seconds: float, zygote: ZygoteClient
) -> list[NotebookResult]:
    """Run submissions and return their results; a worker may use `seconds` of CPU time."""
    names = {f"{k}.ipynb": submission for k, submission in enumerate(submissions)}
    collector = ResultCollector(names, seconds, zygote)
    output = io.StringIO()
    with (
        _one_at_a_time,
        tempfile.TemporaryDirectory(prefix=temporary_prefix("grade")) as folder,
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(output),
        redirect_stderr(output),
    ):
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        for name in names:
            Path(folder, name).touch()  # for pytest to collect; the notebook itself is in memory
        arguments = [*OPTIONS, f"--rootdir={folder}", f"--confcutdir={folder}", folder]
        code = pytest.main(arguments, plugins=[collector])
    for name, notebook in collector.results.items():
        probes = sum(bool(cell.outputs) for cell in names[name].cells)
        if int(code) not in (0, 1) or len(notebook.results) != probes:
            notebook.failures.append(output.getvalue()[-300:] or "nbval stopped too early")
    return list(collector.results.values())
