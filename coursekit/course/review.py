"""Report a master's problems by cell and line, before students find them.

First its cells are examined without running them: headers, points, syntax, leaked lines. A master
without errors is then run, and finally graded.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from coursekit.course.master import Master
from coursekit.course.records import Status
from coursekit.course.release import answered_notebook, student_notebook
from coursekit.course.review_checks import behaviour
from coursekit.course.structure import Finding, structure
from coursekit.distribution import version

REVIEWS = ".checked.json"  # in the masters' folder: what check-master found no errors in
Grade = Callable[[str, str, str, str], Any]  # student, text, master, seed → grading's Graded


def review(lesson: str, text: str, *, grade: Grade, mutate: bool = True) -> Iterator[Finding]:
    """Yield a master's problems; if `mutate`, also yield the mutants that no check notices.

    `grade` grades one submission.
    """
    master = Master.parse(text)
    findings = list(structure(master)) or list(behaviour(master, mutate=mutate))
    yield from findings
    if all(finding.advice for finding in findings):
        yield from _grading(lesson, master, text, grade)


def record_review(path: Path, text: str) -> None:
    """Note beside a master that its text has no errors."""
    file = path.with_name(REVIEWS)
    reviews = _reviews(file) | {
        path.stem: {"master": _version(text), "on": date.today().isoformat()}
    }
    with suppress(OSError):  # in a folder that cannot be written, each release checks again
        file.write_text(f"{json.dumps(reviews, indent=1, sort_keys=True)}\n", encoding="utf-8")


def last_review(path: Path, text: str) -> str:
    """Return the day on which exactly this text of a master was found to have no errors, or ""."""
    review = _reviews(path.with_name(REVIEWS)).get(path.stem, {})
    return review["on"] if review.get("master") == _version(text) else ""


def _reviews(file: Path) -> dict[str, dict[str, str]]:
    try:
        reviews: dict[str, dict[str, str]] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # there is none, or it is damaged: the master is checked again
        return {}
    return reviews


def _version(text: str) -> str:
    """Return a digest of a master and of the version of coursekit that checks it."""
    return hashlib.sha256(f"{version()} {text}".encode()).hexdigest()


def _grading(lesson: str, master: Master, text: str, grade: Grade) -> Iterator[Finding]:
    """Grade the reference and an empty notebook; yield a finding for each unexpected result."""
    graded = grade(lesson, answered_notebook(master, master.answers), text, "review")
    if graded.status != "graded":
        yield Finding(f"grading the reference fails: {' '.join(graded.notes)}")
        return
    for result in graded.results:
        if not result.points:
            at = next(master.of_exercise(result.exercise, result.part)).index
            what = f"graded in the sandbox, the reference earns no points: {result.why}"
            yield Finding(what, at)
    for result in grade(lesson, student_notebook(master), text, "review").results:
        if result.status is not Status.NOT_ATTEMPTED:
            at = next(master.of_exercise(result.exercise, result.part)).index
            what = f"an empty answer is graded as {result.status}, not as {Status.NOT_ATTEMPTED}"
            yield Finding(what, at)
