"""Checks of the notebook do nothing here: the grader brings its own cases, as plain data."""

from typing import Any

from .. import Inert


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(name)
    return Inert()
