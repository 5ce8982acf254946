"""The class that `make bench-grading` grades holds what its page says."""

from collections import Counter

import pytest

from bench.peers import realistic
from coursekit.course.headers import Role
from coursekit.course.records import Status
from coursekit.course.release import answered_notebook
from coursekit.grading.grade import grade_one
from tests.support.lessons import LESSON, MASTERS, RIGHT
from tests.support.students import MASTER

STATUS = {
    "right": Status.RIGHT, "chatty": Status.RIGHT, "wrong": Status.WRONG,
    "raises": Status.WRONG, "slow": Status.LOST,
}  # fmt: skip
POOLS = {"topological_order": realistic.ORDERS, "backprop": realistic.SWEEPS}
ANSWERS = [
    pytest.param(exercise, kind, source, id=f"{exercise}-{kind}-{number}")
    for exercise, pool in POOLS.items()
    for kind, sources in pool.items()
    for number, source in enumerate(sources)
]


@pytest.mark.sandbox
@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "kind", "source"), ANSWERS)
def test_an_answer_is_what_its_kind_says(exercise, kind, source):
    text = answered_notebook(MASTERS[LESSON], RIGHT | {exercise: source.strip()})
    results = grade_one("Ada", text, MASTER, "seed").results
    public = next(r for r in results if (r.exercise, r.part) == (exercise, Role.CHECK))
    assert public.status is STATUS[kind]


def test_no_two_students_hand_in_the_same_answers():
    class_, answers = realistic.submissions(MASTER)
    assert answers.total() == 2 * realistic.STUDENTS
    repeated = Counter(one.text for one in class_)
    assert sum(n for n in repeated.values() if n > 1) <= realistic.BLANK + answers["stub"] // 2
