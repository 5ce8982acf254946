"""Exercises: masters, checks, feedback. `LESSONS` names the package with the course's content."""

from importlib.resources import files
from importlib.resources.abc import Traversable

LESSONS = "coursekit.lessons"  # contains outcomes/LESSON.json and judges.py


def outcomes_folder() -> Traversable:
    """Return the public outcomes folder, which has one JSON file per lesson."""
    return files(LESSONS).joinpath("outcomes")
