"""Placeholders for a notebook's own checks, because the grader sends its cases as plain data."""

from typing import Any

from .. import Placeholder


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(name)
    return Placeholder()
