"""Turn a submission into a grade: `grade_one` is a pure function, except that it uses a sandbox.

One pytest session runs several submissions with nbval's collector, without a command line.
"""

import io
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pytest

from coursekit.course.headers import Role
from coursekit.course.master import Master
from coursekit.course.notebook_kernel import run_reference
from coursekit.course.unreadable import NotebookError
from coursekit.grading.assemble import Assembled, Frame, Plan
from coursekit.grading.limited import ReadingError
from coursekit.grading.nbval_plugin import GradedNotebook
from coursekit.grading.processes import TRIES
from coursekit.grading.reading import read_each
from coursekit.grading.results import Graded, NotebookResult, SubmissionStatus
from coursekit.sandbox.guest.limits import CELL_TIMEOUT
from coursekit.sandbox.host.folders import temporary_prefix
from coursekit.sandbox.host.levels import strongest
from coursekit.sandbox.host.zygote_client import ZygoteClient

UNUSED = (  # pytest's plugins that grading does not need; each costs time
    "cacheprovider", "unraisableexception", "threadexception", "faulthandler", "doctest",
    "unittest", "junitxml", "pastebin", "stepwise", "recwarn", "logging", "setuponly",
    "setupplan", "tmpdir", "monkeypatch", "debugging", "subtests", "warnings",
)  # fmt: skip
OPTIONS = ["-q", "--noconftest", "-c", os.devnull, "--color=no", "--tb=line", "-s",
           "-p", "nbval.plugin", *(f"-pno:{name}" for name in UNUSED)]  # fmt: skip
NO_FILES = (
    "Its checks put data files into the folder in which an answer runs, and Landlock lets nothing "
    "be written: install bubblewrap, and grade again."
)
Clocks = tuple[tuple[str, float], ...]  # exercise and CPU seconds of its public check
MAX_CODE = 20_000  # characters of an answer that are kept
_one_at_a_time = threading.RLock()  # pytest keeps global state


@cache
def zygote() -> ZygoteClient:
    """Return this process's zygote, whose workers run the submissions."""
    return ZygoteClient()


@lru_cache(maxsize=4)
def frame_of(master: str, seed: str, clocks: Clocks = ()) -> Frame:
    """Return a master's frame with the reference's outcomes; the cache avoids a second run."""
    notebook = Master.parse(master)
    return Frame(notebook, run_reference(notebook, seed, dict(clocks)))


def grade_one(
    student: str,
    text: str,
    master: str,
    seed: str,
    seconds: float = CELL_TIMEOUT,
    clocks: Clocks = (),
) -> Graded:
    """Grade the text of one notebook against the text of a master."""
    return next(grade_together({student: text}, lambda: frame_of(master, seed, clocks), seconds))


def grade_together(
    texts: Mapping[str, str], get_frame: Callable[[], Frame], seconds: float
) -> Iterator[Graded]:
    """Grade students' submissions in one pytest session; yield the unreadable ones first."""
    frame = get_frame()
    read = {}
    for student, reading in zip(texts, read_each(frame, texts.values()), strict=True):
        match reading:
            case NotebookError():
                why = f"The file is {reading}."
                yield without_results(student, SubmissionStatus.UNREADABLE, why)
            case ReadingError():
                why = f"Grading failed: {reading}"
                yield without_results(student, SubmissionStatus.INFRASTRUCTURE, why)
            case _:
                read[student] = reading
    if frame.needs_files and strongest().landlocked:
        for student in read:
            yield without_results(student, SubmissionStatus.INFRASTRUCTURE, NO_FILES)
        return
    submissions = {student: frame.complete(reading.plan) for student, reading in read.items()}
    for student, result in _run(frame, submissions, seconds).items():
        if result.failures:
            why = "\n".join(result.failures)
            yield without_results(student, SubmissionStatus.INFRASTRUCTURE, why)
        else:
            yield Graded(
                student, SubmissionStatus.GRADED, result.results,
                [*submissions[student].notes, *result.notes], read[student].prose,
                _code(frame.master, read[student].plan),
                strongest().level, round(result.seconds, 3),
            )  # fmt: skip


def _code(master: Master, plan: Plan) -> dict[str, str]:
    """Return the source of each answer that is not a stub."""
    answers = {cell.index: cell for cell in master.with_role(Role.ANSWER)}
    return {
        answers[index].exercise: source[:MAX_CODE]
        for index, source in plan.pieces
        if index in answers and source.strip() != answers[index].stub.strip()
    }


def without_results(student: str, status: SubmissionStatus, why: str) -> Graded:
    """Return the record of a submission that could not be graded, with the reason as a note."""
    return Graded(student, status, notes=[why], sandbox=strongest().level)


def _run(
    frame: Frame, submissions: Mapping[str, Assembled], seconds: float
) -> dict[str, NotebookResult]:
    """Return each submission's result; submissions with no answers share a single run."""
    blank = [student for student, one in submissions.items() if one.cells == frame.blank.cells]
    others = {student: one for student, one in submissions.items() if student not in blank}
    results = dict(zip(others, _with_retries([*others.values()], seconds), strict=True))
    if blank:
        if frame.blank_result is None or frame.blank_result.failures:
            [frame.blank_result] = _with_retries([frame.blank], seconds)
        results |= dict.fromkeys(blank, frame.blank_result)
    return results


def _with_retries(submissions: Sequence[Assembled], seconds: float) -> list[NotebookResult]:
    """Run submissions in one session; retry each one alone if our infrastructure failed."""
    if not submissions:
        return []
    results = run_notebooks(submissions, seconds)
    for k, submission in enumerate(submissions):
        for _ in range(TRIES - 1):
            if results[k].failures:
                zygote().close()
                [results[k]] = run_notebooks([submission], seconds)
    return results


class ResultCollector:
    """A pytest plugin that collects assembled notebooks by file name, and gathers their results."""

    def __init__(self, submissions: Mapping[str, Assembled], seconds: float) -> None:
        self._submissions, self._seconds = submissions, seconds
        self.results = {name: NotebookResult() for name in submissions}

    def pytest_collect_file(self, file_path: Path, parent: Any) -> Any:
        submission = self._submissions[file_path.name]
        node = GradedNotebook.from_parent(
            parent, path=file_path, assemble=lambda: submission,
            zygote=zygote(), seconds=self._seconds,
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


def run_notebooks(submissions: Sequence[Assembled], seconds: float) -> list[NotebookResult]:
    """Run submissions and return their results; a worker may use `seconds` of CPU time."""
    names = {f"{k}.ipynb": submission for k, submission in enumerate(submissions)}
    collector = ResultCollector(names, seconds)
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
        # hidden checks ran last
        order = list(dict.fromkeys(
            (cell.metadata["coursekit"].exercise, cell.metadata["coursekit"].role)
            for cell in names[name].cells
        ))  # fmt: skip
        notebook.results.sort(key=lambda result: order.index((result.exercise, result.part)))
        if int(code) not in (0, 1) or len(notebook.results) != probes:
            notebook.failures.append(output.getvalue()[-300:] or "nbval stopped too early")
    return list(collector.results.values())
