"""The package with the course's own content; another course would name its own here."""

from functools import cache
from importlib import import_module
from importlib.resources import files
from importlib.resources.abc import Traversable

LESSONS = "coursekit.lessons"  # holds outcomes/LESSON.json and judges.py


def outcomes_folder() -> Traversable:
    """Return the folder of the public outcomes, one JSON file for each lesson."""
    return files(LESSONS).joinpath("outcomes")


@cache
def load_judges() -> None:
    """Import the course's judges; each registers itself by name."""
    import_module(f"{LESSONS}.judges")
