"""What the class did: how hard each check was, and which wrong answers were common.

Shared oddities are named, never measured or judged: short answers look alike by chance.
"""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import StatisticsError, correlation
from typing import NamedTuple

from coursekit.course.headers import Role
from coursekit.course.records import Status
from coursekit.grading.results import Graded, Result

MIN_STUDENTS = 20  # from which on a correlation says anything
MAX_ANSWERS, MAX_SLOW = 10, 5
RARE = 3  # a name that at most so many students use is rare
MIN_SHARED = 2  # rare names that students must share, besides their wrong outputs
CHECKS = (Role.CHECK, Role.HIDDEN)
ATTEMPTED = (Status.RIGHT, Status.WRONG, Status.LOST)


class CheckStatistics(NamedTuple):
    """How the class did in one check."""

    exercise: str
    part: Role
    right: int
    attempted: int
    students: int
    discrimination: float | None  # the correlation of being right with all other points


class WrongAnswer(NamedTuple):
    """Answers that do the same in every case of a check."""

    exercise: str
    part: Role
    students: Sequence[str]
    failing: str  # the first case that fails
    like: str  # the hint of the known mistake that does the same, or ""
    code: str  # the shortest of them


class Oddity(NamedTuple):
    """Students whose answers do the same wrong thing and use the same rare names."""

    exercise: str
    students: Sequence[str]
    names: Sequence[str]


class Insights(NamedTuple):
    """All of it, for the instructor alone."""

    checks: Sequence[CheckStatistics]
    wrong: Sequence[WrongAnswer]
    slowest: Sequence[Graded]
    oddities: Sequence[Oddity]
    failing: Sequence[tuple[str, Result]]  # student and hidden check


def insights(rows: Sequence[Graded], mistakes: Mapping[str, str]) -> Insights:
    """Return what a class did; `mistakes` maps the behaviour of a known mistake to its hint."""
    groups = {(one.exercise, *one.students): one for one in _wrong_answers(rows, mistakes)}
    wrong = sorted(groups.values(), key=lambda one: -len(one.students))
    hidden = [(row.student, r) for row in rows for r in row.results if r.part is Role.HIDDEN]
    return Insights(
        list(_statistics(rows)),
        wrong[:MAX_ANSWERS],
        sorted(rows, key=lambda row: -row.seconds)[:MAX_SLOW],
        list(_oddities(rows)),
        [(student, result) for student, result in hidden if result.failing],
    )


def _statistics(rows: Sequence[Graded]) -> Iterator[CheckStatistics]:
    found = [{(r.exercise, r.part): r for r in row.results if r.part in CHECKS} for row in rows]
    for exercise, part in dict.fromkeys(key for results in found for key in results):
        pairs = [
            (results[exercise, part], row.points - results[exercise, part].points)
            for row, results in zip(rows, found, strict=True) if (exercise, part) in results
        ]  # fmt: skip
        right = [result.status is Status.RIGHT for result, _ in pairs]
        attempted = sum(result.status in ATTEMPTED for result, _ in pairs)
        others = [other for _, other in pairs]
        yield CheckStatistics(
            exercise, part, sum(right), attempted, len(pairs), discrimination(right, others)
        )


def discrimination(right: Sequence[bool], others: Sequence[float]) -> float | None:
    """Return how well a check tells students apart: from −1 to 1, or None if nothing can be said.

    >>> discrimination([True] * 10 + [False] * 10, [5.0] * 10 + [1.0] * 10)
    1.0
    >>> discrimination([True, False], [5.0, 1.0])
    """
    if len(right) < MIN_STUDENTS:
        return None
    try:
        return round(correlation(list(map(float, right)), others), 2)
    except StatisticsError:  # all are equal
        return None


def _groups(rows: Iterable[Graded]) -> dict[tuple[str, Role, str], list[tuple[Graded, Result]]]:
    """Return answers by exercise, part and behaviour."""
    groups = defaultdict(list)
    for row in rows:
        for result in row.results:
            if result.behaviour:
                groups[result.exercise, result.part, result.behaviour].append((row, result))
    return groups


def _wrong_answers(rows: Sequence[Graded], mistakes: Mapping[str, str]) -> Iterator[WrongAnswer]:
    """Yield the groups of wrong answers, those of public checks last: they explain as much."""
    groups = sorted(_groups(rows).items(), key=lambda one: one[0][1] is Role.CHECK)
    for (exercise, part, behaviour), answers in groups:
        codes = [row.code.get(exercise, "") for row, _ in answers]
        yield WrongAnswer(
            exercise, part, [row.student for row, _ in answers], answers[0][1].failing,
            mistakes.get(behaviour, ""), min(filter(None, codes), key=len, default=""),
        )  # fmt: skip


def _oddities(rows: Sequence[Graded]) -> Iterator[Oddity]:
    """Yield students who share wrong outputs on hidden cases and several rare names."""
    names = {(row.student, e): names_in(code) for row in rows for e, code in row.code.items()}
    users: dict[str, Counter[str]] = defaultdict(Counter)
    for (_, exercise), found in names.items():
        users[exercise].update(found)
    for (exercise, part, _), answers in _groups(rows).items():
        if part is not Role.HIDDEN or len(answers) < 2:
            continue
        sharers: dict[str, list[str]] = defaultdict(list)
        for row, _ in answers:
            for name in names.get((row.student, exercise), ()):
                if users[exercise][name] <= RARE:
                    sharers[name].append(row.student)
        together = defaultdict(list)
        for name, students in sharers.items():
            if len(students) > 1:
                together[tuple(students)].append(name)
        for group, shared in together.items():
            if len(shared) >= MIN_SHARED:
                yield Oddity(exercise, group, sorted(shared))


def names_in(code: str) -> set[str]:
    """Return the names that an answer defines, not those that it only uses.

    >>> sorted(names_in("def f(x):\\n    for k, v in x: total = k"))
    ['f', 'k', 'total', 'v', 'x']
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and type(n.ctx) is ast.Store}
    defined = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    return stored | defined | {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
