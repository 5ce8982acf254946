"""All commands share the version, lesson numbers, and one-sentence errors."""

import os
import re
import sqlite3

import pytest
import typer
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.cli.terminal import Commands, LessonNumber
from coursekit.errors import CommandError
from tests.support import ROOT

run = CliRunner().invoke


def test_the_version_is_printed():
    result = run(app, ["--version"])
    assert result.exit_code == 0
    assert re.fullmatch(r"coursekit \d+\.\d+\.\d+\n", result.stdout)


@pytest.mark.parametrize(
    ("typed", "lesson"), [("5", "05"), ("05", "05"), ("13", "13"), ("lists", "lists"), ("５", "５")]
)
def test_a_lesson_number_has_two_digits(typed, lesson):
    lessons = typer.Typer()
    lessons.command()(_print_lesson)
    assert run(lessons, ["--lesson", typed]).stdout.strip() == lesson


def _print_lesson(lesson: LessonNumber = "05"):
    typer.echo(lesson)


class LostError(CommandError):
    exit_code = 3


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (CommandError("name a folder"), 2, "coursekit: name a folder"),
        (LostError("name a folder"), 3, "coursekit: name a folder"),
        (OSError(28, "No space", "a.txt"), 2, "the disk is full, so a.txt cannot be written: "),
        (OSError("gone"), 2, "cannot read or write a file (gone): check the path"),
        (sqlite3.OperationalError("full"), 2, "cannot read or write the gradebook (full): check"),
    ],
)
def test_an_error_is_one_sentence_with_its_own_exit_status(error, status, sentence):
    failing = typer.Typer(cls=Commands)

    @failing.callback()
    def group():
        pass

    @failing.command()
    def fail():
        raise error

    result = run(failing, ["fail"])
    assert result.exit_code == status
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1


def test_release_outside_a_clone_writes_nothing(tmp_path, monkeypatch):
    solutions = tmp_path / "solutions"
    solutions.mkdir()
    master = "04-sum-over-paths.ipynb"
    (solutions / master).write_bytes((ROOT / "solutions" / master).read_bytes())
    monkeypatch.chdir(tmp_path)
    result = run(app, ["release"])
    assert result.exit_code == 2
    assert "solutions does not belong to a clone of the course: pass --out DIR" in result.stderr
    assert os.listdir(tmp_path) == ["solutions"]
    assert os.listdir(solutions) == [master]


def test_release_says_when_nothing_changed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("exercises", "coursekit/lessons/outcomes"):
        (tmp_path / folder).mkdir(parents=True)
    assert run(app, ["new", "lists"]).exit_code == 0
    assert "Wrote exercises/lists.ipynb" in run(app, ["release"]).stderr
    again = run(app, ["release"]).stderr
    assert re.fullmatch(
        r"lists: check-master found no errors on \d{4}-\d\d-\d\d\.\n"
        r"Nothing changed: all released files are up to date\.\n",
        again,
    )


def test_the_command_that_new_suggests_is_quoted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run(app, ["new", "lists", "--solutions", "my masters"])
    assert result.stderr.endswith("run: coursekit check-master 'my masters/lists.ipynb'\n")
