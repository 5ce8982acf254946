"""Results into HTML: a page for each student, a report for the class."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader

from coursekit.grading.prose import digest
from coursekit.grading.report.grades_csv import points_of

WORDS = {
    "right": "right", "wrong": "not right", "not attempted": "not attempted",
    "lost": "its process ended", "read": "read", "not read": "is read by a person",
}  # fmt: skip
TITLES = {"check": "Public checks", "hidden": "Further checks", "written": "In words"}


def _load(name: str) -> str:
    return files("coursekit.grading.report").joinpath(name).read_text(encoding="utf-8")


def _environment() -> Environment:
    made = Environment(loader=FunctionLoader(_load), autoescape=True, trim_blocks=True)
    made.filters["digest"] = digest
    return made


def student_page(lesson: str, graded: dict[str, Any], exercises: Sequence[str]) -> str:
    """Return the page that a student gets: points for each exercise, and why points are missing."""
    rows = [
        _exercise(e, e in graded["bonus"], [r for r in graded["results"] if r["exercise"] == e])
        for e in exercises
    ]
    page = _environment().get_template("student.html")
    total = sum(r["points"] for r in graded["results"])
    unread = any(r["status"] == "not read" for r in graded["results"])
    return page.render(
        lesson=lesson, graded=graded, exercises=rows, total=total, unread=unread,
        css=_load("page.css"),
    )  # fmt: skip


def class_page(
    lesson: str,
    submissions: Sequence[dict[str, Any]],
    exercises: Sequence[str],
    pages: dict[str, str],
) -> str:
    """Return the report on a class: a bar for each total, a table with a row for each student."""
    rows = []
    for graded in submissions:
        by = {e: points_of(graded, e) for e in exercises}
        total = sum(r["points"] for r in graded["results"])
        rows.append(graded | {"by": by, "total": total, "page": pages[graded["student"]]})
    most = max((row["most"] for row in rows), default=0.0)
    counts = dict.fromkeys(range(int(most) + 1), 0)
    for row in rows:
        counts[round(row["total"])] = counts.get(round(row["total"]), 0) + 1
    page = _environment().get_template("class.html")
    return page.render(
        lesson=lesson, rows=rows, exercises=exercises, most=most, counts=counts,
        highest=max([*counts.values(), 1]), css=_load("page.css"),
        sandboxes=sorted({row["sandbox"] for row in rows}),
        several=len({row["version"] for row in rows}) > 1,
        unread=sum(r["status"] == "not read" for row in rows for r in row["results"]),
    )  # fmt: skip


def prose_page(
    lesson: str, questions: Sequence[dict[str, Any]], submissions: Sequence[dict[str, Any]]
) -> str:
    """Return the answers in words, question by question, for the person who gives the points."""
    page = _environment().get_template("prose.html")
    return page.render(lesson=lesson, questions=questions, rows=submissions, css=_load("page.css"))


def _exercise(name: str, bonus: bool, results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": name,
        "bonus": bonus,
        "points": sum(r["points"] for r in results),
        "max_points": sum(r["max_points"] for r in results),
        "unread": any(r["status"] == "not read" for r in results),
        "missed": any(r["part"] == "check" and r["status"] == "wrong" for r in results),
        "parts": [
            {
                "title": TITLES[r["part"]],
                "told": WORDS[r["status"]],
                # what a hidden check saw is not shown: its cases would travel
                "why": "" if r["part"] == "hidden" else r["why"],
                "passed": r["passed"], "cases": r["cases"], "status": r["status"],
            }
            for r in results
        ],
    }  # fmt: skip
