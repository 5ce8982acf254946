"""This course's masters, and the notebook that students receive for lesson 5."""

from coursekit.course.headers import Role
from coursekit.course.master import Master
from tests.support import ROOT

MASTERS = {path.stem: Master.read(path) for path in sorted(ROOT.glob("solutions/*.ipynb"))}
LESSON = "05-backpropagation"


def release_text(lesson=LESSON):
    return (ROOT / "exercises" / f"{lesson}.ipynb").read_text(encoding="utf-8")


def right_of(lesson):
    """Return the source of the right answer to each exercise of a lesson."""
    return MASTERS[lesson].answers


RIGHT = right_of(LESSON)
DISTRACTORS = list(MASTERS[LESSON].with_role(Role.DISTRACTOR))
