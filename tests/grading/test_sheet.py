"""A sheet of marks that a spreadsheet saved is read or refused, and no mark is ever lost."""

import csv
import io
import os
import sqlite3
import sys
import unicodedata
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursekit.errors import CommandError
from coursekit.grading.gradebook import Gradebook
from coursekit.grading.marking import by_student, changes, sheet_text, take_marks, unowned
from coursekit.grading.marks import Key, Mark, key_of, prose_results, short_key_of
from coursekit.grading.pictures import with_pictures
from coursekit.grading.results import Graded, SubmissionStatus
from coursekit.grading.sheet import (
    COLUMNS,
    Sheet,
    as_text,
    from_text,
    other_files,
    read_sheet,
    replace_sheet,
)

LIMITS = {"words": 2.0, "why": 3.0}
NAMES = ("Ada Müller", "Zoë", "=Ben", "'=Ben", " Cem ", "Владимир", "007", "Dana, Eve", "山田")

PNG = "data:image/png;base64,iVBORw0KGgoAAAAA"


def row(student, **prose):
    return Graded(student, SubmissionStatus.GRADED, prose=prose or {"words": "n − 1 times."})


CLASS = [row(name) for name in NAMES]
COMMENTS = ["-1 for style", "=cmd", "well, argued; twice", '"quoted"', "x is free", "@you", "'tis"]
MARKS = {
    key_of(one, "words"): Mark(1.5, COMMENTS[k % len(COMMENTS)]) for k, one in enumerate(CLASS)
}


def written(path, rows=CLASS, marks=MARKS, limits=LIMITS):
    """Write the sheet of a class; return its cells."""
    sheet = read_sheet(path)
    text = sheet_text(sheet, take_marks(sheet, rows, marks, limits), rows, marks, limits)
    assert replace_sheet(sheet, text) == ""
    return list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))


def marks_of(path, rows=CLASS, marks=None):
    sheet = read_sheet(path, [one.student for one in rows])
    return take_marks(sheet, rows, marks or {}, LIMITS).marks


def saved(cells, encoding="utf-8", above="", **options):
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n", **options).writerows(cells)
    return (above + out.getvalue()).encode(encoding)


def cells_with(column, change):
    def changed(cells):
        at = COLUMNS.index(column)
        return [cells[0], *([*c[:at], change(c[at]), *c[at + 1 :]] for c in cells[1:])]

    return changed


SAVED = {  # what a spreadsheet or a person does to a sheet → the file
    "semicolons": lambda c: saved(c, delimiter=";"),
    "semicolons and decimal commas": lambda c: saved(
        cells_with("points", lambda p: p.replace(".", ","))(c), delimiter=";"
    ),
    "decimal commas in quotes": lambda c: saved(
        cells_with("points", lambda p: p.replace(".", ","))(c)
    ),
    "two decimals": lambda c: saved(cells_with("points", "{:0<4}".format)(c)),
    "tabs, UTF-16": lambda c: saved(c, "utf-16", delimiter="\t"),
    "UTF-16 without a byte order mark": lambda c: saved(c, "utf-16-le", delimiter="\t"),
    "UTF-16, big end first": lambda c: saved(c, "utf-16-be"),
    "bars": lambda c: saved(c, delimiter="|"),
    "a byte order mark": lambda c: saved(c, "utf-8-sig"),
    "sep= above": lambda c: saved(c, above="sep=,\r\n"),
    "sep=; with a byte order mark": lambda c: saved(c, "utf-8-sig", "sep=;\r\n", delimiter=";"),
    "another delimiter after sep=": lambda c: saved(c, above='"sep=^"\r\n', delimiter="^"),
    "an empty first line": lambda c: saved(c, above="\r\n"),
    "a first line of empty cells": lambda c: saved(c, above=",,,,,\r\n"),
    "quotes around all cells": lambda c: saved(c, quoting=csv.QUOTE_ALL),
    "old Macintosh line ends": lambda c: saved(c).replace(b"\r\n", b"\r"),
    "line ends written twice": lambda c: saved(c).replace(b"\n", b"\r\n"),
    "two byte order marks": lambda c: b"\xef\xbb\xbf" + saved(c, "utf-8-sig"),
    "an empty first column": lambda c: saved([["", *one] for one in c]),
    "points with blanks": lambda c: saved(cells_with("points", "\xa0{} ".format)(c)),
    "points in full width": lambda c: saved(cells_with("points", lambda _: "１.５")(c)),
    "headers in capitals": lambda c: saved([[name.upper() for name in c[0]], *c[1:]]),
    "headers with spaces": lambda c: saved([[f" {n.replace('_', ' ')} " for n in c[0]], *c[1:]]),
    "columns in another order": lambda c: saved([one[::-1] for one in c]),
    "no max_points column": lambda c: saved([[*one[:4], one[5]] for one in c]),
    "further columns": lambda c: saved([["no", *one, "mine", ""] for one in c]),
    "rows in another order": lambda c: saved([c[0], *sorted(c[1:], key=str)[::-1]]),
    "empty rows": lambda c: saved([c[0], [], [""] * 6, *c[1:], [" "]]),
    "decomposed names": lambda c: unicodedata.normalize("NFD", saved(c).decode()).encode(),
    "names read in another encoding": lambda c: saved(
        cells_with("student", lambda n: n.encode().decode("cp1252", "replace"))(c)
    ),
    "names with question marks": lambda c: saved(
        cells_with("student", lambda n: n.encode("ascii", "replace").decode())(c)
    ),
    "numbers as names": lambda c: saved(cells_with("student", lambda n: n.lstrip("0"))(c)),
    "codes in capitals": lambda c: saved(cells_with("answer", str.upper)(c)),
    "a row twice": lambda c: saved([*c, c[1]]),
    "points with many digits": lambda c: saved(
        cells_with("points", lambda _: "1.5000000000000002")(c)
    ),
    "empty rows and columns at the end": lambda c: saved(
        [*([*one, "", ""] for one in c), *[[""] * 8] * 9]
    ),
    "merged names": lambda c: saved([*c[:2], *(["", *one[1:]] for one in c[2:])]),
    "max_points as dates": lambda c: saved(cells_with("max_points", lambda _: "02. Mai")(c)),
}


@pytest.mark.parametrize("how", SAVED)
def test_a_sheet_is_read_however_it_was_saved(tmp_path, how):
    path = tmp_path / "words.csv"
    path.write_bytes(SAVED[how](written(path)))
    assert marks_of(path) == MARKS
    again = sheet_text(read_sheet(path), take_marks(read_sheet(path), CLASS, {}, LIMITS), CLASS,
                       MARKS, LIMITS)  # fmt: skip
    assert again is None or {cell for cell in COMMENTS if f"{as_text(cell)}" in again}


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman", "cp1250", "cp850"])
def test_an_old_encoding_is_recognised_by_the_names(tmp_path, encoding):
    path, rows = tmp_path / "words.csv", [row("Ada Müller"), row("Zoë")]
    marks = {key_of(one, "words"): Mark(1.0, "grün, größer") for one in rows}
    path.write_bytes(saved(written(path, rows, marks), encoding))
    assert marks_of(path, rows) == marks


@pytest.mark.parametrize(
    ("encoding", "name", "comment"),
    [("cp1251", "Владимир", "согласен"), ("cp932", "山田", "そうです"), ("gb18030", "王伟", "很好"),
     ("cp1253", "Ελένη", "καλό"), ("cp1254", "Işıl", "güzel")],
)  # fmt: skip
def test_an_encoding_of_another_script_is_recognised_by_the_names(
    tmp_path, encoding, name, comment
):
    path, rows = tmp_path / "words.csv", [row(name)]
    marks = {key_of(rows[0], "words"): Mark(1.0, comment)}
    path.write_bytes(saved(written(path, rows, marks), encoding))
    assert marks_of(path, rows) == marks


@pytest.mark.parametrize(
    ("encoding", "comment"),
    [("cp1252", "für uns"), ("mac_roman", "für uns"), ("cp1252", "déjà vu – “bien”")],
)
def test_without_such_names_a_western_encoding_is_recognised_by_its_letters(
    tmp_path, encoding, comment
):
    path, rows = tmp_path / "words.csv", [row("Ada")]
    marks = {key_of(rows[0], "words"): Mark(1.0, comment)}
    path.write_bytes(saved(written(path, rows, marks), encoding))
    assert marks_of(path, rows) == marks


def test_an_encoding_that_is_unclear_is_refused(tmp_path):
    path, rows = tmp_path / "words.csv", [row("Ada")]
    marks = {key_of(rows[0], "words"): Mark(1.0, "согласен")}
    path.write_bytes(saved(written(path, rows, marks), "cp1251"))
    with pytest.raises(
        CommandError, match="its encoding is unclear: save it again as CSV in UTF-8"
    ):
        marks_of(path, rows)


REFUSED = {  # the damage → (a change of the cells, the sentence)
    "no header": (lambda c: saved(c[1:]), "line 1: no column is called 'student': the first row"),
    "a renamed header": (
        lambda c: saved([[*c[0][:3], "Punkte", *c[0][4:]], *c[1:]]),
        "line 1: no column is called 'points': the first row must be student,exercise,answer,",
    ),
    "a title above the header": (
        lambda c: b"Marks of week 4\r\n" + saved(c),
        "line 1: no column is called 'student': the first row must be student,exercise",
    ),
    "a sum below the marks": (
        lambda c: saved([*c, ["Sum", "", "", "12", "", ""]]),
        "'' is not the code of an answer: copy the code from words.html, or delete the line",
    ),
    "each line in one cell": (
        lambda c: saved([[",".join(one)] for one in c], delimiter=";", quoting=csv.QUOTE_ALL),
        "line 1: no column is called 'student'",
    ),
    "two columns of points": (
        lambda c: saved([[*c[0], "Points"], *c[1:]]),
        "line 1: 2 columns are called 'points': keep one of them",
    ),
    "two delimiters": (
        lambda c: saved(c).replace(b"comment\r\n", b"comment;\r\n"),
        "line 1: 'comment;' is not one column",
    ),
    "a decimal comma without quotes": (
        lambda c: saved(c).replace(b",1.5,", b",1,5,"),
        "line 2: 7 cells, but the first row has 6: put quotes around",
    ),
    "a quote that is not closed": (
        lambda c: saved(c).replace(b"well, argued; twice\"", b"well"),
        "line 4: this is not CSV (",
    ),
    "a code that became a number": (
        lambda c: saved(cells_with("answer", lambda _: "7,00E+12")(c)),
        "line 2: '7,00e+12' is not the code of an answer: write a",
    ),
    "a code that was deleted": (
        lambda c: saved(cells_with("answer", lambda _: "")(c)),
        "line 2: '' is not the code of an answer: write a",
    ),
    "a column sorted by itself": (
        lambda c: saved([c[0], *([a[0], *b[1:]] for a, b in zip(c[:0:-1], c[1:], strict=True))]),
        "sort whole rows, not single columns",
    ),
    "two marks for one answer": (
        lambda c: saved([*c, [*c[1][:3], "1", "2", ""]]),
        "line 2 has another mark for the same answer: delete one of the two lines",
    ),
    "a formula that failed": (
        lambda c: saved(cells_with("comment", lambda _: "#NAME?")(c)),
        "line 2: the comment '#NAME?' is a spreadsheet's error: type the comment again",
    ),
    "points that became a date": (
        lambda c: saved(cells_with("points", lambda _: "01. Mai")(c)),
        "line 2: points must be a number from 0 to 2, not '01. Mai'",
    ),
    "a byte that is no text": (
        lambda c: saved(c, "utf-8-sig") + b"\xff",
        "its encoding is unclear",
    ),
    "a comment column of another name": (
        lambda c: saved([[*c[0][:5], "Kommentar"], *c[1:]]),
        "line 1: no column is called 'comment'",
    ),
    "a workbook": (lambda _: b"PK\x03\x04\x14\x00\x06\x00", "is a workbook with the name of"),
    "an old workbook": (lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1", "is a workbook with the name of"),
    "a row copied and changed": (
        lambda c: saved([*c, [*c[1][:3], "1", *c[1][4:]]]),
        "line 11: line 2 has another mark for the same answer: delete one of the two lines",
    ),
    "not text at all": (lambda _: b"PK\x03\x04\x00\x00\xff\xfe" * 9, "words.csv"),
}  # fmt: skip


@pytest.mark.parametrize("damage", REFUSED)
def test_a_sheet_that_is_not_understood_is_refused(tmp_path, damage):
    change, sentence = REFUSED[damage]
    path = tmp_path / "words.csv"
    path.write_bytes(change(written(path)))
    with pytest.raises(CommandError) as error:
        marks_of(path)
    assert sentence in str(error.value)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    "points", ["3", "-1", "many", "nan", "inf", "1e0", "1/2", "50%", "½", "1.5.2"]
)
def test_invalid_points_are_refused_with_their_line(tmp_path, points):
    path, rows = tmp_path / "words.csv", [row("Ada")]
    path.write_bytes(saved(cells_with("points", lambda _: points)(written(path, rows, {}))))
    with pytest.raises(CommandError, match=rf"line 2: points must be a number .* not '{points}'"):
        marks_of(path, rows)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=20))
def test_no_text_becomes_a_formula_and_each_comes_back(text):
    cell = as_text(text)
    assert from_text(cell) == text or (from_text(text) != text)  # '=… is typed, not written
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))


def test_comments_and_names_survive_two_round_trips(tmp_path):
    path = tmp_path / "words.csv"
    written(path)
    first = path.read_bytes()
    marks = marks_of(path)
    assert marks == MARKS
    path.unlink()
    written(path, marks=marks)
    assert path.read_bytes() == first


OLD = [row("Ada", words="a"), row("Ben", words="b"), row("Cem", words="a"), row("Zoë", words="zz")]


def old_sheet(path, rows=OLD, change=lambda student, code: (student, code)):
    """Write a sheet with the codes that older gradebooks used."""
    cells = [COLUMNS]
    for one in rows:
        student, exercise, code = short_key_of(one, "words")
        student, code = change(student, code)
        cells.append([student, exercise, code, "1", "2", "good"])
    path.write_bytes(saved(cells))
    return {key_of(one, "words"): Mark(1.0, "good") for one in rows}


def test_a_sheet_with_old_codes_is_read(tmp_path):
    path = tmp_path / "words.csv"
    wanted = old_sheet(path)
    assert marks_of(path, OLD) == wanted


def test_old_codes_are_read_with_names_in_another_encoding(tmp_path):
    path = tmp_path / "words.csv"
    wanted = old_sheet(path, OLD, lambda name, code: (name.encode().decode("cp1252"), code))
    assert marks_of(path, OLD) == wanted


def test_an_old_code_never_gives_a_mark_to_another_student_with_the_same_answer(tmp_path):
    path = tmp_path / "words.csv"
    old_sheet(path, [row("Gone", words="b")])
    assert list(marks_of(path, OLD)) == [short_key_of(row("Gone", words="b"), "words")]
    copies = [row(name, words="38") for name in ("Ada", "Ben")]  # its old code begins with a letter
    kept = {short_key_of(one, "words"): Mark(1.0, "good") for one in copies}
    wanted = old_sheet(path, copies)
    assert marks_of(path, copies, kept) == wanted


def test_old_codes_that_became_numbers_are_read(tmp_path):
    path, numbers = tmp_path / "words.csv", []
    for n in range(5000):  # some answers whose old codes look like numbers
        one = row("Ada", words=str(n))
        code = short_key_of(one, "words").code
        if code.isdigit() or (code.replace("e", "", 1).isdigit() and 0 < code.find("e") < 7
                              and int(code.partition("e")[2]) < 99):  # fmt: skip
            numbers.append(one)
    assert len(numbers) > 50

    def shown(name, code):
        value = float(code)
        return name, f"{value:.2E}".replace(".", ",") if "e" in code else f"{value:.0f}"

    for one in numbers:
        wanted = old_sheet(path, [one], shown)
        assert marks_of(path, [one]) == wanted


@pytest.mark.parametrize("change", [saved, SAVED["decomposed names"], SAVED["numbers as names"]])
def test_a_sheet_restores_the_marks_of_a_gradebook_that_is_lost(tmp_path, change):
    path = tmp_path / "words.csv"
    path.write_bytes(change(written(path)))
    taken = take_marks(read_sheet(path, NAMES), [], {}, LIMITS)  # nothing is graded yet
    marks = by_student(taken.marks, CLASS)
    assert marks == MARKS
    assert not list(unowned(marks, CLASS))
    assert by_student(marks | dict.fromkeys(taken.marks, Mark(0.5)) | MARKS, CLASS) == MARKS


@pytest.mark.parametrize("points", ["0.333333333333333333", "0,30000000000000004", "1.000"])
def test_points_keep_the_digits_that_the_sheet_shows(tmp_path, points):
    path, rows = tmp_path / "words.csv", [row("Ada"), row("Ben")]
    path.write_bytes(saved(cells_with("points", lambda _: points)(written(path, rows[:1], {}))))
    sheet = read_sheet(path)
    marks = take_marks(sheet, rows, {}, LIMITS).marks
    text = sheet_text(sheet, take_marks(sheet, rows, marks, LIMITS), rows, marks, LIMITS)
    assert replace_sheet(sheet, text) == ""
    assert not take_marks(read_sheet(path), rows, marks, LIMITS).marks


def test_a_link_to_nowhere_is_refused(tmp_path):
    path = tmp_path / "words.csv"
    path.symlink_to(tmp_path / "missing" / "words.csv")
    with pytest.raises(CommandError, match="it is a link to nowhere: move it elsewhere"):
        read_sheet(path)


def test_a_mark_that_matches_nobody_is_kept_shown_and_listed(tmp_path):
    path = tmp_path / "words.csv"
    cells = written(path, CLASS, {})
    gone = Key("Gone", "words", "a123456789")
    path.write_bytes(saved([*cells, [*gone, "2", "2", "left"]]))
    sheet = read_sheet(path)
    taken = take_marks(sheet, CLASS, {}, LIMITS)
    assert taken.marks == {gone: Mark(2.0, "left")}
    assert list(unowned(taken.marks, CLASS)) == [
        "A mark for an unknown student, kept in words.csv: Gone, words, points: 2."
    ]
    path.unlink()
    assert [*gone, "2", "2", "left"] in written(path, CLASS, taken.marks)


def test_the_mark_of_an_earlier_answer_is_kept_but_does_not_count(tmp_path):
    before, after = row("Ada", words="first"), row("Ada", words="second")
    marks = {key_of(before, "words"): Mark(2.0, "good")}
    assert [r.status for r in prose_results(after, {"words": 2.0}, marks)] == ["not read"]
    cells = written(tmp_path / "words.csv", [after], marks)
    assert [c[3] for c in cells[1:]] == ["", "2"]
    assert list(unowned(marks, [after])) == [
        "The answer has changed since it was marked, so that mark does not count: Ada, words."
        " Read it again, and enter its points in words.csv."
    ]
    marks[key_of(after, "words")] = Mark(1.0)
    assert list(unowned(marks, [after])) == [
        "Marks of earlier answers, kept in words.csv: Ada, words."
    ]


def test_a_mark_stays_with_the_text_and_the_picture_that_it_was_given_for(tmp_path):
    one, other, unseen = (
        row("Ada", words=with_pictures("![](attachment:a.png)", pictures))
        for pictures in ([("a.png", PNG)], [("a.png", PNG.replace("AAAA", "AAAB"))], [])
    )
    assert len({key_of(each, "words") for each in (one, other, unseen)}) == 3
    cases = (one, one, 2.0), (one, other, 0.0), (unseen, one, 2.0)
    for k, (before, now, points) in enumerate(cases):
        marks = {key_of(before, "words"): Mark(2.0, "good")}
        [result] = prose_results(now, {"words": 2.0}, marks)
        assert result.points == points
        assert bool(list(unowned(marks, [now]))) is (points == 0)
        cells = written(tmp_path / f"{k}.csv", [now], marks)
        assert [c[3] for c in cells[1:]] == (["2"] if points else ["", "2"])


def test_an_empty_cell_or_a_missing_row_changes_nothing_and_delete_removes(tmp_path):
    path, rows = tmp_path / "words.csv", [row("Ada"), row("Ben"), row("Cem")]
    ada, ben, cem = (key_of(one, "words") for one in rows)
    marks = dict.fromkeys((ada, ben, cem), Mark(2.0, "good"))
    cells = written(path, rows, marks)
    cells[1][3:] = "", "2", ""
    cells[2][3:] = "Delete", "2", "delete"
    path.write_bytes(saved(cells[:3]))
    taken = take_marks(read_sheet(path), rows, marks, LIMITS)
    assert taken.marks == {ben: Mark()}
    assert list(changes(taken, marks)) == [
        "Changed in words.csv: Ben, words: points 2 → none.",
        "Kept, although words.csv has an empty cell: Ada, words. To remove one, type delete.",
    ]


def test_the_sheet_keeps_what_a_person_arranged(tmp_path):
    path = tmp_path / "words.csv"
    cells = written(path, [row("Ada"), row("Ben"), row("Cem")], {})
    mine = [[*c, f"note {k}"] for k, c in enumerate(cells[:0:-1])]
    mine[0][3] = "1,5"
    mine.append(["Sum", "", "", "", "", "", "of all"])
    path.write_bytes(saved([[*cells[0], "Notes"], *mine], delimiter=";"))
    rows = [row("Dana"), row("Ada"), row("Ben"), row("Cem")]
    sheet = read_sheet(path)
    taken = take_marks(sheet, rows, {}, LIMITS)
    text = sheet_text(sheet, taken, rows, taken.marks, LIMITS)
    now = list(csv.reader(text.splitlines(), delimiter=";"))
    assert now[0] == [*COLUMNS, "Notes"]
    assert [(c[0], c[3], c[6]) for c in now[1:]] == [
        ("Cem", "1,5", "note 0"), ("Ben", "", "note 1"), ("Ada", "", "note 2"), ("Dana", "", ""),
        ("Sum", "", "of all"),
    ]  # fmt: skip


def test_two_students_whose_names_differ_only_in_case_have_their_own_marks(tmp_path):
    path, rows = tmp_path / "words.csv", [row("Ada"), row("ada")]
    path.write_bytes(saved([COLUMNS, *([*short_key_of(one, "words"), k, 2, ""] for k, one in
                                       enumerate(rows))]))  # fmt: skip
    assert [marks_of(path, rows)[key_of(one, "words")].points for one in rows] == [0.0, 1.0]


def test_a_sheet_that_shows_all_marks_is_not_written_again(tmp_path):
    path = tmp_path / "words.csv"
    path.write_bytes(saved(written(path), "utf-16", delimiter="\t"))
    sheet = read_sheet(path)
    assert sheet_text(sheet, take_marks(sheet, CLASS, MARKS, LIMITS), CLASS, MARKS, LIMITS) is None


@pytest.mark.parametrize(
    "lock", [".~lock.words.csv#", "~$words.csv", ".words.csv.swp", ".#words.csv"]
)
def test_a_sheet_that_is_open_in_another_program_is_left_alone(tmp_path, lock):
    path = tmp_path / "words.csv"
    path.write_bytes(b"mine")
    (tmp_path / lock).symlink_to("nowhere")
    reason = replace_sheet(Sheet(path, path.read_bytes()), "theirs")
    assert lock in reason
    assert path.read_bytes() == b"mine"


def test_a_sheet_that_was_saved_in_the_meantime_is_left_alone(tmp_path):
    path = tmp_path / "words.csv"
    path.write_bytes(b"before")
    sheet = Sheet(path, path.read_bytes())
    path.write_bytes(b"saved by a person")
    assert "changed while this command ran" in replace_sheet(sheet, "theirs")
    assert path.read_bytes() == b"saved by a person"
    new = tmp_path / "new.csv"
    missing = read_sheet(new)
    new.write_bytes(b"made by a person")
    assert "changed while this command ran" in replace_sheet(missing, "theirs")
    assert new.read_bytes() == b"made by a person"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["new.csv", "words.csv"]


def test_the_previous_sheet_is_kept_beside_the_new_one(tmp_path):
    path = tmp_path / "words.csv"
    path.write_bytes(b"before")
    assert replace_sheet(Sheet(path, path.read_bytes()), "after") == ""
    assert (tmp_path / "words.csv~").read_bytes() == b"before"
    assert path.read_text(encoding="utf-8-sig") == "after"
    for file in (path, tmp_path / "words.csv~"):
        assert file.stat().st_mode & 0o777 == 0o600


def test_a_link_to_a_sheet_stays_a_link(tmp_path):
    target, path = tmp_path / "shared.csv", tmp_path / "words.csv"
    target.write_bytes(b"before")
    path.symlink_to(target)
    assert replace_sheet(Sheet(path, b"before"), "after") == ""
    assert path.is_symlink()
    assert target.read_text(encoding="utf-8-sig") == "after"


def test_marks_saved_under_another_name_are_noticed(tmp_path):
    for name in ("words.csv", "words.csv~", "words.html", "words.xlsx", "words (1).csv"):
        (tmp_path / name).touch()
    assert other_files(tmp_path / "words.csv") == ["words (1).csv", "words.xlsx"]


def test_the_gradebook_keeps_each_mark_with_its_history(tmp_path):
    path = tmp_path / "gradebook.sqlite"
    book, key = Gradebook(path), Key("Ada", "words", "a123456789")
    for mark in (Mark(1.0, "a"), Mark(2.0, "b"), Mark()):
        book.enter_marks({key: mark})
    assert book.marks() == {}
    book.enter_marks({key: Mark(None, "see me")})
    assert book.marks() == {key: Mark(None, "see me")}
    book.close()
    with sqlite3.connect(path) as db:
        assert [p for (p,) in db.execute("select points from marks")] == [1.0, 2.0, None, None]


def enter(folder, rows):
    """Take the marks of a sheet into the gradebook, then write the sheet again."""
    path, book = folder / "words.csv", Gradebook(folder / "gradebook.sqlite")
    sheet = read_sheet(path, NAMES)
    book.enter_marks(take_marks(sheet, rows, book.marks(), LIMITS).marks)
    marks = book.marks()
    text = sheet_text(sheet, take_marks(sheet, rows, marks, LIMITS), rows, marks, LIMITS)
    assert replace_sheet(sheet, text) == ""
    book.close()


def exit_at(step, work):
    """Run `work` in a fork that exits at its n-th step outside Python; return the exit code."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    steps = count(1)

    def watch(event, _):
        if event.startswith(("open", "os.", "sqlite3", "tempfile")) and next(steps) == step:
            os._exit(KILLED)

    try:
        sys.addaudithook(watch)
        work()
        os._exit(0)
    finally:
        os._exit(1)


KILLED = 9


def test_a_kill_at_any_step_loses_no_mark(tmp_path):
    rows = [*CLASS, row("a new student")]  # so that the sheet is written again
    for step in count(1):
        folder = tmp_path / str(step)
        folder.mkdir()
        written(folder / "words.csv")
        code = exit_at(step, lambda folder=folder: enter(folder, rows))
        book = Gradebook(folder / "gradebook.sqlite")
        book.enter_marks(marks_of(folder / "words.csv", rows, book.marks()))
        assert book.marks() == MARKS, step
        book.close()
        if code == 0:
            break
        assert code == KILLED
    assert step > 10
