"""A penalty depends on times alone, is computed for each report, and says what is not known."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.course.master import Master
from coursekit.course.release import student_notebook
from coursekit.errors import CommandError
from coursekit.grading.deadlines import Deadlines, Policy, penalty
from coursekit.platforms.collect import collect_download
from tests.platforms.trees import zipped
from tests.support import ROOT

LESSON = "05-backpropagation"
TOML = f"""\
zone = "Europe/Berlin"

[due]
{LESSON} = 2026-10-24T23:59:00
"06-mlps" = 2026-10-31

[late]
percent_per_day = 10
at_most_percent = 50
closed_after_days = 7

[extensions.{LESSON}]
"Ada Lovelace" = 2026-10-26
4002 = 2026-10-25T12:00:00
"""
times = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
policies = st.builds(
    Policy, st.floats(0, 100), st.floats(0, 100), st.floats(0, 100), st.none() | st.floats(0, 30)
)


def deadlines(tmp_path, text=TOML):
    path = tmp_path / "deadlines.toml"
    path.write_text(text, encoding="utf-8")
    return Deadlines.read(path)


@given(times, times, st.none() | times, policies, st.floats(0, 30))
def test_a_penalty_is_a_share_that_grows_with_time_alone(submitted, due, extension, policy, later):
    share = penalty(submitted, due, extension, policy)
    assert 0 <= share <= 1
    assert share <= penalty(submitted + timedelta(days=later), due, extension, policy)
    if submitted <= (extension or due):
        assert share == 0


@pytest.mark.parametrize(
    ("submitted", "words", "share"),
    [
        ("2026-10-24T23:59:59", "in time", 0),
        ("2026-10-25T00:00:00", "1 minute late", 0.1),
        ("2026-10-25T23:59:00", "24 hours late", 0.1),  # 25, but the clocks were put back
        ("2026-10-26T03:00:00", "2 days late", 0.2),
        ("2026-10-30T12:00:00", "6 days late", 0.5),
        ("2026-11-01T12:00:00", "8 days late", 1),
        ("2026-10-24T23:30:00-02:00", "3 hours late", 0.1),
        ("2026-10-24T21:59:30+00:00", "in time", 0),
        ("", "time unknown", 0),
        ("24.10.2026 23:59", "time unknown", 0),  # a spreadsheet saved the list
    ],
)
def test_a_time_is_read_in_its_zone(tmp_path, submitted, words, share):
    late = deadlines(tmp_path).of(LESSON, {"Ben"}, submitted, is_late=False)
    assert (late.words, late.share) == (words, share)


def test_an_extension_counts_for_a_name_or_an_id(tmp_path):
    due = deadlines(tmp_path)
    at = "2026-10-25T11:00:00"
    assert due.of(LESSON, {"Ada Lovelace", "4001"}, at, is_late=True).share == 0
    assert due.of(LESSON, {"José", "4002"}, at, is_late=True).words == "in time, with an extension"
    assert due.of(LESSON, {"Ben"}, at, is_late=True).share == 0.1
    assert due.of("07-composites", {"Ben"}, at, is_late=True).words == ""


def test_an_unknown_time_is_neither_in_time_nor_late(tmp_path):
    due = deadlines(tmp_path)
    assert due.of(LESSON, {"Ben"}, "", is_late=True).words == (
        "time unknown, but late according to the platform"
    )
    without = deadlines(tmp_path, f"[due]\n{LESSON} = 2026-10-24T23:59:00Z\n")
    assert without.of(LESSON, {"Ben"}, "2026-10-30T00:00:00", is_late=False).words == (
        "time zone unknown"
    )


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("zone = ", "is not TOML"),
        ("zone = 'Europe/Berlni'", "zone is Europe/Berlni: it must be a zone"),
        ("zone = 3", "zone is 3"),
        ("zones = 'UTC'", r"zones is not known \(did you mean 'zone'\?\)"),
        (f"[due]\n{LESSON} = 2026-10-24T23:59:00", "has no zone: add zone"),
        (f"[due]\n{LESSON} = '2026-10-24'", "must be a time such as .*, without quotes"),
        (f"[due]\n{LESSON} = 10:00:00", "must be a time such as"),
        ("due = 2026-10-24", r"must be a table: \[due\]"),
        ("[late]\npercent_per_hour = 1", "late.percent_per_hour is not known"),
        ("[late]\npercent_per_day = -1", "late.percent_per_day is -1"),
        ("[late]\npercent_per_day = nan", "late.percent_per_day is nan"),
        ("[late]\npercent_per_day = true", "late.percent_per_day is True"),
        (f"[extensions]\n{LESSON} = 2026-10-24", "must be a table"),
    ],
)
def test_a_file_that_is_not_understood_is_refused_in_one_sentence(tmp_path, text, what):
    with pytest.raises(CommandError, match=what) as error:
        deadlines(tmp_path, text)
    assert "\n" not in str(error.value)


def test_a_file_that_is_missing_is_refused(tmp_path):
    with pytest.raises(CommandError, match="cannot read"):
        Deadlines.read(tmp_path / "nowhere.toml")


@pytest.fixture
def collected(tmp_path):
    """Return the folder of a class that handed in, by Blackboard, a notebook without answers."""
    master = Master.read(ROOT / "solutions" / f"{LESSON}.ipynb")
    notebook = student_notebook(master).encode()
    files = {
        f"hw_{user}_attempt_{time}_{LESSON}.ipynb": notebook
        for user, time in (("ada", "2026-10-24-12-00-00"), ("ben", "2026-10-26-12-00-00"))
    }
    path = tmp_path / "download.zip"
    path.write_bytes(zipped(files))
    collect_download(path, tmp_path / "class")
    return tmp_path / "class"


@pytest.mark.sandbox
def test_a_due_date_moves_without_grading_anything_again(tmp_path, collected):
    path, out = tmp_path / "deadlines.toml", tmp_path / "out"
    command = ["grade", str(collected), "--out", str(out), "--deadlines", str(path), "--jobs", "1"]
    command += ["--solutions", str(ROOT / "solutions")]
    path.write_text(TOML, encoding="utf-8")
    first = CliRunner().invoke(app, command)
    assert "Graded 2 submissions" in first.output
    assert "The extension for 4002 fits no submission." in first.output
    assert times_of(out) == {"ada": ("in time", "0"), "ben": ("2 days late", "20")}
    assert "Handed in 2 days late: 20 % of the points are taken off" in page(out, "ben")
    path.write_text(TOML.replace("2026-10-24T23:59:00", "2026-10-27"), encoding="utf-8")
    assert "Graded 0 submissions; 2 were" in CliRunner().invoke(app, command).output
    assert times_of(out) == {"ada": ("in time", "0"), "ben": ("in time", "0")}
    assert "taken off" not in page(out, "ben")


@pytest.mark.sandbox
@pytest.mark.slow
def test_a_run_without_deadlines_does_not_give_back_what_late_work_lost(tmp_path, collected):
    path, out = tmp_path / "deadlines.toml", tmp_path / "out"
    command = ["grade", str(collected), "--out", str(out), "--jobs", "1"]
    command += ["--solutions", str(ROOT / "solutions")]
    path.write_text(TOML, encoding="utf-8")
    CliRunner().invoke(app, [*command, "--deadlines", str(path)])
    late = times_of(out)
    again = CliRunner().invoke(app, command)
    assert f"Due dates, as before: {path}" in again.output
    assert times_of(out) == late == {"ada": ("in time", "0"), "ben": ("2 days late", "20")}
    path.unlink()
    lost = CliRunner().invoke(app, command)
    assert lost.exit_code == 2
    assert f"{path}, the file of due dates, is missing: pass --deadlines FILE" in lost.output


def page(out, student):
    return (out / "feedback" / f"{student}.html").read_text(encoding="utf-8")


def times_of(out):
    """Return each student's time and penalty as grades.csv has them."""
    text = (out / "grades.csv").read_text(encoding="utf-8-sig")
    rows = csv.DictReader(io.StringIO(text))
    return {row["student"]: (row["time"], row["penalty_percent"]) for row in rows}
