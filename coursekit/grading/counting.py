"""Which attempt of a student counts: the last, the best or the first.

The best is the one with the most points after marks, decisions and what being late costs.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from coursekit.grading.decisions import Decision, decided, decisions_by_student
from coursekit.grading.gradebook import Gradebook
from coursekit.grading.marking import by_student
from coursekit.grading.marks import Marks, prose_results
from coursekit.grading.results import Graded, SubmissionStatus
from coursekit.grading.settings import Counts


def counting(
    attempts: Sequence[Graded],
    counts: Counts,
    max_points: Mapping[str, float],
    marks: Marks,
    decisions: Sequence[Decision] = (),
) -> Graded:
    """Return the attempt of a student that counts; of equally good ones, the last."""
    if counts is not Counts.BEST:
        return attempts[0 if counts is Counts.FIRST else -1]

    def worth(one: Graded) -> tuple[float, bool]:
        written = prose_results(one, max_points, marks)
        whole = decided(replace(one, results=[*one.results, *written]), decisions)
        return whole.points * (1 - one.lost), one.status is SubmissionStatus.GRADED

    return max(reversed(attempts), key=worth)


def which_counts(rows: Iterable[Graded], counts: Counts) -> Iterator[str]:
    """Yield a sentence on which attempt counts, if anybody has several."""
    if any(row.among > 1 for row in rows):
        yield f"Each student's {counts} attempt counts."


def chosen_counts(book: Gradebook) -> Counts:
    """Return which attempt counts, as chosen for the class."""
    return Counts(book.fact("counts") or Counts.LAST)


def counting_rows(
    book: Gradebook, max_points: Mapping[str, float], *, accepted: bool = False
) -> list[Graded]:
    """Return the attempt of each student that counts, maybe with new grades."""
    counts, attempts = chosen_counts(book), book.standing(accepted=accepted)
    marks = by_student(book.marks(), list(chain.from_iterable(attempts.values())))
    decisions = decisions_by_student(book.decisions())
    return [
        replace(counting(each, counts, max_points, marks, decisions[student]), among=len(each))
        for student, each in attempts.items()
    ]
