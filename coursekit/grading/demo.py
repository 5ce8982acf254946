"""Simulate a class: right answers, known mistakes, an empty notebook and a broken file."""

import random
import re

from coursekit.course.headers import Role
from coursekit.course.master import Master
from coursekit.course.release import answered_notebook
from coursekit.grading.collect import Submission

STUDENTS = ("Ada", "Blaise", "Carl", "Daniel", "Emmy", "Felix", "Grace", "Henri", "Ida")
EMPTY, BROKEN = "Henri", "Ida"


def demo_class(master: Master) -> list[Submission]:
    """Return the submissions; every second student gives a wrong answer from the master."""
    rng = random.Random(5)
    prose = master.with_role(Role.PROSE)
    right = master.answers | {cell.exercise: _without_header(cell.source) for cell in prose}
    mistakes = list(master.with_role(Role.DISTRACTOR))
    submissions = []
    for k, student in enumerate(STUDENTS):
        answers = {} if student == EMPTY else dict(right)
        if k % 2 and answers:
            mistake = rng.choice(mistakes)
            answers[mistake.exercise] = mistake.source
        text = "{" if student == BROKEN else answered_notebook(master, answers)
        submissions.append(Submission(student, text))
    return submissions


def _without_header(source: str) -> str:
    return re.sub(r"<!--.*?-->\s*", "", source, flags=re.DOTALL)
