"""Results into HTML: a page for each student, a report for the class."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader

WORDS = {
    "right": "right", "wrong": "not right", "not attempted": "not attempted",
    "lost": "its process ended",
}  # fmt: skip


def _load(name: str) -> str:
    return files("coursekit.grading.feedback").joinpath(name).read_text(encoding="utf-8")


def _environment() -> Environment:
    return Environment(loader=FunctionLoader(_load), autoescape=True, trim_blocks=True)


def student_page(lesson: str, graded: dict[str, Any], exercises: Sequence[str], most: float) -> str:
    """Return the page that a student gets: points for each exercise, and why points are missing."""
    rows = [_exercise(e, [r for r in graded["results"] if r["exercise"] == e]) for e in exercises]
    page = _environment().get_template("student.html")
    total = sum(r["points"] for r in graded["results"])
    return page.render(
        lesson=lesson, graded=graded, exercises=rows, total=total, most=most, css=_load("page.css")
    )


def class_page(
    lesson: str,
    submissions: Sequence[dict[str, Any]],
    exercises: Sequence[str],
    most: float,
    pages: dict[str, str],
) -> str:
    """Return the report on a class: a bar for each total, a table with a row for each student."""
    rows = []
    for graded in submissions:
        by = {
            e: sum(r["points"] for r in graded["results"] if r["exercise"] == e) for e in exercises
        }
        rows.append(
            graded | {"by": by, "total": sum(by.values()), "page": pages[graded["student"]]}
        )
    counts = dict.fromkeys(range(int(most) + 1), 0)
    for row in rows:
        counts[round(row["total"])] = counts.get(round(row["total"]), 0) + 1
    page = _environment().get_template("class.html")
    return page.render(
        lesson=lesson, rows=rows, exercises=exercises, most=most, counts=counts,
        highest=max([*counts.values(), 1]), css=_load("page.css"),
        sandboxes=sorted({row["sandbox"] for row in rows}),
    )  # fmt: skip


def _exercise(name: str, results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": name,
        "points": sum(r["points"] for r in results),
        "max_points": sum(r["max_points"] for r in results),
        "missed": any(r["part"] == "check" and r["status"] == "wrong" for r in results),
        "parts": [
            {
                "title": "Public checks" if r["part"] == "check" else "Further checks",
                "told": WORDS[r["status"]],
                # what a hidden check saw is not shown: its cases would travel
                "why": r["why"] if r["part"] == "check" else "",
                "passed": r["passed"], "cases": r["cases"], "status": r["status"],
            }
            for r in results
        ],
    }  # fmt: skip
