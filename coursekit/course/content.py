"""Locate the package with the course's content; another course would name its package here."""

from functools import cache
from importlib import import_module
from importlib.resources import files
from importlib.resources.abc import Traversable

LESSONS = "coursekit.lessons"  # contains outcomes/LESSON.json and judges.py


def outcomes_folder() -> Traversable:
    """Return the public outcomes folder, which has one JSON file per lesson."""
    return files(LESSONS).joinpath("outcomes")


@cache
def load_judges() -> None:
    """Import the course's judges; each registers itself by name."""
    import_module(f"{LESSONS}.judges")
