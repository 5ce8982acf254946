"""The answer, or one sentence of ours: helpers for tests of what a user can get wrong."""

from collections.abc import Callable
from typing import Any

from coursekit import GraphError

# words of Python and numpy that our own sentences never use
NOT_OURS = (
    *("object has no", "unsupported operand", "not aligned", "could not be broadcast"),
    *("must be integers or slices", "dtype", "ufunc", "NoneType"),
)


class Refusal(str):
    """The sentence of an error of ours."""


def tried(f: Callable[[], Any]) -> Any:
    """Return what f returns, or its refusal; any other exception passes."""
    try:
        return f()
    except GraphError as error:
        return Refusal(error)


def refused(f: Callable[[], Any], *words: str) -> None:
    """Assert that f raises our error, in one sentence that has these words."""
    sentence = tried(f)
    assert isinstance(sentence, Refusal), f"not refused: {sentence!r}"
    assert "\n" not in sentence
    assert [word for word in NOT_OURS if word in sentence] == []
    assert [word for word in words if word not in sentence] == []
