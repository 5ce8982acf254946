"""Example graphs are not needed while work is graded: whatever is asked for is inert."""

from typing import Any

from . import Inert


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(name)
    return Inert()
