"""The masters of this course, and what students receive of lesson 5."""

from coursekit.course import master as masters
from tests.support import ROOT

MASTERS = {path.stem: masters.read(path) for path in sorted(ROOT.glob("solutions/*.ipynb"))}
LESSON = "05-backpropagation"


def release_text(lesson=LESSON):
    return (ROOT / "exercises" / f"{lesson}.ipynb").read_text(encoding="utf-8")


def right_of(lesson):
    return masters.answers(MASTERS[lesson])


RIGHT = right_of(LESSON)
DISTRACTORS = list(masters.cells(MASTERS[LESSON], "distractor"))
