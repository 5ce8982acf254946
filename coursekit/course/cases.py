"""Build cases: a call's arguments as plain data, and how often an answer may read them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from coursekit.course.records import Case, Json
from coursekit.engine.gradients import backprop
from coursekit.engine.linearization import Linearization
from coursekit.errors import CommandError, did_you_mean
from coursekit.sandbox.guest.encoding import NotPlainError, encode_exactly

Out = Callable[[str], Iterable[str]]  # out(v)
READS_PER_PARTIAL = 3  # one read is enough, but a second pass is allowed
READS_PER_NEIGHBOUR = 4  # per vertex and edge
PLAIN = "pass data from which a driver (drive=…) builds it"


OPTIONS = ("unchanged", "reads", "returns", "printed", "typed", "files", "variable")


class Given(NamedTuple):
    """An argument of a kind that `guest/arguments.py` can rebuild."""

    kind: str
    value: Any


def case(
    *arguments: Any,
    unchanged: bool = False,
    reads: int | None = None,
    returns: Sequence[int | str] = (),
    printed: bool = False,
    typed: str | None = None,
    files: Mapping[str, str | bytes] | None = None,
    variable: bool = False,
    **unknown: Any,
) -> Case:
    """Return a case that passes these arguments, and compares what the answer returns.

    With `unchanged`, the answer must not modify them; with `reads`, it may read at most that many
    items of its lists. `typed` is what `input()` reads, `files` are in the folder in which the
    answer runs. Instead of the returned value, `printed` compares the text that the answer prints,
    `returns` compares arguments afterwards, by number, or files, by name, and `variable` compares
    the answer itself, which is not a function.

    >>> case(2.0, [("a", "b")])["args"][0]
    {'t': 'float', 'v': '2.0'}
    >>> case(print)
    Traceback (most recent call last):
    ...
    coursekit.errors.CommandError: argument 1 of case() is or holds a value of type \
builtin_function_or_method, which a case cannot pass: pass data from which a driver (drive=…) \
builds it
    """
    for name in unknown:
        raise CommandError(
            f"case() has no option {name!r}{did_you_mean(name, OPTIONS)}: let a driver (drive=…)"
            " pass keyword arguments of the answer"
        )
    built = Case(args=[_plain(a, f"argument {n} of case()") for n, a in enumerate(arguments, 1)])
    if unchanged:
        built["unchanged"] = True
    if reads is not None:
        built["budget"] = {"items": reads}
    if returns:
        built["returns"] = [_place(place, len(arguments)) for place in returns]
    if printed:
        built["printed"] = True
    if typed is not None:
        built["typed"] = typed
    if files is not None or any(isinstance(place, str) for place in returns):
        texts = (files or {}).items()
        built["files"] = {_file_name(name): _content(name, text) for name, text in texts}
    if variable:
        built["variable"] = True
    return built


def lin_case(lin: Linearization[Any], *more: Any) -> Case:
    """Return a case that passes `lin`; its partials may be read 3|E| times.

    >>> from coursekit.examples import skip
    >>> lin_case(skip())["budget"]
    {'partials': 12}
    """
    # in vertex order, so that the rebuilt graph lists neighbours in the same order
    edges = [[str(v), str(u), lin.partials[v, u]] for v in lin.vertices for u in lin.out(v)]
    plain = {"vertices": [str(v) for v in lin.vertices], "edges": edges, "loss": str(lin.loss)}
    built = case(Given("lin", plain), *more)
    built["budget"] = {"partials": READS_PER_PARTIAL * len(edges)}
    return built


def adjoints_of(lin: Linearization[Any]) -> dict[Any, float]:
    """Return a graph's adjoints, to pass to a case; this is not available during grading.

    >>> from coursekit.examples import kite
    >>> adjoints_of(kite())["h"]
    5
    """
    return dict(backprop(lin))


def order_case(vertices: Iterable[str], out: Out) -> Case:
    """Return a case that passes `vertices, out`; they may be read at most 4(|V| + |E|) times.

    >>> order_case("ab", {"a": "b", "b": ""}.__getitem__)["args"]
    [{'t': 'list', 'v': ['a', 'b']}, {'t': 'out', 'v': {'a': ['b'], 'b': []}}]
    """
    names = list(vertices)
    built = out_case(names, out)
    built["args"] = [_plain(names, "vertices"), *built["args"]]
    return built


def out_case(vertices: Iterable[str], out: Out, *more: Any) -> Case:
    """Return a case that passes `out, *more`; `out` may be read at most 4(|V| + |E|) times.

    >>> out_case("ab", {"a": "b", "b": ""}.__getitem__, "a")["budget"]
    {'neighbours': 12}
    """
    neighbours = {v: list(out(v)) for v in vertices}
    size = len(neighbours) + sum(map(len, neighbours.values()))
    built = case(Given("out", neighbours), *more)
    built["budget"] = {"neighbours": READS_PER_NEIGHBOUR * size}
    return built


def _plain(value: Any, what: str) -> Json:
    """Return an argument as plain data with its type; refuse what cannot be rebuilt."""
    if isinstance(value, Given):
        return {"t": value.kind, "v": value.value}
    try:
        return encode_exactly(value)
    except NotPlainError as error:
        why = f"{what} is or holds {error}, which a case cannot pass"
        raise CommandError(f"{why}: {PLAIN}") from None


def _place(place: int | str, arguments: int) -> int | str:
    """Check the number of an argument, or the name of a file, that a case looks at afterwards."""
    if isinstance(place, str):
        return _file_name(place)
    if not isinstance(place, int) or not 0 <= place < arguments:
        raise CommandError(f"returns=[{place!r}]: pass the number of an argument, from 0")
    return place


def _file_name(name: str) -> str:
    """Check that a file lies in the folder in which the answer runs."""
    path = PurePosixPath(name)
    if not path.name or path.is_absolute() or ".." in path.parts or "\\" in name:
        raise CommandError(f"{name!r} is not a name of a file in the notebook's folder")
    return name


def _content(name: str, content: str | bytes) -> Json:
    if not isinstance(content, str | bytes):
        raise CommandError(f"the content of {name} is not text or bytes")
    return _plain(content, name)
