"""Every message of the kit: one sentence that names the culprit and the remedy."""

from collections.abc import Iterable
from difflib import get_close_matches


class GraphError(ValueError):
    """A graph that cannot be built, evaluated or differentiated as asked."""


class CommandError(Exception):
    """A command that cannot go on; `exit_code` is what the shell sees."""

    exit_code = 2


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return " (did you mean 'b'?)" where a known name is close, else nothing.

    >>> did_you_mean("bias1", ["bias", "w"])
    " (did you mean 'bias'?)"
    """
    close = get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
