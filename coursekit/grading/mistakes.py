"""The behaviour of each known mistake: the master's distractors, graded like submissions."""

from collections.abc import Iterable
from functools import partial

from coursekit.course.headers import Role
from coursekit.course.master import Master
from coursekit.course.release import answered_notebook
from coursekit.grading.batch import seed_of
from coursekit.grading.grade import frame_of, grade_together
from coursekit.sandbox.guest.limits import CELL_TIMEOUT


def mistakes_of(master: Master, text: str, secret: str, draws: Iterable[int]) -> dict[str, str]:
    """Return the hint of each known mistake by its behaviour on these draws of cases."""
    distractors = {str(cell.index): cell for cell in master.with_role(Role.DISTRACTOR)}
    notebooks = {
        name: answered_notebook(master, {**master.answers, cell.exercise: cell.source})
        for name, cell in distractors.items()
    }
    hints: dict[str, str] = {}
    for draw in draws:
        frame = partial(frame_of, text, seed_of(secret, draw))
        for graded in grade_together(notebooks, frame, CELL_TIMEOUT):
            mistake = distractors[graded.student]
            for result in graded.results:
                if result.exercise == mistake.exercise and result.behaviour:
                    hints.setdefault(result.behaviour, mistake.hint)
    return hints
