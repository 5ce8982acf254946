"""grade_one: a submission in, plain data out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

from coursekit.course import master as masters
from coursekit.course.reference import record
from coursekit.grading import prose, pytest_session
from coursekit.grading.assemble import Assembled, Frame
from coursekit.grading.nbval_plugin import CELL_SECONDS, Run
from coursekit.grading.processes import TRIES
from coursekit.sandbox.host.levels import strongest
from coursekit.sandbox.host.zygote_client import ZygoteClient


@cache
def zygote() -> ZygoteClient:
    """Return the zygote of this process, whose workers run the submissions."""
    return ZygoteClient()


@lru_cache(maxsize=4)
def frame(master: str, seed: str) -> Frame:
    """Return a master with its reference's values on the cases of a seed, run once a process."""
    read = masters.parse(master)
    return Frame(read, record(read, seed).records)


def grade_one(
    student: str, text: str, master: str, seed: str, seconds: float = CELL_SECONDS
) -> dict[str, Any]:
    """Return the graded submission as plain data: status, results of each check, words, notes."""
    return next(grade_together({student: text}, lambda: frame(master, seed), seconds))


def grade_together(
    texts: Mapping[str, str], frame_of: Callable[[], Frame], seconds: float
) -> Iterator[dict[str, Any]]:
    """Yield graded submissions, and what stands for those that cannot be read."""
    notebooks = {}
    for student, text in texts.items():
        try:
            notebooks[student] = masters.parse(text)
        except ValueError as error:
            yield without_results(student, "unreadable", f"The file is {error}.")
    if not notebooks:
        return
    its = frame_of()
    submissions = {student: its.assemble(notebook) for student, notebook in notebooks.items()}
    for student, ran in _results_of_all(its, submissions, seconds).items():
        graded = {
            "student": student, "status": "graded", "results": ran.results,
            "notes": ran.submission.notes,
            "words": prose.answers(its.master, notebooks[student]),
            "sandbox": strongest().level, "seconds": round(ran.seconds, 3),
        }  # fmt: skip
        if ran.broken:
            graded |= {"status": "infrastructure", "results": [], "notes": ran.broken}
        yield graded


def without_results(student: str, status: str, why: str) -> dict[str, Any]:
    """Return what stands for a submission without results: unreadable, or not graded yet."""
    return {"student": student, "status": status, "results": [], "notes": [why], "words": {},
            "sandbox": strongest().level, "seconds": 0.0}  # fmt: skip


def _results_of_all(
    its: Frame, submissions: Mapping[str, Assembled], seconds: float
) -> dict[str, Run]:
    """Return the run of each; of those in which nothing is answered, one run for all."""
    blank = {student: one for student, one in submissions.items() if its.is_blank(one)}
    rest = {student: one for student, one in submissions.items() if student not in blank}
    runs = dict(zip(rest, _results_of([*rest.values()], seconds), strict=True)) if rest else {}
    if blank and (its.run_of_blank is None or its.run_of_blank.broken):
        [its.run_of_blank] = _results_of([its.blank], seconds)
    return runs | {s: replace(its.run_of_blank, submission=one) for s, one in blank.items()}


def _results_of(some: Sequence[Assembled], seconds: float) -> list[Run]:
    """Return the run of each in one session; by itself again where our own machinery failed."""
    runs = pytest_session.run(some, seconds, zygote())
    for k, one in enumerate(some):
        for _ in range(TRIES - 1):
            if runs[k].broken:
                zygote().close()
                [runs[k]] = pytest_session.run([one], seconds, zygote())
    return runs
