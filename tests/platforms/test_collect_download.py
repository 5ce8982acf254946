"""Every platform's download becomes a folder for each student, and a list; nothing is lost."""

import csv
import io
import os
import stat
import struct
import zipfile

import pytest
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.errors import CommandError
from coursekit.grading.collect import collect
from coursekit.platforms import archives
from coursekit.platforms.attempts import read_list
from coursekit.platforms.collect import collect_download
from coursekit.platforms.roster import Roster
from tests.platforms import trees
from tests.platforms.trees import LESSON, NOTEBOOK, STUDENTS, notebook, zipped


def download(tmp_path, files, name="download.zip"):
    path = tmp_path / name
    path.write_bytes(zipped(files))
    return path


def unzipped(tmp_path, files):
    folder = tmp_path / "download"
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text(trees.ROSTER, encoding="utf-8")
    return Roster.read(path)


def owners(out):
    """Return whose notebook would be graded for each student."""
    return {
        one.student: one.text.partition('"owner": "')[2].partition('"')[0]
        for one in collect(out, LESSON)
    }


ALL = dict(zip(STUDENTS, ("ada", "jose", "mary1", ""), strict=True))
PLATFORMS = {
    "canvas": (trees.canvas, ALL),
    "moodle": (trees.moodle, ALL),
    "moodle before 2022": (lambda: trees.moodle("_assignsubmission_file_"), ALL),
    "moodle without folders": (trees.moodle_flat, ALL),
    "moodle in groups": (trees.moodle_groups, dict(list(ALL.items())[:3])),
    "gradescope": (
        trees.gradescope,
        {"Ada Lovelace": "ada", "José de la Cruz": "jose", "Mary Sun 4003": "jose", "No": "no"},
    ),
    "blackboard": (
        trees.blackboard,
        {
            "Ada Lovelace": "ada 2026-09-06-08-00-00",
            "José de la Cruz": "jose_c 2026-09-05-12-00-00",
        },
    ),
    "brightspace": (trees.brightspace, dict(list(ALL.items())[:2])),
    "folders": (
        trees.by_hand,
        {"Ada Lovelace": "ada", "José de la Cruz": "jose", "mary1": "mary1"},
    ),
}


@pytest.mark.parametrize("as_zip", [True, False], ids=["zip", "folder"])
@pytest.mark.parametrize("case", PLATFORMS)
def test_every_download_becomes_a_folder_for_each_student(tmp_path, roster, case, as_zip):
    tree, expected = PLATFORMS[case]
    source = (download if as_zip else unzipped)(tmp_path, tree())
    done = collect_download(source, tmp_path / "out", roster)
    assert done.platform == case.split()[0]
    assert owners(tmp_path / "out") == expected
    assert not list((tmp_path / "out").glob(".unpacked*"))


@pytest.mark.parametrize("case", PLATFORMS)
def test_the_same_download_again_changes_nothing(tmp_path, roster, case):
    source, out = download(tmp_path, PLATFORMS[case][0]()), tmp_path / "out"
    first = collect_download(source, out, roster)
    before = {p: p.stat().st_mtime_ns for p in out.rglob("*") if p.is_file()}
    text = (out / "handed-in.csv").read_bytes()
    again = collect_download(source, out, roster)
    assert (again.new, again.known) == ([], len(first.new))
    assert (out / "handed-in.csv").read_bytes() == text
    del before[out / "handed-in.csv"]
    assert all(p.stat().st_mtime_ns == time for p, time in before.items())


def test_zips_in_a_zip_are_the_download(tmp_path, roster):
    inner = zipped(trees.moodle())
    done = collect_download(
        download(tmp_path, {"week 5/moodle.zip": inner}), tmp_path / "o", roster
    )
    assert done.platform == "moodle"
    assert owners(tmp_path / "o") == ALL


def test_who_handed_in_nothing_is_listed(tmp_path, roster):
    out = tmp_path / "out"
    done = collect_download(download(tmp_path, trees.gradescope()), out, roster)
    assert done.missing == ["Mary Sun 4004", "Nobody Here"]
    assert done.strangers == ["No"]
    assert [row.student for row in read_list(out) if not row.number] == done.missing


def test_times_and_lateness_come_from_the_names(tmp_path):
    times = {}
    for tree in (trees.canvas, trees.gradescope, trees.blackboard, trees.brightspace):
        out = tmp_path / tree.__name__
        collect_download(download(tmp_path, tree()), out)
        for row in read_list(out):
            times[tree.__name__, row.student, row.number] = row.submitted or row.late
    assert times["canvas", "lovelaceada", "1"] == "late"
    assert times["canvas", "delacruzjosé", "1"] == ""
    assert times["gradescope", "Ada Lovelace", "1"] == "2026-09-05T23:30:00-07:00"
    assert times["gradescope", "José de la Cruz", "1"] == "2026-09-06T06:31:00+00:00"
    assert times["gradescope", "No", "1"] == ""
    assert times["blackboard", "Ada Lovelace", "1"] == "2026-09-05T23:30:00"
    assert times["blackboard", "Ada Lovelace", "2"] == "2026-09-06T08:00:00"
    assert times["brightspace", "José de la Cruz", "1"] == "2026-09-06T09:05:00"


@pytest.mark.parametrize(
    "text", ["Saturday, 5 September 2026, 11:30 PM", "5. September 2026, 23:30"]
)
def test_a_moodle_worksheet_tells_the_time_later(tmp_path, text):
    out, source = tmp_path / "out", download(tmp_path, trees.moodle())
    collect_download(source, out)
    assert {row.submitted for row in read_list(out)} == {""}
    worksheet = tmp_path / "worksheet.csv"
    worksheet.write_text(
        "Identifier,Full name,Last modified (submission)\n"
        f'Participant 4001,Ada Lovelace,"{text}"\nParticipant 4003,Mary Sun,-\n',
        encoding="utf-8",
    )
    done = collect_download(source, out, Roster.read(worksheet))
    assert (done.new, done.known) == ([], 4)
    times = [(row.student, row.submitted) for row in read_list(out) if row.submitted]
    assert times == [("Ada Lovelace", "2026-09-05T23:30:00")]


@pytest.mark.parametrize(
    ("columns", "word", "time"),
    [
        ("ID;Vollständiger Name;E-Mail-Adresse;Zuletzt geändert (Abgabe)", "Teilnehmer/in ",
         "Samstag, 5. September 2026, 23:30"),
        ("Identifiant,Nom complet,Courriel,Dernière modification (travail remis)",
         "Participant", "samedi 5 septembre 2026, 23:30"),
        ("Идентификатор\tПолное имя\tАдрес электронной почты\tLast modified (submission)",
         "Участник ", "суббота, 5 сентября 2026, 23:30"),
        ("識別子,氏名,メールアドレス,Last modified (submission)", "参加者",
         "2026年 09月 5日(土曜日) 23:30"),
    ],
    ids=["German", "French", "Russian", "Japanese"],
)  # fmt: skip
def test_a_worksheet_tells_namesakes_apart_in_the_teachers_language(tmp_path, columns, word, time):
    delimiter = next(c for c in ";\t," if c in columns)
    rows = [[f"{word}{n}", "Anna Müller", f"a{n}@uni.example", time] for n in (4001, 4002)]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([columns.split(delimiter), *rows])
    (tmp_path / "worksheet.csv").write_bytes(text.getvalue().encode("utf-16"))
    names = [f"Anna Müller_{n}_assignsubmission_file/{NOTEBOOK}" for n in (4001, 4002)]
    roster = Roster.read(tmp_path / "worksheet.csv")
    done = collect_download(
        download(tmp_path, dict.fromkeys(names, b"{}")), tmp_path / "out", roster
    )
    assert (done.strangers, done.namesakes, done.missing) == ([], [], [])
    assert {row.student for row in done.new} == {"Anna Müller 4001", "Anna Müller 4002"}
    assert {row.submitted for row in done.new} == {"2026-09-05T23:30:00"}
    assert [f"a{row.id}@uni.example" in row.names for row in done.new] == [True, True]


def test_a_time_that_cannot_be_read_is_listed(tmp_path):
    worksheet = tmp_path / "worksheet.csv"
    worksheet.write_text("id,name,submitted\n1,Ada,6/11/26 20:30\n2,Ben,-\n", encoding="utf-8")
    roster = Roster.read(worksheet)
    done = collect_download(
        download(tmp_path, {f"Ada/{NOTEBOOK}": b"{}"}), tmp_path / "out", roster
    )
    assert done.unread == ["6/11/26 20:30"]


def test_folders_zips_and_notebooks_may_lie_side_by_side(tmp_path):
    files = {f"Ada/{NOTEBOOK}": notebook("ada"), "Ben.ipynb": notebook("ben"),
             "Cem.zip": zipped({NOTEBOOK: notebook("cem")}),
             "Dee.ipynb.txt": notebook("dee"), "notes.txt": b"-"}  # fmt: skip
    done = collect_download(download(tmp_path, files), tmp_path / "out")
    assert owners(tmp_path / "out") == {name: name.lower() for name in ("Ada", "Ben", "Cem", "Dee")}
    assert done.ignored == ["notes.txt"]


def test_a_later_download_adds_an_attempt_and_keeps_the_earlier_one(tmp_path, roster):
    out, files = tmp_path / "out", trees.moodle()
    collect_download(download(tmp_path, files), out, roster)
    changed = dict.fromkeys([next(iter(files))], notebook("ada again"))
    done = collect_download(download(tmp_path, files | changed), out, roster)
    assert [(row.student, row.number) for row in done.new] == [("Ada Lovelace", "2")]
    assert owners(out)["Ada Lovelace"] == "ada again"
    assert (out / "Ada Lovelace" / "attempt 1" / NOTEBOOK).read_bytes() == notebook("ada")


def test_two_platforms_and_a_roster_share_a_folder(tmp_path, roster):
    out = tmp_path / "out"
    collect_download(download(tmp_path, trees.moodle()), out, roster)
    other = dict.fromkeys([f"lovelaceada_77_1_{NOTEBOOK}", f"sunmary_78_2_{NOTEBOOK}"], b"{}")
    done = collect_download(download(tmp_path, other), out, roster)
    assert [row.student for row in done.new] == ["Ada Lovelace", "sunmary"]
    assert (done.strangers, done.namesakes) == ([], ["sunmary"])  # which of the two, nobody knows


def test_two_students_of_one_name_keep_their_folders_without_a_roster(tmp_path):
    out, files = tmp_path / "out", trees.moodle()
    collect_download(download(tmp_path, files), out)
    collect_download(download(tmp_path, dict(reversed(files.items()))), out)
    assert sorted(owners(out)) == ["Ada Lovelace", "José de la Cruz", "Mary Sun", "Mary Sun 4004"]


def link(name, target=b"/etc/passwd"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, target)
        archive.writestr(f"Carl/{NOTEBOOK}", notebook("carl"))
    return out.getvalue()


def locked():
    """Return a zip that says that its files are encrypted."""
    data = bytearray(zipped({NOTEBOOK: notebook("ada")}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        struct.pack_into("<H", data, data.index(mark) + at, 1)
    return bytes(data)


HOSTILE = {
    "leads out": zipped({"../../evil.ipynb": b"{}"}),
    "leads out by backslashes": zipped({"..\\evil.ipynb": b"{}"}),
    "starts at the root": zipped({"/etc/evil.ipynb": b"{}"}),
    "names a drive": zipped({"C:/evil.ipynb": b"{}"}),
    "contains a link": link(f"Ada/{NOTEBOOK}"),
    "is encrypted": locked(),
    "is cut": zipped({NOTEBOOK: notebook("ada")})[:-30],
    "is no zip": b"PK\x03\x04 and nothing else",
    "is a bomb": zipped({f"{k}.ipynb": bytes(archives.MAX_BYTES) for k in range(8)}),
    "has a million names": zipped(dict.fromkeys(map(str, range(archives.MAX_FILES + 1)), b"")),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_zip_costs_nobody_else_anything(tmp_path, kind):
    files = {
        "Ada/homework.zip": HOSTILE[kind],
        f"Blaise/{NOTEBOOK}": notebook("blaise"),
        f"Carl/{NOTEBOOK}": notebook("carl"),
    }
    collect_download(download(tmp_path, files), tmp_path / "out")
    ada, blaise, _ = collect(tmp_path / "out", LESSON)
    assert ada.problem.startswith("No notebook found, but an archive: homework.zip.")
    assert blaise.text
    everything = {p.name for p in tmp_path.rglob("*")}
    assert not {"evil.ipynb", "passwd"} & everything


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_download_is_refused_in_one_sentence(tmp_path, kind):
    path = tmp_path / "download.zip"
    path.write_bytes(HOSTILE[kind])
    with pytest.raises(CommandError, match=r"download.zip .*: download it again$"):
        collect_download(path, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_links_and_pipes_in_a_folder_are_not_followed(tmp_path):
    folder = unzipped(tmp_path, trees.by_hand())
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / NOTEBOOK).write_bytes(notebook("me"))
    os.symlink(secret / NOTEBOOK, folder / "class" / "mary1" / "z.ipynb")
    os.symlink(secret, folder / "class" / "linked")
    os.mkfifo(folder / "class" / "mary1" / "pipe.ipynb")
    collect_download(folder, tmp_path / "out")
    assert "me" not in owners(tmp_path / "out").values()
    assert sorted(owners(tmp_path / "out")) == ["Ada Lovelace", "José de la Cruz", "mary1"]


@pytest.mark.parametrize(
    "name",
    ["Александр Константинович Воскресенский-Преображенский", "語" * 80, "a/b", "..", ".ssh",
     "e\u0301\u0301", "CON", "x" * 400, "\u202eevil", "=1+1", "-rf", "a\nb", " "],
)  # fmt: skip
def test_any_name_is_a_folder_and_a_row(tmp_path, name):
    person = name.replace("/", "∕")
    files = {f"{person}_77_assignsubmission_file_/{NOTEBOOK}": notebook("x"),
             f"Ada_78_assignsubmission_file_/{NOTEBOOK}": notebook("ada")}  # fmt: skip
    done = collect_download(download(tmp_path, files), tmp_path / "out")
    assert len(done.new) == 2
    assert sorted(owners(tmp_path / "out").values()) == ["ada", "x"]
    again = collect_download(download(tmp_path, files), tmp_path / "out")
    assert again.new == []


def test_a_groups_submission_belongs_to_each_of_its_members(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("name,id,group\nAda,1,Team A\nBen,2,Team A\nCem,3,Team B\n", encoding="utf-8")
    files = {f"Team A_77_assignsubmission_file_/{NOTEBOOK}": notebook("team"),
             f"Cem_3_assignsubmission_file_/{NOTEBOOK}": notebook("cem")}  # fmt: skip
    source, out, roster = download(tmp_path, files), tmp_path / "out", Roster.read(path)
    collect_download(source, out, roster)
    assert owners(out) == {"Ada": "team", "Ben": "team", "Cem": "cem"}
    assert [row.group for row in read_list(out)] == ["Team A", "Team A", ""]
    assert collect_download(source, out, roster).new == []


def test_names_are_those_that_a_mac_and_windows_wrote(tmp_path):
    data = bytearray(zipped({f"Jose\u0301/{NOTEBOOK}": notebook("jose")}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # macOS does not set the flag
        struct.pack_into("<H", data, data.index(mark) + at, 0)
    path = tmp_path / "download.zip"
    path.write_bytes(zipped({"a.zip": bytes(data), f"Karl\\hw\\{NOTEBOOK}": notebook("karl")}))
    collect_download(path, tmp_path / "out")
    assert set(owners(tmp_path / "out").values()) == {"jose", "karl"}


def test_the_command_says_what_it_did_and_what_comes_next(tmp_path):
    (tmp_path / "roster.csv").write_text(trees.ROSTER, encoding="utf-8")
    source, out = download(tmp_path, trees.canvas()), tmp_path / "my class"
    command = ["collect", str(source), "--out", str(out), "--roster", str(tmp_path / "roster.csv")]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "Canvas: 4 new attempts, 1 of them late; 0 already collected.",
        "Handed in nothing: 1 (Nobody Here)",
        f"Wrote {out}/handed-in.csv. To grade: coursekit grade '{out}' --out DIR",
    ]


@pytest.mark.parametrize(
    ("files", "options", "what"),
    [
        ({}, [], "no submissions found"),
        (trees.moodle(), ["--platform", "canvas"], "no name is one that canvas writes"),
        (trees.moodle(), ["--platform", "modle"], "did you mean 'moodle'?"),
        (trees.gradescope() | {"assignment_77_export/submission_metadata.yml": b"[1, {"}, [],
         "submission_metadata.yml is damaged"),
    ],
)  # fmt: skip
def test_what_is_no_download_is_refused_in_one_sentence(tmp_path, files, options, what):
    source = download(tmp_path, files)
    result = CliRunner().invoke(app, ["collect", str(source), "--out", str(tmp_path), *options])
    assert result.exit_code == 2
    assert what in result.output
    assert result.output.count("\n") == 1
