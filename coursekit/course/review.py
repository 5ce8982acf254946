"""Report a master's problems by cell and line, before students find them."""

from collections.abc import Callable, Iterator
from typing import Any

from coursekit.course.master import Master
from coursekit.course.mutants import mutants
from coursekit.course.records import Status
from coursekit.course.release import answered_notebook, student_notebook
from coursekit.course.review_cells import Finding, leaks, structure
from coursekit.course.review_checks import behaviour

Grade = Callable[[str, str, str, str], Any]  # student, text, master, seed → grading's Graded


def review(lesson: str, text: str, *, grade: Grade) -> Iterator[Finding]:
    """Yield a master's problems; mutants that no check notices are reported as hints.

    `grade` grades one submission.
    """
    master = Master.parse(text)
    if errors := list(structure(master)):
        yield from errors
        return  # running the master would report the same errors less clearly
    yield from leaks(master)
    runs = True
    for finding in behaviour(master):
        runs = runs and finding.advice
        yield finding
    if runs:
        yield from _grading(lesson, master, text, grade)


def small_changes(text: str) -> dict[str, int]:
    """Return exercise → number of mutants of its reference."""
    answers = Master.parse(text).answers
    return {exercise: sum(1 for _ in mutants(source)) for exercise, source in answers.items()}


def _grading(lesson: str, master: Master, text: str, grade: Grade) -> Iterator[Finding]:
    """Grade the reference and an empty notebook; yield a finding for each unexpected result."""
    graded = grade(lesson, answered_notebook(master, master.answers), text, "review")
    if graded.status != "graded":
        yield Finding(0, 1, f"grading the reference fails: {' '.join(graded.notes)}")
        return
    for result in graded.results:
        if not result.points:
            at = next(master.of_exercise(result.exercise, result.part)).index
            what = f"graded in the sandbox, the reference earns no points: {result.why}"
            yield Finding(at, 1, what)
    for result in grade(lesson, student_notebook(master), text, "review").results:
        if result.status is not Status.NOT_ATTEMPTED:
            at = next(master.of_exercise(result.exercise, result.part)).index
            what = f"an empty answer is graded as {result.status}, not as {Status.NOT_ATTEMPTED}"
            yield Finding(at, 1, what)
