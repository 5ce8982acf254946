"""Versions of a master: what was handed out is kept beside it, so that old work finds its own.

`released/NAME/2/` holds version 2 of NAME: what students got, and the master as it was. While
students would get the same again the version stays, and the master there is renewed.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from coursekit.course import master as masters
from coursekit.course.release import public_reference, release

FOLDER, MASTER = "released", "master.ipynb"


class Edition(NamedTuple):
    """A version of a master: its number, its text, and the text of what students get."""

    number: int
    master: str
    handed_out: Mapping[str, str]  # by file name


def kept(solutions: Path, name: str) -> list[Edition]:
    """Return the versions that were handed out, oldest first."""
    found = []
    for folder in solutions.joinpath(FOLDER, name).glob("*"):
        if not folder.name.isdigit():
            continue
        texts = {p.name: p.read_text(encoding="utf-8") for p in folder.glob(f"{name}.*")}
        master = (folder / MASTER).read_text(encoding="utf-8")
        found.append(Edition(int(folder.name), master, texts))
    return sorted(found)


def current(solutions: Path, name: str, before: Sequence[Edition]) -> Edition:
    """Return the master as it stands: the last version, if students would get that, or the next."""
    path = solutions / f"{name}.ipynb"
    master, text = masters.read(path), path.read_text(encoding="utf-8")
    public, number = public_reference(master), 1
    if before:
        last = before[-1]
        files = release(name, master, last.number, public)
        if files == last.handed_out:
            return Edition(last.number, text, files)
        number = last.number + 1
    return Edition(number, text, release(name, master, number, public))


def editions(solutions: Path, name: str) -> list[Edition]:
    """Return what was handed out, oldest first, the master as it stands last."""
    before = kept(solutions, name)
    if not before:
        text = (solutions / f"{name}.ipynb").read_text(encoding="utf-8")
        return [Edition(1, text, {})]
    now = current(solutions, name, before)
    return [*(edition for edition in before if edition.number != now.number), now]


def keep(solutions: Path, name: str, edition: Edition) -> None:
    """Keep what is handed out, whole or not at all."""
    folder = solutions / FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / str(edition.number)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".") as scratch:
        part = Path(scratch, "part")
        part.mkdir()
        for file, text in {**edition.handed_out, MASTER: edition.master}.items():
            (part / file).write_text(text, encoding="utf-8")
        if target.exists():
            (part / MASTER).replace(target / MASTER)
        else:
            part.rename(target)


def came_from(student: Any, editions: Sequence[Edition]) -> Edition:
    """Return the edition that a notebook says it is of, else the one whose cells it holds most of.

    Of two alike, the newer.
    """
    student = masters.Notebook.of(student).node
    said = masters.about(student).get("version")
    for edition in editions:
        if edition.number == said:
            return edition
    held = {cell.source.strip() for cell in student.cells}

    def shared(edition: Edition) -> tuple[int, int]:
        name = next(name for name in edition.handed_out if name.endswith(".ipynb"))
        cells = masters.parse(edition.handed_out[name]).cells
        return sum(cell.source.strip() in held for cell in cells), edition.number

    return max(editions, key=shared)


def told(name: str, before: Sequence[Edition], edition: Edition) -> str:
    """Return what an edition is to students who may have the one before."""
    if not before:
        return "the first"
    last = before[-1]
    if last.number == edition.number:
        renewed = "" if last.master == edition.master else "; what grades it is renewed"
        return f"as it was handed out{renewed}"
    return "; ".join(changes(name, last, edition)) or "nothing that students see"


def changes(name: str, old: Edition, new: Edition) -> Iterator[str]:
    """Yield what is different for students, a sentence for each exercise, check and text."""
    was, now = (masters.parse(edition.master) for edition in (old, new))
    before, after = masters.worths(was), masters.worths(now)
    for exercise in [*after, *(e for e in before if e not in after)]:
        if exercise not in before:
            yield f"{exercise} is new, points: {after[exercise]}"
        elif exercise not in after:
            yield f"{exercise} is gone"
        elif before[exercise] != after[exercise]:
            yield f"points of {exercise}: {after[exercise]}, were {before[exercise]}"
    there, here = (
        {
            cell.get("id", cell.source): cell
            for cell in master.cells
            if masters.role(cell) in (None, "answer", "check")
        }
        for master in (was, now)
    )
    for at in [*here, *(i for i in there if i not in here)]:
        cell = here.get(at, there.get(at))
        exercise = masters.facts(cell).get("exercise", "")
        what = f"the {masters.role(cell)} cell of {exercise}" if exercise else f"the cell {at!r}"
        if at not in there:
            yield f"{what} is new"
        elif at not in here:
            yield f"{what} is gone"
        elif masters.emptied(here[at].source) != masters.emptied(there[at].source):
            yield f"{what} reads differently"
    were, are = (json.loads(e.handed_out[f"{name}.json"])["checks"] for e in (old, new))
    for exercise in sorted(were.keys() & are.keys()):
        if were[exercise]["want"] != are[exercise]["want"]:
            yield f"the public check of {exercise} expects other values"
        if were[exercise]["distractors"] != are[exercise]["distractors"]:
            yield f"the hints of {exercise} are others"
