"""Each cheat beats a grader that trusts submissions; otherwise, blocking it would prove nothing."""

import pytest

from tests.attacks.weak import WeakGrader
from tests.support.students import ANSWERS, CORPUS, sections

pytestmark = pytest.mark.sandbox

CHEATS = [path for path in CORPUS if path.stem.startswith("cheat")]
QUICK = ("cheat_equals_everything", "cheat_read_memory", "cheat_second_record")  # for make test


@pytest.fixture(scope="module")
def weak():
    return WeakGrader()


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=() if path.stem in QUICK else pytest.mark.slow, id=path.stem)
        for path in CHEATS
    ],
)
def test_a_cheat_beats_a_weak_grader(weak, path):
    cells = [source for _, source in sections(path.read_text(encoding="utf-8"))]
    assert weak.passes([ANSWERS["topological_order"], *cells])


def test_the_weak_grader_still_distinguishes_right_from_wrong(weak):
    order, sweep = ANSWERS["topological_order"], ANSWERS["backprop"]
    assert weak.passes([order, sweep])
    assert not weak.passes([order, sweep.replace("+=", "=")])
    assert not weak.passes([order])
