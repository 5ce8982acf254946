"""What a person decides about a student: points for an exercise with a reason, or only a note.

Decisions are kept through regrades: they are applied whenever a report is made.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from coursekit.course.headers import Role
from coursekit.course.records import Status
from coursekit.grading.results import Graded, Result, SubmissionStatus

NO_MAXIMA: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision; the last one on a student and an exercise counts."""

    student: str
    exercise: str  # "" for a note
    points: float | None  # None for a note, or if earlier points are withdrawn
    reason: str
    entered: str = ""  # the day, in ISO 8601


def decisions_by_student(decisions: Iterable[Decision]) -> defaultdict[str, list[Decision]]:
    """Return each student's decisions, oldest first."""
    made = defaultdict[str, list[Decision]](list)
    for one in decisions:
        made[one.student].append(one)
    return made


def overrides(decisions: Iterable[Decision]) -> dict[str, Decision]:
    """Return the decision on the points of each exercise; `decisions` are one student's."""
    last = {one.exercise: one for one in decisions if one.exercise}
    return {exercise: one for exercise, one in last.items() if one.points is not None}


def decided(
    row: Graded, decisions: Sequence[Decision], maxima: Mapping[str, float] = NO_MAXIMA
) -> Graded:
    """Return a submission with the points that a person decided on.

    The first result of an exercise carries them. A submission that could not be graded counts as
    graded then; `maxima` are the most points of each exercise.
    """
    chosen = overrides(decisions)
    if not chosen:
        return row
    results, carried = list[Result](), set[str]()
    for result in row.results:
        name = result.exercise
        if name in chosen:
            points = 0.0 if name in carried else chosen[name].points or 0.0
            status = Status.READ if result.part is Role.PROSE else result.status
            result = replace(result, points=points, status=status)
            carried.add(name)
        results.append(result)
    for name in chosen.keys() - carried:
        points = chosen[name].points or 0.0
        most = maxima.get(name, points)
        results.append(Result(name, Role.CHECK, points, most, 0, 0, Status.READ))
    return replace(row, results=results, status=SubmissionStatus.GRADED)
