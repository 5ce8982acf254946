"""A student's progress is stored next to the exercises, and nowhere else."""

import json

import pytest

from coursekit import count_paths, course_map, progress
from coursekit.course.progress import FILE, save_progress
from coursekit.lessons.course_map import PREREQUISITES
from tests.support.lessons import MASTERS


def test_solved_exercises_are_counted_until_they_fail_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "05-backpropagation.ipynb").touch()
    save_progress("05-backpropagation", "backprop", True)
    save_progress("05-backpropagation", "topological_order", True)
    assert "5 2/2" in progress(tmp_path).alt
    save_progress("05-backpropagation", "backprop", False)
    assert "5 1/2" in progress(tmp_path).alt
    assert [p.name for p in tmp_path.glob(".*")] == [FILE]


def test_nothing_is_written_in_a_folder_without_the_notebook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_progress("05-backpropagation", "backprop", True)
    assert not list(tmp_path.iterdir())


def test_a_read_only_folder_is_not_an_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "05-backpropagation.ipynb").touch()
    (tmp_path / f"{FILE}.part").mkdir()
    save_progress("05-backpropagation", "backprop", True)
    assert "5 0/2" in progress(tmp_path).alt


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"05-backpropagation": 3}', "\ud800"])
def test_a_damaged_file_counts_as_empty(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "05-backpropagation.ipynb").touch()
    (tmp_path / FILE).write_bytes(text.encode("utf-8", "surrogatepass"))
    assert "5 0/2" in progress(tmp_path).alt
    save_progress("05-backpropagation", "backprop", True)
    assert json.loads((tmp_path / FILE).read_text()) == {"05-backpropagation": {"backprop": True}}


def test_the_map_has_a_vertex_for_each_master():
    lessons = {name[:2].lstrip("0") for name in MASTERS}
    assert set(PREREQUISITES) == lessons - {"1"} | {"l"}
    assert count_paths(course_map(), "1") == 5
