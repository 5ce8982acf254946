"""v = a + b: operators on vertices build a graph, and compute nothing."""

from collections.abc import Callable
from numbers import Real
from typing import TYPE_CHECKING, Any, NoReturn

from coursekit.engine.location import describe_location, user_location
from coursekit.engine.op import Op
from coursekit.engine.operations import ABS, ADD, DIV, INDEX, MATMUL, MUL, NEG, OPS, POW, SUB
from coursekit.errors import GraphError

if TYPE_CHECKING:
    from coursekit.engine.graph import Graph

NUMPY = {"subtract": "sub", "multiply": "mul", "divide": "div", "power": "pow"}
NUMPY |= {
    "negative": "neg",
    "absolute": "abs",
    "dot": "matmul",
}  # numpy's names where the table has others
NUMBERS = (float, int, Real)  # the usual ones first: asking an abstract class is slow
CHOOSE = "let where(c, x, y) choose: x if c > 0, else y"
new = object.__new__


def _operator(op: Op) -> Callable[["Vertex", Any], "Vertex"]:
    def operate(self: "Vertex", other: Any) -> "Vertex":
        graph = self.graph
        if type(other) is Vertex and other.graph is graph and graph.swift:
            # what `add` does, for the usual case: half of what a graph costs is its building
            vertex = new(Vertex)
            vertex.graph, vertex.index = graph, len(graph.ops)
            graph.vertices.append(vertex)
            graph.ops.append(op)
            graph.args += (self.index, other.index)
            return vertex
        return graph.add(op, (self, other))

    return operate


def _built(op: Op) -> Callable[..., "Vertex"]:
    return lambda self, *others: self.graph.add(op, (self, *others))


def _reflected(op: Op) -> Callable[["Vertex", Any], "Vertex"]:
    return lambda self, other: self.graph.add(op, (other, self))


def _asked(what: str, remedy: str) -> Callable[..., NoReturn]:
    return lambda *vertices: no_value_yet(what.format(*vertices), remedy)


def no_value_yet(what: str, remedy: str) -> NoReturn:
    """Refuse what asks for a value while the graph is built."""
    raise GraphError(
        f"{what} asks for a number, and a vertex has none before the graph is evaluated"
        f" ({describe_location(*user_location())}): {remedy}"
    )


class Vertex:
    """The result of one computation, or an input: `a + b` builds a vertex from two.

    >>> from coursekit import Graph
    >>> g = Graph()
    >>> a, b = g.input("a"), g.input("b")
    >>> (a + b).named("c"), b + 1
    (c = a + b, v4 = b + 1)
    """

    __slots__ = ("graph", "index")
    graph: "Graph"
    index: int

    __add__, __radd__ = _operator(ADD), _reflected(ADD)
    __sub__, __rsub__ = _operator(SUB), _reflected(SUB)
    __mul__, __rmul__ = _operator(MUL), _reflected(MUL)
    __truediv__, __rtruediv__ = _operator(DIV), _reflected(DIV)
    __pow__, __rpow__ = _operator(POW), _reflected(POW)
    __matmul__, __rmatmul__ = _built(MATMUL), _reflected(MATMUL)
    __neg__, __abs__ = _built(NEG), _built(ABS)
    __lt__, __le__, __gt__, __ge__ = (_asked(f"{{}} {sign} {{}}", CHOOSE) for sign in "<≤>≥")
    __bool__ = _asked("if {}", CHOOSE)
    __float__ = _asked("float({})", "take exp, sin and the like from coursekit, not from math")
    __int__ = __index__ = _asked("the whole number {}", "hand over a plain number")
    __iter__ = __len__ = _asked("the length of {}", "hand it over as a plain number")
    __hash__ = object.__hash__
    T = property(lambda self: OPS["transpose"](self), doc="The transpose.")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, NUMBERS):
            no_value_yet(f"{self} == {other}", CHOOSE)
        return self is other

    def __getitem__(self, at: Any) -> "Vertex":
        return INDEX(self, at=at)  # type: ignore[no-any-return]

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **settings: Any) -> Any:
        name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
        return _of_numpy(name)(*operands, **settings)

    def __array_function__(self, function: Any, _: Any, operands: Any, settings: Any) -> Any:
        return _of_numpy(function.__name__)(*operands, **settings)

    def named(self, name: str) -> "Vertex":
        """Return the vertex itself, now called `name`."""
        self.graph.name(self, name)
        return self

    @property
    def formula(self) -> str:
        """How the vertex is computed, "" for an input."""
        return self.graph.formula(self)

    def __str__(self) -> str:
        return self.graph.name_of(self)

    def __repr__(self) -> str:
        return f"{self} = {self.formula}" if self.formula else str(self)


def _of_numpy(name: str) -> Op:
    if (ours := NUMPY.get(name, name)) not in OPS:
        raise GraphError(f"numpy.{name} is not in the table of operations")
    return OPS[ours]
