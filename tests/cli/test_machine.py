"""Each failure of the machine has a sentence of its own and exit code 2, and nothing is lost."""

import errno
import json
import os
import resource
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager

import pytest

from coursekit.cli.machine import OF_FILES, OF_THE_GRADEBOOK, check_limits, sentence
from coursekit.course.notebook_kernel import ordinary_kernel
from coursekit.errors import CommandError
from coursekit.grading.grade import without_results
from coursekit.grading.gradebook import Gradebook
from coursekit.grading.report.files import replace_file
from coursekit.grading.results import SubmissionStatus
from coursekit.sandbox.host.folders import half_written, sweep
from tests.support import ROOT
from tests.support.students import LESSON, handed_in

ONLY_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a disk")
NOTHING = without_results("Ada", SubmissionStatus.UNREADABLE, "why")


def run(folder, *arguments, **limits):
    """Run `coursekit grade` with these limits, given by name."""

    def limit():
        for name, most in limits.items():
            resource.setrlimit(getattr(resource, name), (most, most))

    code = "from coursekit.cli import app; app()"
    return subprocess.run(
        [sys.executable, "-c", code, "grade", str(folder / "in"), "--out", str(folder / "out"),
         *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False, preexec_fn=limit,
    )  # fmt: skip


@contextmanager
def disk(place, options):
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", options, "small", str(place)]
    subprocess.run(mount, check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def said(error_of):
    """Return the sentence for the error that a function raises."""
    with pytest.raises((OSError, sqlite3.Error, CommandError)) as caught:
        error_of()
    return str(caught.value) if caught.type is CommandError else sentence(caught.value)


@pytest.fixture
def path(tmp_path):
    """Return a gradebook with a grade, beside the grades that were written from it."""
    path = tmp_path / "gradebook.sqlite"
    with closing(Gradebook(path)) as book:
        book.enter(NOTHING, "digest.master")
    (tmp_path / "grades.csv").write_text("student,points\nAda,0\n")
    return path


def another_program(path):
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("create table places (id integer)")


def damaged_inside(path):
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\x55" * (len(data) - 4096))


DAMAGE = {
    "empty": (lambda path: path.write_bytes(b""), "is empty, although grades were entered"),
    "missing": (lambda path: path.unlink(), "is missing, although grades were entered"),
    "garbage": (lambda path: path.write_bytes(os.urandom(9000)), "is damaged"),
    "truncated": (lambda path: os.truncate(path, 20_000), "is damaged"),
    "damaged inside": (damaged_inside, "is damaged"),
    "another program's": (another_program, "is not a gradebook of this version"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_gradebook_that_cannot_be_read_is_refused_and_left_as_it_is(path, name):
    damage, words = DAMAGE[name]
    damage(path)
    before = path.read_bytes() if path.exists() else None
    message = said(lambda: Gradebook(path))
    assert words in message
    assert "restore" in message
    assert (path.read_bytes() if path.exists() else None) == before


def test_a_gradebook_that_another_run_is_writing_is_in_use_and_not_damaged(path, monkeypatch):
    real = sqlite3.connect
    with closing(real(path, isolation_level=None)) as other:
        other.execute("begin exclusive")
        monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: real(*a, **k, timeout=0.1))
        assert said(lambda: Gradebook(path)).startswith("another program is using the gradebook:")
        other.execute("rollback")
    with closing(Gradebook(path)) as book:
        assert [row.student for row in book.rows()] == ["Ada"]


def test_a_gradebook_that_is_a_folder_is_named(tmp_path):
    (tmp_path / "gradebook.sqlite").mkdir()
    message = said(lambda: Gradebook(tmp_path / "gradebook.sqlite"))
    assert message.startswith("the gradebook cannot be opened: move aside what has its name")


@ONLY_ROOT
def test_a_full_disk_is_named_when_the_gradebook_is_made_and_when_it_is_written(tmp_path):
    full = "the disk is full, so the gradebook cannot be written: make room on it"
    with disk(tmp_path / "tiny", "size=4k") as tiny:
        assert said(lambda: Gradebook(tiny / "gradebook.sqlite")).startswith(full)
    with disk(tmp_path / "small", "size=80k") as small:
        with closing(Gradebook(small / "gradebook.sqlite")) as book:
            book.enter(NOTHING, "digest.master")
            (small / "rest").write_bytes(b"x" * ((os.statvfs(small).f_bavail - 1) << 12))
            large = without_results("Bob", SubmissionStatus.UNREADABLE, "x" * 50_000)
            assert said(lambda: book.enter(large, "d.m")).startswith(full)
            assert [row.student for row in book.rows()] == ["Ada"]  # still there
        (small / "rest").unlink()
        subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
        message = said(lambda: Gradebook(small / "gradebook.sqlite"))
        assert (
            f"{small}/gradebook.sqlite cannot be written, because its disk is read-only" in message
        )


@ONLY_ROOT
def test_a_page_that_finds_no_room_leaves_the_old_one_and_nothing_half_written(tmp_path):
    with disk(tmp_path / "out", "size=16k") as out:
        replace_file(out / "grades.csv", b"old")
        message = said(lambda: replace_file(out / "grades.csv", b"x" * 100_000))
        assert message.startswith(f"the disk is full, so {out}/grades.csv cannot be written")
        assert [file.name for file in out.iterdir()] == ["grades.csv"]
        assert (out / "grades.csv").read_bytes() == b"old"


def test_only_what_a_dead_process_left_half_written_is_removed(tmp_path):
    gone = subprocess.Popen(["true"])
    gone.wait()
    with half_written(tmp_path) as mine:
        names = [f".coursekit-{gone.pid}-part-{k}" for k in "ab"]
        (tmp_path / names[0]).write_text("half")
        (tmp_path / names[1]).mkdir()
        kept = {"coursekit-2026-part-1.csv", ".coursekit-2026", "grades.csv", ".coursekit-x-part-1"}
        for name in kept:
            (tmp_path / name).touch()
        sweep(tmp_path, tmp_path / "not there")
        assert {file.name for file in tmp_path.iterdir()} == kept | {os.path.basename(mine.name)}


LIMITS = {
    "RLIMIT_AS": (400 << 20, "the limit on memory is too low for grading (ulimit -v 409600)"),
    "RLIMIT_NOFILE": (100, "the limit on open files is too low for grading (ulimit -n 100)"),
    "RLIMIT_FSIZE": (1 << 20, "the limit on the size of files is too low for grading (ulimit -f"),
    "RLIMIT_NPROC": (20, "the limit on processes is too low for grading (ulimit -u 20)"),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_of_the_shell_that_is_too_low_is_named(tmp_path, name):
    (tmp_path / "in" / "Ada").mkdir(parents=True)
    (tmp_path / "in" / "Ada" / f"{LESSON}.ipynb").write_text(json.dumps(handed_in()))
    most, words = LIMITS[name]
    done = run(tmp_path, **{name: most})
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_the_usual_limits_are_enough():
    check_limits()


def test_a_kernel_that_dies_while_it_starts_is_named():
    with (
        pytest.raises(CommandError, match=r"Jupyter's kernel did not start .* free memory"),
        ordinary_kernel(env={"PYTHONHOME": "/nowhere"}),
    ):
        pass


@pytest.mark.parametrize("kind", ["a file", "below a file"])
def test_an_output_folder_that_cannot_be_made_is_named(tmp_path, kind):
    (tmp_path / "in" / "Ada").mkdir(parents=True)
    (tmp_path / "out").write_text("mine")
    if kind == "a file":
        done, words = run(tmp_path), "/out is not a folder: move it elsewhere"
    else:
        done, words = run(tmp_path, "--out", str(tmp_path / "out" / "deep")), "is not a folder"
    assert done.returncode == 2
    assert words in done.stderr
    assert "nothing is lost" in done.stderr
    assert (tmp_path / "out").read_text() == "mine"


def test_every_sentence_says_what_is_wrong_and_what_to_do():
    errors: list[Exception] = [
        OSError(number, os.strerror(number), "place/file") for number in OF_FILES
    ]
    for name in OF_THE_GRADEBOOK:
        error = sqlite3.OperationalError("reason")
        error.sqlite_errorname = name
        errors.append(error)
    more = [
        OSError(errno.EXDEV, "Invalid cross-device link", "place/file"),
        OSError(errno.EXDEV, "Invalid link"),
        sqlite3.OperationalError("odd"),
        MemoryError(),
        RuntimeError("can't start new thread"),
    ]
    for error in (*errors, *more):
        what, remedy, promise = sentence(error).replace("; ", ": ").split(": ")
        assert what
        assert "None" not in what
        assert remedy.endswith(", then run the command again")
        assert promise == "nothing is lost"
    assert "place/file" in sentence(OSError(errno.EXDEV, "Invalid cross-device link", "place/file"))
