"""Build cases: a call's arguments as plain data, and how often an answer may read them."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from coursekit.course.records import Case, Json
from coursekit.engine.gradients import backprop
from coursekit.engine.linearization import Linearization

Out = Callable[[str], Iterable[str]]  # out(v)
READS_PER_PARTIAL = 3  # one read is enough, but a second pass is allowed
READS_PER_NEIGHBOUR = 4  # per vertex and edge


class Given(NamedTuple):
    """An argument of a kind that `guest/arguments.py` can rebuild."""

    kind: str
    value: Any


def case(*arguments: Any, unchanged: bool = False, reads: int | None = None) -> Case:
    """Return a case that passes these arguments.

    With `unchanged`, the answer must not modify them; with `reads`, it may read at most that many
    items of its lists. Numbers, strings and lists are sent unchanged; arrays, dicts and
    lists of pairs are tagged with their type; any other argument must be a `Given`.

    >>> case(2.0, [("a", "b")], {"a": 1.0})["args"]
    [2.0, {'t': 'pairs', 'v': [['a', 'b']]}, {'t': 'dict', 'v': [['a', 1.0]]}]
    """
    built = Case(args=[_plain(argument) for argument in arguments])
    if unchanged:
        built["unchanged"] = True
    if reads is not None:
        built["budget"] = {"items": reads}
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
    [['a', 'b'], {'t': 'out', 'v': {'a': ['b'], 'b': []}}]
    """
    names = list(vertices)
    built = out_case(names, out)
    built["args"] = [names, *built["args"]]
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


def _plain(value: Any) -> Json:
    """Return an argument as plain data, tagged with its type if JSON has no such type."""
    if isinstance(value, Given):
        return {"t": value.kind, "v": value.value}
    if isinstance(value, np.ndarray):
        return {"t": "array", "v": value.tolist()}
    if isinstance(value, dict):
        if any(isinstance(key, tuple) for key in value):
            return {"t": "by edge", "v": [[*edge, x] for edge, x in value.items()]}
        return {"t": "dict", "v": [[key, _plain(x)] for key, x in value.items()]}
    if isinstance(value, list) and value and all(isinstance(item, tuple) for item in value):
        return {"t": "pairs", "v": [list(pair) for pair in value]}
    return value
