"""Parse a notebook: each cell gets a role, an exercise and points."""

import json
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

import nbformat

from coursekit.course.headers import Role, parse_header
from coursekit.course.unreadable import NotebookError, diagnose, text_of
from coursekit.errors import CommandError, did_you_mean

METADATA = {  # the metadata of every notebook that we write
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
MAX_CELLS = 1_000
QUESTIONS = (Role.ANSWER, Role.PROSE)  # the cells that students answer
STUB = "raise NotImplementedError"  # replaces a solution in the students' notebook
SOLUTION = re.compile(  # a blank behind a mark cannot be seen, so it is allowed
    r"^(?P<indent>[ \t]*)### BEGIN SOLUTION[^\S\n]*\n.*?^[ \t]*### END SOLUTION[^\S\n]*$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell and its role, from its metadata under `coursekit` or from its first lines."""

    index: int  # counted from 0
    type: str  # "code", "markdown" or "raw"
    source: str
    id: str | None  # None before nbformat 4.5, when cells had no ids
    fields: Any = field(compare=False)  # metadata or header, not validated
    role: Role | None = None  # None if the cell belongs to no exercise
    exercise: str = ""
    points: float = 0
    by_case: bool = False  # each case that passes earns its share of the points
    bonus: bool = False
    name: str = ""  # a distractor's name
    hint: str = ""
    rubric: str = ""
    attachments: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    """The name and the data URI of each attached file."""

    @classmethod
    def of(cls, index: int, node: Mapping[str, Any]) -> Self:
        """Parse a cell of an nbformat notebook."""
        given = node["metadata"].get("coursekit")
        if given is None:
            given = parse_header(node["cell_type"], node["source"])
        fields: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
        role, points = fields.get("role"), fields.get("points")
        texts = {name: _text(fields.get(name)) for name in ("exercise", "name", "hint", "rubric")}
        return cls(
            index, node["cell_type"], node["source"], _text(node.get("id")) or None, given,
            role=next((known for known in Role if known == role), None),
            points=points if isinstance(points, int | float) else 0,
            by_case=fields.get("by") == "case",
            bonus="bonus" in fields,
            attachments=tuple(_data_uris(node.get("attachments"))),
            **texts,
        )  # fmt: skip

    @property
    def is_code(self) -> bool:
        """Whether the cell is a code cell."""
        return self.type == "code"

    @property
    def stub(self) -> str:
        """The source with each solution replaced by `raise NotImplementedError`."""
        return SOLUTION.sub(rf"\g<indent>{STUB}", self.source)

    def answers(self, question: "Cell") -> bool:
        """Return whether the cell has a master cell's role and exercise, or its id."""
        has_role = self.role is question.role and self.exercise == question.exercise
        return has_role or (self.id is not None and self.id == question.id)


@dataclass(frozen=True)
class Notebook:
    """The cells of a notebook, with the lesson and version in its metadata."""

    cells: tuple[Cell, ...]
    lesson: str = ""  # "" if it is not a released notebook
    version: int | None = None
    node: Any = field(default=None, repr=False, compare=False)  # a master's nbformat object

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a student's notebook; raise NotebookError if it is not a notebook.

        Only what grading needs is looked at: outputs and most metadata are dropped, valid or not.
        """
        try:
            data = _mapping(json.loads(text.removeprefix("\ufeff")))
            cells = [cell for part in _worksheets(data) for cell in part]
        except (ValueError, RecursionError):
            raise diagnose(text) from None
        if len(cells) > MAX_CELLS:
            what = f"a notebook with more than {MAX_CELLS:,} cells"
            raise NotebookError(what, "remove the cells that it does not need")
        try:
            return cls._of(map(_plain_cell, cells), _mapping(data.get("metadata")))
        except (ValueError, RecursionError):
            raise diagnose(text) from None

    @classmethod
    def read(cls, path: Path) -> Self:
        """Parse a notebook from a file; raise CommandError if it cannot be read."""
        try:
            return cls.parse(text_of(path.read_bytes()))
        except OSError as error:
            raise CommandError(f"cannot read {path}: {error.strerror}") from None
        except NotebookError as error:
            raise CommandError(f"cannot read {path}: it is {error}") from None

    @classmethod
    def of(cls, node: Any) -> Self:
        """Parse an nbformat notebook."""
        return cls._of(node.cells, node.metadata, node)

    @classmethod
    def _of(cls, cells: Iterable[Any], metadata: Mapping[str, Any], node: Any = None) -> Self:
        about = _mapping(metadata.get("coursekit"))
        version = about.get("version")
        return cls(
            tuple(Cell.of(index, cell) for index, cell in enumerate(cells)),
            _text(about.get("lesson")),
            version if isinstance(version, int) else None,
            node,
        )

    def with_role(self, *roles: Role | None) -> Iterator[Cell]:
        """Yield the cells that have one of these roles."""
        return (cell for cell in self.cells if cell.role in roles)

    def of_exercise(self, exercise: str, *roles: Role) -> Iterator[Cell]:
        """Yield the cells of an exercise that have one of these roles."""
        return (cell for cell in self.with_role(*roles) if cell.exercise == exercise)


class Master(Notebook):
    """A notebook with answers, checks, distractors and points."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a notebook that we trust, with all that nbformat finds in it."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # such as duplicate cell ids, which we check
                return cls.of(nbformat.reads(text.removeprefix("\ufeff"), as_version=4))
        except Exception:  # nbformat has no error of its own for every damaged file
            raise diagnose(text) from None

    @cached_property
    def answers(self) -> dict[str, str]:
        """The source of the reference's answer to each exercise."""
        return {cell.exercise: cell.source for cell in self.with_role(Role.ANSWER)}

    @cached_property
    def points(self) -> dict[str, float]:
        """The points that checks can give: exercise → points."""
        points: dict[str, float] = {}
        for cell in self.with_role(Role.CHECK, Role.HIDDEN):
            points[cell.exercise] = points.get(cell.exercise, 0.0) + cell.points
        return points

    @cached_property
    def prose_points(self) -> dict[str, float]:
        """The points that a person can give: question → points."""
        return {cell.exercise: float(cell.points) for cell in self.with_role(Role.PROSE)}

    @cached_property
    def bonus(self) -> frozenset[str]:
        """The exercises whose points do not count towards the maximum."""
        return frozenset(cell.exercise for cell in self.with_role(*QUESTIONS) if cell.bonus)

    @property
    def max_points(self) -> float:
        """The total points, without bonus exercises."""
        points = self.points | self.prose_points
        return sum(n for exercise, n in points.items() if exercise not in self.bonus)

    @property
    def points_by_exercise(self) -> dict[str, str]:
        """The points that each exercise can earn, as text: "3" or "3 (bonus)"."""
        return {
            exercise: f"{points:g}{' (bonus)' if exercise in self.bonus else ''}"
            for exercise, points in (self.points | self.prose_points).items()
        }

    @property
    def points_line(self) -> str:
        """The points of each exercise and their sum, in one line."""
        each = ", ".join(f"{name} {points}" for name, points in self.points_by_exercise.items())
        return f"Points: {each}; {self.max_points:g} in all."


def find_master(solutions: Path, lesson: str) -> Path:
    """Return a lesson's master, given its number or its name: "5", "05" or "05-name"."""
    stems = sorted(path.stem for path in solutions.glob("*.ipynb"))
    number = lesson.lstrip("0") if lesson.isdecimal() else None
    matches = [s for s in stems if s == lesson or s.partition("-")[0].lstrip("0") == number]
    if len(matches) > 1:
        raise CommandError(f"{lesson!r} could be {' or '.join(matches)}: give the full name")
    if not stems:
        raise CommandError(f"{solutions} contains no masters: pass --solutions with their folder")
    if not matches:
        raise CommandError(
            f"no master {lesson!r} in {solutions}{did_you_mean(lesson, stems)};"
            f" masters: {', '.join(stems)}"
        )
    return solutions / f"{matches[0]}.ipynb"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _worksheets(data: Mapping[str, Any]) -> Iterator[list[Any]]:
    """Yield a notebook's lists of cells; nbformat 3 has several."""
    parts: Any = [data] if "cells" in data else data.get("worksheets")
    if not isinstance(parts, list):
        raise ValueError("neither cells nor worksheets")
    for part in parts:
        cells = _mapping(part).get("cells")
        if not isinstance(cells, list):
            raise ValueError("no list of cells")
        yield cells


def _data_uris(attachments: Any) -> Iterator[tuple[str, str]]:
    for name, bundle in _mapping(attachments).items():
        forms = sorted(_mapping(bundle).items(), key=lambda form: "svg" in form[0])
        kind, data = forms[0] if forms else ("", "")
        lines = data if isinstance(data, list) else [data]
        yield str(name), f"data:{kind};base64,{''.join(filter(_text, lines))}"


def _plain_cell(cell: Any) -> dict[str, Any]:
    """Return the parts of a cell that grading needs, in the form of nbformat 4."""
    cell = _mapping(cell)
    kind, level = cell.get("cell_type"), cell.get("level")
    source = cell.get("source", cell.get("input", ""))
    lines = source if isinstance(source, list) else [source]
    if not (isinstance(kind, str) and all(isinstance(line, str) for line in lines)):
        raise ValueError("not a cell")
    text = "".join(lines)
    if kind == "heading":
        kind, text = "markdown", f"{'#' * min(level, 6) if isinstance(level, int) else '#'} {text}"
    about = _mapping(cell.get("metadata")).get("coursekit")
    return {
        "cell_type": "markdown" if kind == "html" else kind,
        "source": text,
        "id": cell.get("id"),
        "metadata": {} if about is None else {"coursekit": about},
        "attachments": cell.get("attachments"),
    }


def sample_master(name: str) -> str:
    """Return a new master with one exercise, in which `coursekit check-master` finds no errors."""
    text = files("coursekit.course").joinpath("sample.ipynb").read_text(encoding="utf-8")
    return text.replace("NAME", name)
