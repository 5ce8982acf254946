"""∂ℓ/∂v as vertices: the reverse sweep, built as a graph that can be differentiated again."""

from functools import cache
from typing import Any

from coursekit.engine.graph import Graph
from coursekit.engine.op import ARGUMENTS, FUNCTIONS, Op, compiled
from coursekit.engine.operations import OPS
from coursekit.errors import GraphError

# what a formula of the table calls, as operations that build
BUILD = {name: OPS[name] for name in FUNCTIONS if name in OPS}
BUILD |= {"max": OPS["maximum"], "min": OPS["minimum"]}


def gradient_graph(graph: Graph) -> tuple[Graph, dict[str, Any]]:
    """Return a graph with the vertices of both sweeps, and ∂ℓ/∂(input) in it, by name.

    A derivative that is the same everywhere is a number, every other one a vertex.

    >>> from coursekit.examples import example
    >>> h, gradient = gradient_graph(example())
    >>> gradient["a"]
    v4 = b + 1
    >>> h.evaluate(a=2.0, b=1.0)[gradient["b"]]
    5.0
    """
    if graph.of_arrays:
        raise GraphError("a graph of derivatives has numbers for vertices: unroll(graph, …) first")
    h = Graph()
    made: list[Any] = [None] * len(graph.ops) + graph.constants[::-1]  # constant −k is at −k
    operands = [graph.operands(v) for v in graph.vertices]
    for j, (v, op) in enumerate(zip(graph.vertices, graph.ops, strict=True)):
        made[j] = op(*[made[i] for i in operands[j]]) if op else h.input(str(v))
    adjoints: list[Any] = [0.0] * len(operands)
    adjoints[graph.the_loss().index] = 1.0
    for j, op in reversed([*enumerate(graph.ops)]):
        for slot, i in enumerate(operands[j]):
            if op and i >= 0 and not _zero(adjoints[j]):
                partial = _partial(op, slot)(*[made[k] for k in operands[j]], made[j])
                term = _product(adjoints[j], partial)
                adjoints[i] = term if _zero(adjoints[i]) else adjoints[i] + term
    return h, {name: adjoints[v.index] for name, v in graph.inputs.items()}


def _zero(x: Any) -> bool:
    return type(x) is float and x == 0.0


def _product(x: Any, y: Any) -> Any:
    """Return x · y, without a vertex where a factor is 0 or 1."""
    if _zero(x) or _zero(y):
        return 0.0
    if type(x) is float and x == 1.0:
        return y
    return x if type(y) is float and y == 1.0 else x * y


@cache
def _partial(op: Op, slot: int) -> Any:
    return compiled(op.partials[slot], ", ".join([*ARGUMENTS[: op.arity], "v"]), BUILD)
