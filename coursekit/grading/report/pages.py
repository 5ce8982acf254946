"""Render the HTML pages: one per student, the class report, and the written answers."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader

from coursekit.course.headers import Role
from coursekit.course.master import Cell
from coursekit.grading.prose import digest
from coursekit.grading.report.student_grade import StudentGrade
from coursekit.grading.results import LABELS, Result


def student_page(lesson: str, student: StudentGrade, exercises: Sequence[str]) -> str:
    """Return a student's page: the points for each exercise, and why points are missing."""
    return _render("student.html", lesson=lesson, student=student, exercises=exercises)


def class_page(lesson: str, students: Sequence[StudentGrade], exercises: Sequence[str]) -> str:
    """Return the class report: a bar for each number of points, and a row for each student."""
    max_points = max((student.max_points for student in students), default=0.0)
    return _render(
        "class.html", lesson=lesson, students=students, exercises=exercises,
        max_points=max_points, counts=_histogram(students, int(max_points)),
        sandboxes=sorted({student.row.sandbox for student in students}),
        several_versions=len({student.row.version for student in students}) > 1,
        ungraded=sum(student.ungraded for student in students),
    )  # fmt: skip


def _histogram(students: Sequence[StudentGrade], max_points: int) -> dict[int, int]:
    """Return the number of students for each rounded number of points, including zeros."""
    counts = Counter(round(student.points) for student in students)
    return {points: counts[points] for points in range(max(max_points, *counts, 0) + 1)}


def prose_page(lesson: str, questions: Sequence[Cell], students: Sequence[StudentGrade]) -> str:
    """Return the written answers, question by question, for the person who grades them."""
    return _render("prose.html", lesson=lesson, questions=questions, students=students)


def _render(template: str, **context: object) -> str:
    return _environment().get_template(template).render(css=_load("page.css"), **context)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(loader=FunctionLoader(_load), autoescape=True, trim_blocks=True)
    environment.filters |= {"digest": digest, "label": LABELS.__getitem__, "reason": _reason}
    return environment


def _load(name: str) -> str:
    return files("coursekit.grading.report").joinpath(name).read_text(encoding="utf-8")


def _reason(result: Result) -> str:
    """Return why points are missing, or "" for a hidden check, whose cases must stay secret."""
    return "" if result.part is Role.HIDDEN else result.why[:1].upper() + result.why[1:]
