"""The errors that users see: each is one sentence that says what is wrong and what to do."""

from collections.abc import Iterable
from difflib import get_close_matches


class GraphError(ValueError):
    """Raised when a graph cannot be built, evaluated or differentiated as asked."""


class CommandError(Exception):
    """Raised when a command cannot continue; its exit status is `exit_code`."""

    exit_code = 2


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return " (did you mean 'b'?)" if a known name is close, else "".

    >>> did_you_mean("bias1", ["bias", "w"])
    " (did you mean 'bias'?)"
    """
    close = get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def plural(number: int, singular: str, several: str = "") -> str:
    """Return a number with its noun, in the singular or the plural.

    >>> plural(1, "edge"), plural(1234, "edge"), plural(0, "vertex", "vertices")
    ('1 edge', '1,234 edges', '0 vertices')
    """
    return f"{number:,} {singular if number == 1 else several or singular + 's'}"
