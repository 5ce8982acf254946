"""Write the files about a graded class: report.html, a page per student, and two CSV files."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from jinja2 import Environment, FileSystemLoader

from coursekit.course.headers import Role
from coursekit.course.master import QUESTIONS, Master
from coursekit.course.records import Status
from coursekit.errors import plural
from coursekit.grading.counting import which_counts
from coursekit.grading.deadlines import Lateness
from coursekit.grading.decisions import Decision, decided, decisions_by_student, overrides
from coursekit.grading.insights import MIN_STUDENTS, Insights
from coursekit.grading.marks import Marks, key_of, prose_results
from coursekit.grading.pictures import pictures_of, without_pictures
from coursekit.grading.report.pages import page_names
from coursekit.grading.results import LABELS, Graded, Result, SubmissionStatus
from coursekit.grading.settings import Counts
from coursekit.grading.sheet import csv_text
from coursekit.sandbox.host.folders import half_written, sweep

IN_TIME = Lateness()


@dataclass(frozen=True, slots=True)
class StudentGrade:
    """A gradebook row that also has the results of the written answers, as shown in every file."""

    row: Graded
    master: Master  # of the submission's version
    late: Lateness = IN_TIME
    page: str = ""  # the file name of the student's page
    decisions: Sequence[Decision] = ()  # a person's, oldest first

    @property
    def overrides(self) -> dict[str, Decision]:
        """The decision on the points of each exercise."""
        return overrides(self.decisions)

    @property
    def answers(self) -> list[Decision]:
        """The notes that a person wrote for the student."""
        return [one for one in self.decisions if not one.exercise]

    @property
    def final_points(self) -> float:
        """The points that count, after what a late submission loses."""
        return round(self.row.points * (1 - self.late.share), 2)

    @property
    def ungraded(self) -> int:
        """The number of written answers that have not been graded yet."""
        return sum(result.status is Status.NOT_READ for result in self.row.results)

    @property
    def status(self) -> str:
        """The submission's status in words; the points of ungraded answers are still missing."""
        if self.ungraded:
            return f"{plural(self.ungraded, 'written answer')} not graded yet"
        return LABELS[self.row.status]

    def of(self, exercise: str) -> list[Result]:
        """Return the results for an exercise."""
        return [result for result in self.row.results if result.exercise == exercise]

    def notes_on(self, exercise: str) -> list[str]:
        """Return the notes that begin with an exercise's name, or with none if it is ""."""
        exercises = {result.exercise for result in self.row.results}
        beginnings = [(note.partition(" ")[0], note) for note in self.row.notes]
        return [n for first, n in beginnings if (first if first in exercises else "") == exercise]

    def points_text(self, exercise: str) -> str:
        """Return an exercise's points, or "" if they are unknown or it is not in this version."""
        results, status = self.of(exercise), self.row.status
        unread = any(result.status is Status.NOT_READ for result in results)
        absent = not results and status is SubmissionStatus.GRADED
        if unread or absent or status is SubmissionStatus.INFRASTRUCTURE:
            return ""
        return f"{sum(result.points for result in results):g}"


def prose_points(masters: Iterable[Master]) -> dict[str, float]:
    """Return the maximum points of each written question in any version."""
    return {question: n for master in masters for question, n in master.prose_points.items()}


def write_files(
    out: Path, lesson: str, masters: dict[int, Master], rows: Sequence[Graded], marks: Marks,
    late: Mapping[str, Lateness] = MappingProxyType({}), decisions: Sequence[Decision] = (),
    counts: Counts = Counts.LAST,
) -> list[StudentGrade]:  # fmt: skip
    """Write all files of a class; return each student's grade.

    `masters` maps each version's number to its master, oldest first; `rows` are the attempts that
    count; `late` says of students how late they were, and `decisions` are those of a person. Each
    file is replaced atomically.
    """
    newest_first = list(reversed(masters.values()))
    pages = page_names(row.student for row in rows)
    made = decisions_by_student(decisions)
    students = [
        StudentGrade(
            _complete(row, masters.get(row.version, newest_first[0]), marks, made[row.student]),
            masters.get(row.version, newest_first[0]), late.get(row.student, IN_TIME),
            pages[row.student], made[row.student],
        )
        for row in rows
    ]  # fmt: skip
    asked = (cell.exercise for master in newest_first for cell in master.with_role(*QUESTIONS))
    exercises = list(dict.fromkeys(asked))
    which = " ".join(which_counts(rows, counts))
    about = {"lesson": lesson, "exercises": exercises, "chosen": counts, "which": which}
    sweep(out, out / "feedback")
    for student in students:
        _replace(out / "feedback" / student.page, _render("student.html", student=student, **about))
    _replace(out / "grades.csv", _grades_csv(students, exercises))
    _replace(out / "report.html", _class_page(students, about))
    prose = (cell for master in masters.values() for cell in master.with_role(Role.PROSE))
    questions = {cell.exercise: cell for cell in prose}
    if questions:
        page = _render("prose.html", lesson=lesson, questions=questions.values(), students=students)
        _replace(out / "words.html", page)
    return students


def _complete(row: Graded, master: Master, marks: Marks, decisions: Sequence[Decision]) -> Graded:
    """Return a submission with the results that a person gave."""
    if row.status is not SubmissionStatus.INFRASTRUCTURE:
        written = prose_results(row, master.prose_points, marks)
        row = replace(row, results=[*row.results, *written])
    return decided(row, decisions, master.points | master.prose_points)


def write_insights(out: Path, lesson: str, found: Insights, ungraded: int, which: str) -> None:
    """Write the page on what the class did, which shows hidden cases; `which` attempts count."""
    page = _render(
        "insights.html", lesson=lesson, found=found, ungraded=ungraded, which=which,
        min_students=MIN_STUDENTS,
    )  # fmt: skip
    _replace(out / "insights.html", page)


def _grades_csv(students: Sequence[StudentGrade], exercises: Sequence[str]) -> str:
    """Return the grades as CSV; a cell is empty while its points are unknown."""
    timed = any(student.late.words for student in students)
    times = ("time", "penalty_percent", "final_points") if timed else ()
    rows = [["student", "points", "max_points", "attempt", "version", *exercises, "status", *times]]
    for student in students:
        row, limit = student.row, student.master.max_points
        points = "" if row.status is SubmissionStatus.INFRASTRUCTURE else f"{row.points:g}"
        final = f"{student.final_points:g}"
        about = [row.student, points, f"{limit:g}", str(row.number), str(row.version)]
        late = (
            (student.late.words, f"{100 * student.late.share:g}", points and final) if timed else ()
        )
        rows.append([*about, *map(student.points_text, exercises), student.status, *late])
    return csv_text(rows)


def _class_page(students: Sequence[StudentGrade], about: Mapping[str, object]) -> str:
    """Return the class report: a bar for each number of points, and a row for each student."""
    max_points = max((student.master.max_points for student in students), default=0.0)
    counts = Counter(round(student.row.points) for student in students)
    return _render(
        "class.html", **about, students=students, max_points=max_points,
        counts={n: counts[n] for n in range(max(int(max_points), *counts, 0) + 1)},
        sandboxes=sorted({student.row.sandbox for student in students}),
        timed=any(student.late.words for student in students),
        several_versions=len({student.row.version for student in students}) > 1,
        ungraded=sum(student.ungraded for student in students),
    )  # fmt: skip


def _render(template: str, **context: object) -> str:
    return _environment().get_template(template).render(context)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    templates = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=templates, autoescape=True, trim_blocks=True)
    environment.filters |= {
        "code": lambda row, exercise: key_of(row, exercise).code,
        "words": without_pictures,
        "pictures": pictures_of,
        "label": LABELS.__getitem__,
        "shown": _shown,
    }
    return environment


def _shown(results: Sequence[Result]) -> list[Result]:
    """Return an exercise's results as a student sees them: a hidden check passed, or it did not.

    More, such as the number of cases or how it failed, could carry a hidden case to the page.
    """
    public = {result.status for result in results if result.part is Role.CHECK}
    not_passed = Status.NOT_ATTEMPTED if public == {Status.NOT_ATTEMPTED} else Status.WRONG
    return [
        replace(
            result, cases=0, why="",
            status=Status.RIGHT if result.status is Status.RIGHT else not_passed,
        ) if result.part is Role.HIDDEN
        else result if result.part is Role.PROSE  # a person's comment
        else replace(result, why=result.why[:1].upper() + result.why[1:])
        for result in results
    ]  # fmt: skip


def _replace(path: Path, text: str) -> None:
    replace_file(path, text.encode())


def replace_file(path: Path, content: bytes) -> None:
    """Write a file at once, so that it is never half-written; only the instructor may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with half_written(path.parent) as file:
        part = Path(file.name)
        try:
            file.write(content)
            file.flush()
            part.replace(path)
        except OSError as error:
            part.unlink(missing_ok=True)
            error.filename = str(path)
            raise
