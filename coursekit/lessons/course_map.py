"""The course as a computational graph: an edge from each lesson to the lessons that build on it."""

import json
from dataclasses import replace
from pathlib import Path

from coursekit.course import outcomes_folder
from coursekit.course.progress import read_progress
from coursekit.engine.linearization import Linearization, linearization
from coursekit.render.diagram import diagram_of
from coursekit.render.picture import Picture, picture_of

PREREQUISITES = {  # lesson → the lessons that it builds on; ℓ is the end of the course
    "2": ["1"],
    "3": ["2"],
    "4": ["3"],
    "5": ["3", "4"],
    "6": ["5"],
    "7": ["5"],
    "l": ["1", "6", "7"],
}


def course_map() -> Linearization[str]:
    """Return the graph of the lessons, with an edge from each lesson to those that build on it.

    >>> course_map().out("5")
    ('6', '7')
    """
    edges = {(before, lesson): 1 for lesson, needs in PREREQUISITES.items() for before in needs}
    return linearization(edges, loss="l", vertices=["1"])


def progress(folder: str | Path = "../exercises") -> Picture:
    """Return the map with "solved/all" above each lesson, read from the `exercises` folder.

    >>> progress("nowhere")
    The lessons as a graph. Exercises solved: 1 0/3, 2 0/3, 3 0/2, 4 0/3, 5 0/2, 6 0/3, 7 0/3.
    """
    solved, lin = read_progress(Path(folder)), course_map()
    counts = {}
    for file in sorted(outcomes_folder().iterdir(), key=str):
        data = json.loads(file.read_text(encoding="utf-8"))
        exercises, passed = data["checks"], solved.get(data["lesson"], {})
        done = sum(passed.get(exercise) is True for exercise in exercises)
        counts[data["lesson"][:2].lstrip("0")] = f"{done}/{len(exercises)}"
    listed = ", ".join(f"{lesson} {count}" for lesson, count in counts.items())
    alt = f"The lessons as a graph. Exercises solved: {listed}."
    values = [counts.get(v, "") for v in lin.vertices]
    return picture_of(replace(diagram_of(lin), values=values), alt=alt)
