"""What goes back to a platform or into another program: grades, and the students' pages."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from coursekit.grading.report.pages import page_names
from coursekit.grading.sheet import csv_text
from coursekit.platforms.grades import Export, Grade

PAGES = "feedback"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same zip for the same pages


def _record(grade: Grade) -> dict[str, Any]:
    """Return a student's grade, and all that is known about the student."""
    one = grade.attempt
    return {
        "student": one.student, "id": one.id, "login": one.login, "email": one.email,
        "group": one.group, "attempt": one.number, "submitted": one.submitted, "late": one.late,
        "points": grade.points, "max_points": grade.max_points, "status": grade.status,
    }  # fmt: skip


def as_csv(grades: Sequence[Grade]) -> Export:
    """Return a row for each student; points are empty while they are not final."""
    exercises = list(dict.fromkeys(name for grade in grades for name in grade.exercises))
    records = [_record(grade) for grade in grades]
    rows = [
        ["" if cell is None else f"{cell:g}" if isinstance(cell, float) else cell
         for cell in record.values()] + [grade.exercises.get(name, "") for name in exercises]
        for grade, record in zip(grades, records, strict=True)
    ]  # fmt: skip
    header = [*(records[0] if records else ()), *exercises]
    return Export(csv_text([header, *rows]).encode("utf-8-sig"))


def as_json_lines(grades: Sequence[Grade]) -> Export:
    """Return a JSON object for each student, one on each line."""
    records = [_record(grade) | {"exercises": _points(grade)} for grade in grades]
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    return Export("".join(f"{line}\n" for line in lines).encode())


def _points(grade: Grade) -> dict[str, float | None]:
    return {name: float(text) if text else None for name, text in grade.exercises.items()}


def as_gradescope(grades: Sequence[Grade]) -> Export:
    """Return a zip with the results of each submission, as Gradescope's autograders write them."""
    export, files = Export(), {}
    for grade in grades:
        if grade.points is None:
            export.note("Left out, because the points are not final", grade.student)
        else:
            tests = [
                {"name": name, "score": points, "status": "passed" if points else "failed"}
                for name, points in _points(grade).items() if points is not None
            ]  # fmt: skip
            results = {"score": grade.points, "visibility": "after_published", "tests": tests}
            folder = grade.source or grade.student
            files[f"{folder}/results.json"] = json.dumps(results, indent=1).encode()
    export.content = zipped(files)
    return export


def feedback(grades: Sequence[Grade], out: Path) -> Export:
    """Return a zip of the students' pages, under names by which a platform attaches them."""
    export, files = Export(), {}
    names = page_names(grade.student for grade in grades)
    for grade in grades:
        page = out / PAGES / names[grade.student]
        if page.is_file():  # the members of a group share one
            files[_feedback_name(grade, page.name)] = page.read_bytes()
        else:
            export.note("Without a page", grade.student)
    export.content = zipped(files)
    return export


def _feedback_name(grade: Grade, page: str) -> str:
    """Return the name under which the platform finds the submission again.

    Canvas reads the numbers in the name of the file, and Moodle those in the name of its folder.
    """
    source, platform = grade.source, grade.attempt.platform
    if platform in ("canvas", "blackboard"):
        return f"{PurePosixPath(source).stem}.html"
    before, mark, _ = source.partition("_assignsubmission_file_")
    if platform == "moodle" and mark and PurePosixPath(source).suffix:  # without folders
        return f"{before}{mark}feedback.html"
    return f"{source}/feedback.html" if source else page


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of files: name → content."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


WRITERS: dict[str, tuple[str, Callable[[Sequence[Grade]], Export]]] = {  # the file, and its writer
    "csv": ("grades-and-ids.csv", as_csv),
    "jsonl": ("grades.jsonl", as_json_lines),
    "gradescope": ("gradescope.zip", as_gradescope),
}
