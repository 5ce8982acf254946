"""Which exercises pass their public checks: kept beside them, on this machine, and nowhere else."""

import json
from collections.abc import Mapping
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

from coursekit.engine.linearization import Linearization, linearization
from coursekit.render.diagram import State, diagram
from coursekit.render.picture import Picture, picture

FILE = ".progress.json"
NEEDS = {  # what each lesson builds on: the course as a computational graph, ℓ its end
    "2": ["1"],
    "3": ["2"],
    "4": ["3"],
    "5": ["3", "4"],
    "6": ["5"],
    "7": ["5"],
    "l": ["1", "6", "7"],
}


def course_map() -> Linearization[str]:
    """Return the lessons as a graph: an edge where one builds on another, ℓ at the end.

    >>> course_map().out("5")
    ('6', '7')
    """
    edges = {(before, lesson): 1 for lesson, needs in NEEDS.items() for before in needs}
    return linearization(edges, loss="l", vertices=["1"])


def note(lesson: str, exercise: str, solved: bool) -> None:
    """Keep whether an exercise passes, beside its notebook; elsewhere nothing is written."""
    if not Path(f"{lesson}.ipynb").exists():
        return
    kept = _read(Path(FILE))
    kept.setdefault(lesson, {})[exercise] = solved
    part = Path(f"{FILE}.part")
    with suppress(OSError):  # a folder that cannot be written: the check answers all the same
        part.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        part.replace(FILE)


def progress(folder: str | Path = "../exercises") -> Picture:
    """Return the map with "solved/all" above each lesson, from the folder of the exercises.

    >>> progress("nowhere")
    The lessons as a graph. Exercises solved: 1 0/3, 2 0/3, 3 0/2, 4 0/3, 5 0/2, 6 0/3, 7 0/3.
    """
    kept, lin = _read(Path(folder, FILE)), course_map()
    counts = {}
    for outcomes in sorted(files("coursekit.course").joinpath("outcomes").iterdir(), key=str):
        data = json.loads(outcomes.read_text(encoding="utf-8"))
        exercises, solved = data["checks"], kept.get(data["lesson"], {})
        done = sum(solved.get(exercise) is True for exercise in exercises)
        counts[data["lesson"][:2].lstrip("0")] = f"{done}/{len(exercises)}"
    told = ", ".join(f"{lesson} {count}" for lesson, count in counts.items())
    alt = f"The lessons as a graph. Exercises solved: {told}."
    return picture(diagram(lin), State([counts.get(v, "") for v in lin.vertices]), alt=alt)


def _read(path: Path) -> dict[str, dict[str, bool]]:
    """Return what is kept; a file that is none, or is broken, counts as empty."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(kept, Mapping):
        return {}
    return {key: dict(value) for key, value in kept.items() if isinstance(value, Mapping)}
