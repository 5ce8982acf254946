"""The package `coursekit` as a submission sees it: it draws nothing and contains no algorithms.

This folder is the only part of coursekit that runs in the same process as student code. Its modules
import each other relatively, so that they work under both names: `coursekit.X` inside the sandbox,
`coursekit.sandbox.guest.X` outside.
"""

import sys
from typing import Any

_PLACEHOLDERS = {
    "album", "animate", "course", "draw", "examples", "explore", "figure", "linearization",
    "order_game", "quiz", "walk_paths",
}  # fmt: skip


class Placeholder:
    """An object that does nothing: every call and every attribute returns the object itself."""

    def __call__(self, *_arguments: Any, **_options: Any) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return ""


def __getattr__(name: str) -> Any:
    if name in _PLACEHOLDERS:
        return Placeholder()
    raise AttributeError(f"coursekit.{name} is not available while your work is graded")


if __name__ == "coursekit":  # in the sandbox: the graphs and checks that every lesson imports
    modules: dict[str, Any] = sys.modules
    for name in ("examples", "course", "course.checks"):
        modules[f"coursekit.{name}"] = Placeholder()
