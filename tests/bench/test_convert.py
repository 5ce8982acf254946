"""nbgrader and Otter get the same lesson: its reference passes there, and a wrong answer fails."""

import nbformat
import pytest

from bench.peers import convert
from tests.support.students import MASTER


@pytest.fixture(scope="module")
def lesson():
    return convert.Lesson(MASTER, "a seed")


def test_the_points_are_those_of_the_master(lesson):
    assert lesson.most() == {"topological_order": 5, "backprop": 6}


def test_the_nbgrader_source_passes_and_fails_with_a_wrong_answer(lesson, tmp_path):
    convert.course(lesson, tmp_path)
    path = tmp_path / "source" / convert.ASSIGNMENT / convert.NOTEBOOK
    cells = nbformat.read(path, as_version=4).cells
    here = {}
    for cell in cells:
        exec(cell.source, here)
    exec("def backprop(lin):\n    return {}", here)
    graded = [c for c in cells if c.metadata.get("nbgrader", {}).get("grade")]
    assert sum(c.metadata["nbgrader"]["points"] for c in graded) == 11
    for cell in graded:
        if "backprop-" in cell.metadata["nbgrader"]["grade_id"]:
            with pytest.raises(AssertionError):
                exec(cell.source, here)


def test_otters_tests_contain_the_same_loops(lesson, tmp_path):
    convert.otter_tests(lesson, tmp_path)
    text = (tmp_path / "tests" / "backprop.py").read_text(encoding="utf-8")
    assert text.count("@test_case") == 2
    compile(text, "backprop.py", "exec")
