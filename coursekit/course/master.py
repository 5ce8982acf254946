"""A master notebook: which cell is an answer, a check, a hidden check, a distractor, prose."""

import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat

from coursekit.course.headers import ROLES, marked
from coursekit.errors import CommandError

METADATA = {  # of every notebook that we write
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
MOST_CELLS = 1_000
MOST_PARTS = 1_000_000  # braces of a file: each may cost half a kilobyte of memory
STUB = "raise NotImplementedError"  # what stands in a solution's place
SOLUTION = re.compile(
    r"^(?P<indent>[ \t]*)### BEGIN SOLUTION\n.*?^[ \t]*### END SOLUTION$", re.MULTILINE | re.DOTALL
)


def read(path: Path) -> Any:
    """Return a notebook; one that is none is refused in a sentence."""
    try:
        return parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"{path} is not a notebook that can be read: {error}") from None


def find(solutions: Path, lesson: str) -> Path:
    """Return the master of a lesson that is called by its name or its number, "03" say."""
    found = [p for p in sorted(solutions.glob("*.ipynb")) if lesson in (p.stem, p.stem[:2])]
    if len(found) != 1:
        known = ", ".join(p.stem for p in sorted(solutions.glob("*.ipynb"))) or "none"
        raise CommandError(f"{solutions} has no master {lesson!r}: there is {known}")
    return found[0]


def parse(text: str) -> Any:
    """Return the notebook that a text holds, as nbformat 4; raises ValueError where it is none."""
    if text.count("{") > MOST_PARTS:
        raise ValueError(f"not a notebook: it has more than {MOST_PARTS:,} parts")
    try:
        reads: Any = nbformat.reads  # it carries no types
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # of cell ids that stand twice, say: we look for ourselves
            notebook = reads(text.removeprefix("\ufeff"), as_version=4)
        assert isinstance(notebook.cells, list)
        assert all(
            isinstance(c.cell_type, str) and isinstance(c.source, str) for c in notebook.cells
        )
    except Exception as error:  # a hostile file may break nbformat in any way
        raise ValueError(f"not a notebook ({type(error).__name__})") from None
    if len(notebook.cells) > MOST_CELLS:
        raise ValueError(f"a notebook of more than {MOST_CELLS:,} cells")
    return notebook


def role(cell: Any) -> str | None:
    """Return a cell's role, None for a cell of the lesson's own."""
    found = facts(cell)
    name = found.get("role") if isinstance(found, Mapping) else None
    return name if name in ROLES.values() else None


def facts(cell: Any) -> Any:
    """Return what stands under `coursekit` in a cell's metadata, else what its first lines say."""
    if (found := cell.metadata.get("coursekit")) is not None:
        return found
    return marked(cell.cell_type, cell.source)


def about(notebook: Any) -> Mapping[str, Any]:
    """Return what a released notebook says of itself: its lesson and its version, if anything."""
    found = notebook.metadata.get("coursekit")
    return found if isinstance(found, Mapping) else {}


def is_of(cell: Any, kind: str, exercise: str) -> bool:
    """Return whether a cell, a student's perhaps, says that it has this role in an exercise."""
    return role(cell) == kind and facts(cell).get("exercise") == exercise


def same_id(one: Any, other: Any) -> bool:
    """Return whether two cells have the same id; before nbformat 4.5 they have none."""
    return one.get("id") is not None and one.get("id") == other.get("id")


def cells(notebook: Any, *roles: str) -> Iterator[Any]:
    """Yield the cells with one of these roles."""
    return (cell for cell in notebook.cells if role(cell) in roles)


def exercises(master: Any) -> list[str]:
    """Return the names of the exercises, in order."""
    return list(dict.fromkeys(facts(c)["exercise"] for c in cells(master, "answer", "written")))


def answers(master: Any) -> dict[str, str]:
    """Return the reference's own answer to each exercise."""
    return {facts(c)["exercise"]: c.source for c in cells(master, "answer")}


def points(master: Any) -> dict[str, float]:
    """Return the points that each exercise can earn by machine, written ones left out."""
    found: dict[str, float] = {}
    for cell in cells(master, "check", "hidden"):
        exercise = facts(cell)["exercise"]
        found[exercise] = found.get(exercise, 0.0) + facts(cell).get("points", 0)
    return found


def written(master: Any) -> dict[str, float]:
    """Return the points that each question in words can earn, given by a person."""
    return {facts(c)["exercise"]: float(facts(c)["points"]) for c in cells(master, "written")}


def bonus(master: Any) -> set[str]:
    """Return the exercises whose points come on top of what is due."""
    return {facts(c)["exercise"] for c in cells(master, "answer", "written") if "bonus" in facts(c)}


def most(master: Any) -> float:
    """Return what a submission can earn, bonus left out."""
    extra = bonus(master)
    return sum(n for e, n in (points(master) | written(master)).items() if e not in extra)


def worths(master: Any) -> dict[str, str]:
    """Return what each exercise can earn, by machine or by a person: "3" or "3 (bonus)"."""
    extra = bonus(master)
    return {
        exercise: f"{amount:g}{' (bonus)' if exercise in extra else ''}"
        for exercise, amount in (points(master) | written(master)).items()
    }


def worth(master: Any) -> str:
    """Return what each exercise can earn, and all together, as one line."""
    each = ", ".join(f"{exercise} {told}" for exercise, told in worths(master).items())
    return f"Points: {each}; {most(master):g} in all."


def emptied(source: str) -> str:
    """Return an answer's source with each solution replaced by `raise NotImplementedError`.

    >>> print(emptied("def f():\\n    ### BEGIN SOLUTION\\n    return 1\\n    ### END SOLUTION"))
    def f():
        raise NotImplementedError
    """
    return SOLUTION.sub(lambda found: f"{found['indent']}{STUB}", source)
