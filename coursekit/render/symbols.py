"""d, or d = 2: a linearization with formulas in place of its numbers, or beside them."""

from collections.abc import Mapping
from math import isclose
from typing import Any

from coursekit.algorithms.symbolic import Symbolic
from coursekit.engine.blocks import Block
from coursekit.engine.gradients import backprop
from coursekit.engine.graph import Graph
from coursekit.engine.linearization import Linearization
from coursekit.engine.tape.sweeps import Tape
from coursekit.errors import GraphError
from coursekit.render.entries import Equation

SHOWN = ("numbers", "symbols", "both")
Entries = Mapping[Any, Any]


class _Shown(Linearization[Any]):
    """A linearization to be drawn: its partials may be formulas and equations."""

    def __init__(self, lin: Linearization[Any], partials: Entries) -> None:
        super().__init__(lin.vertices, lin.loss, lin.out, lin.into, partials, lin.values)
        self._lin = lin

    @property
    def blocks(self) -> tuple[Block, ...]:
        return tuple(self._lin.blocks)


def with_symbols(
    graph: Graph | Linearization[Any],
    values: Entries | None,
    adjoints: Entries | None,
    show: str | None,
) -> tuple[Graph | Linearization[Any], Entries | None, Entries | None]:
    """Return what `draw` shows: the same graph, or one with formulas, its values and adjoints.

    >>> from coursekit.examples import example
    >>> g = example()
    >>> _, values, adjoints = with_symbols(g.linearize(a=2.0, b=1.0), None, {g.ell: 1.0}, "both")
    >>> [str(values[v]) for v in g.vertices], adjoints
    (['2.0', '1.0', 'a + b = 3', 'b + 1 = 2', 'c·d = 6'], {l = c × d: 1.0})
    """
    if show not in (None, *SHOWN):
        raise GraphError(f"show = {show!r} is unknown: use 'numbers', 'symbols' or 'both'")
    if show == "symbols" and isinstance(graph, Graph):
        graph = graph.symbolic()
    if isinstance(graph, Symbolic) and show in ("numbers", "both"):
        raise GraphError(f"g.symbolic() has no numbers: for show={show!r}, use g.linearize(…)")
    if show in (None, "numbers") or isinstance(graph, Symbolic):
        return graph, values, adjoints
    if not isinstance(graph, Tape):
        raise GraphError(
            f"show={show!r} needs the operations of a graph: draw g.linearize(…)"
            if isinstance(graph, Linearization)
            else f"show={show!r} needs numbers: draw g.linearize(…)"
        )
    return _with_formulas(graph, values, adjoints or {}, both=show == "both")


def _with_formulas(
    lin: Tape[Any], values: Entries | None, adjoints: Entries, *, both: bool
) -> tuple[Linearization[Any], Entries, Entries]:
    if lin.of_arrays:
        raise GraphError("there are no formulas of arrays: call unroll(graph, …) first")
    formulas = Symbolic(lin.structure, lin.loss_index)
    slopes = backprop(formulas)

    def entry(formula: Any, number: Any) -> Any:
        """Return the formula, unless the number is not its value: a sum that is not finished."""
        value = formula.substitute(lin.values).number
        if value is None or not isclose(value, number, rel_tol=1e-6, abs_tol=1e-9):
            return number
        if not both:
            return formula
        return number if formula.number is not None else Equation(formula, number)

    def at(v: Any, number: Any) -> Any:
        if lin.into(v):
            return entry(formulas.values[v], number)
        return number if both else ""

    known = lin.values if values is None else values
    shown = {v: at(v, x) for v, x in known.items()}
    partials = {edge: entry(formulas.partials[edge], lin.partials[edge]) for edge in lin.edges}
    return (
        _Shown(lin, partials),
        shown,
        {v: entry(slopes[v], x) for v, x in adjoints.items()},
    )
