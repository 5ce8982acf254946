"""coursekit start never overwrites; coursekit lab says what is missing."""

import os
import subprocess
import sys
from pathlib import Path

LESSON = "05-backpropagation.ipynb"


def coursekit(*arguments, cwd, **environment):
    return subprocess.run(
        [sys.executable, "-c", "from coursekit.cli import app; app()", *arguments],
        cwd=cwd, env=os.environ | environment, capture_output=True, text=True,
    )  # fmt: skip


def test_start_copies_the_lessons(tmp_path):
    run = coursekit("start", "course", cwd=tmp_path)
    assert run.returncode == 0
    assert "Next: coursekit lab course" in run.stderr
    copy = tmp_path / "course" / LESSON
    assert copy.read_bytes() == (Path(__file__).parents[1] / "notebooks" / LESSON).read_bytes()
    assert [p.name for p in copy.parent.iterdir()] == [LESSON]


def test_start_never_overwrites(tmp_path):
    coursekit("start", "course", cwd=tmp_path)
    mine = tmp_path / "course" / LESSON
    mine.write_text("my work")
    run = coursekit("start", "course", cwd=tmp_path)
    assert run.returncode == 0
    assert mine.read_text() == "my work"
    assert f"Kept as you left them: {LESSON}" in run.stderr


def test_start_into_a_file_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "course").write_text("a file")
    run = coursekit("start", "course", cwd=tmp_path)
    assert run.returncode == 2
    assert run.stderr.strip().startswith("coursekit: course/05-backpropagation.ipynb cannot be")
    assert (tmp_path / "course").read_text() == "a file"


def test_lab_of_a_missing_folder_names_the_remedy(tmp_path):
    run = coursekit("lab", "nowhere", cwd=tmp_path)
    assert run.returncode == 2
    assert run.stderr.strip() == ("coursekit: there is no folder nowhere: coursekit start nowhere")
