"""The errors that users see: each is one sentence that says what is wrong and what to do."""

import linecache
import sys
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn, TypeVar

K = TypeVar("K")
T = TypeVar("T")
KIT = str(Path(__file__).parent)


class GraphError(ValueError):
    """Raised when a graph cannot be built, evaluated or differentiated as asked."""


class MissingKeyError(GraphError, KeyError):
    """Raised for a key that is not a vertex or an edge; `in` and `get` work as with a dict."""

    __str__ = ValueError.__str__  # KeyError would show the sentence in quotes


class MissingAttributeError(GraphError, AttributeError):
    """Raised for an attribute that a vertex does not have."""


class CommandError(Exception):
    """Raised when a command cannot continue; its exit status is `exit_code`."""

    exit_code = 2


class Lookup(dict[K, T]):
    """A dict by vertex; the error for any other key is a sentence."""

    def __missing__(self, key: object) -> NoReturn:
        raise MissingKeyError(no_vertex(key, [*map(str, self)]))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return " (did you mean 'b'?)" if a known name is close, else "".

    >>> did_you_mean("bias1", ["bias", "w"])
    " (did you mean 'bias'?)"
    """
    others = sorted({*known} - {name})
    close = [other for other in others if other.casefold() == name.casefold()]
    close = close or get_close_matches(name, others, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def no_vertex(
    key: object, names: Sequence[str], use: str = "the variable that holds the vertex"
) -> str:
    """Return the error message for a key that is not a vertex, but perhaps the name of one."""
    if isinstance(key, str) and key in names:
        return f"{key!r} is a name, not a vertex: use {use}"
    return f"there is no vertex {key!r}{did_you_mean(str(key), names)}"


def not_a_linearization(x: object) -> str:
    """Return the error message for something else where a linearization belongs."""
    return f"a linearization is needed, for example g.linearize(x=1.0), not {str(x)[:60]}"


def plural(number: int, singular: str, several: str = "") -> str:
    """Return a number with its noun, in the singular or the plural.

    >>> plural(1, "edge"), plural(1234, "edge"), plural(0, "vertex", "vertices")
    ('1 edge', '1,234 edges', '0 vertices')
    """
    return f"{number:,} {singular if number == 1 else several or singular + 's'}"


def user_location() -> tuple[str, int]:
    """Return the file and line of the innermost caller outside the kit."""
    frame = sys._getframe(2)
    while frame.f_back and frame.f_code.co_filename.startswith(KIT):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def describe_location(file: str, line: int) -> str:
    """Describe a location with its line of code: "lesson.py, line 3: c = a + b"."""
    code = linecache.getline(file, line).strip()
    return f"{Path(file).name}, line {line}" + (f": {code}" if code else "")
