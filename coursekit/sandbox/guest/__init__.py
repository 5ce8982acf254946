"""The package as a submission sees it: pictures and checks do nothing, and no algorithm is here."""

from typing import Any

_INERT = {
    "album", "animate", "draw", "explore", "figure", "linearization", "order_game", "quiz",
    "walk_paths",
}  # fmt: skip


class Inert:
    """Stands for anything: called, asked or walked, it gives itself or nothing."""

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
    if name in _INERT:
        return Inert()
    raise AttributeError(f"coursekit.{name} is not there while your work is graded")
