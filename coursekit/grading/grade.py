"""Turn a submission into a grade: `grade_one` is a pure function, except that it uses a sandbox."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache

from coursekit.course.master import Master, Notebook
from coursekit.course.notebook_kernel import run_reference
from coursekit.grading import prose, pytest_session
from coursekit.grading.assemble import Assembled, Frame
from coursekit.grading.processes import TRIES
from coursekit.grading.results import Graded, NotebookResult, SubmissionStatus
from coursekit.sandbox.guest.limits import CELL_TIMEOUT
from coursekit.sandbox.host.levels import strongest
from coursekit.sandbox.host.zygote_client import ZygoteClient


@cache
def zygote() -> ZygoteClient:
    """Return this process's zygote, whose workers run the submissions."""
    return ZygoteClient()


@lru_cache(maxsize=4)
def frame_of(master: str, seed: str) -> Frame:
    """Return a master's frame with the reference's outcomes; the cache avoids a second run."""
    notebook = Master.parse(master)
    return Frame(notebook, run_reference(notebook, seed))


def grade_one(
    student: str, text: str, master: str, seed: str, seconds: float = CELL_TIMEOUT
) -> Graded:
    """Grade the text of one notebook against the text of a master."""
    return next(grade_together({student: text}, lambda: frame_of(master, seed), seconds))


def grade_together(
    texts: Mapping[str, str], get_frame: Callable[[], Frame], seconds: float
) -> Iterator[Graded]:
    """Grade students' submissions in one pytest session; yield the unreadable ones first."""
    notebooks = {}
    for student, text in texts.items():
        try:
            notebooks[student] = Notebook.parse(text)
        except ValueError as error:
            why = f"The file cannot be read: {error}."
            yield without_results(student, SubmissionStatus.UNREADABLE, why)
    if not notebooks:
        return
    frame = get_frame()
    submissions = {student: frame.assemble(notebook) for student, notebook in notebooks.items()}
    for student, result in _run(frame, submissions, seconds).items():
        if result.failures:
            why = "\n".join(result.failures)
            yield without_results(student, SubmissionStatus.INFRASTRUCTURE, why)
        else:
            yield Graded(
                student, SubmissionStatus.GRADED, result.results, submissions[student].notes,
                prose.find_prose(frame.master, notebooks[student]), strongest().level,
                round(result.seconds, 3),
            )  # fmt: skip


def without_results(student: str, status: SubmissionStatus, why: str) -> Graded:
    """Return the record of a submission that could not be graded, with the reason as a note."""
    return Graded(student, status, notes=[why], sandbox=strongest().level)


def _run(
    frame: Frame, submissions: Mapping[str, Assembled], seconds: float
) -> dict[str, NotebookResult]:
    """Return each submission's result; submissions with no answers share a single run."""
    blank = [student for student, one in submissions.items() if frame.is_blank(one)]
    others = [student for student in submissions if student not in blank]
    runs = _with_retries([submissions[student] for student in others], seconds)
    results = dict(zip(others, runs, strict=True))
    if blank:
        if frame.blank_result is None or frame.blank_result.failures:
            [frame.blank_result] = _with_retries([frame.blank], seconds)
        results |= dict.fromkeys(blank, frame.blank_result)
    return results


def _with_retries(submissions: Sequence[Assembled], seconds: float) -> list[NotebookResult]:
    """Run submissions in one session; retry each one alone if our infrastructure failed."""
    if not submissions:
        return []
    results = pytest_session.run_notebooks(submissions, seconds, zygote())
    for k, submission in enumerate(submissions):
        for _ in range(TRIES - 1):
            if results[k].failures:
                zygote().close()
                [results[k]] = pytest_session.run_notebooks([submission], seconds, zygote())
    return results
