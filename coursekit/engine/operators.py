"""v = a + b: Python's operators on vertices, which build a graph and compute nothing."""

import copyreg
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NoReturn, TypeVar

from coursekit.engine.op import Op
from coursekit.engine.operations import ABS, ADD, DIV, INDEX, MATMUL, MUL, NEG, OPS, POW, SUB
from coursekit.engine.values import NUMBERS
from coursekit.errors import GraphError, MissingAttributeError, describe_location, user_location

# numpy's names for operations that have another name in the table
NUMPY_NAMES = {
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "power": "pow",
    "negative": "neg",
    "absolute": "abs",
}
OTHER_MEANINGS = {  # than in the table
    "where": "asks whether a condition is true: use coursekit.where, which asks whether it is > 0",
    "dot": "differs from @ for numbers, and beyond two dimensions: use * or @",
}
USE_WHERE = "use where(c, x, y), which is x if c > 0 and y otherwise"
USE_COURSEKIT = "use exp, sin and the like from coursekit, not from math"
USE_A_NUMBER = "use a plain number here"
new = object.__new__
V = TypeVar("V", bound="Operators")


def _binary(op: Op) -> Callable[[V, Any], V]:
    def operate(self: V, other: Any) -> V:
        graph, kind = self.graph, type(self)
        if type(other) is kind and other.graph is graph and graph.appends_directly:
            # `Graph.add`, inlined: building a graph takes as long as both sweeps
            vertex, columns = new(kind), graph.columns
            vertex.graph, vertex.index = graph, len(columns.ops)
            columns.vertices.append(vertex)
            columns.ops.append(op)
            columns.args += (self.index, other.index)
            return vertex
        return graph.add(op, (self, other))  # type: ignore[no-any-return]

    return operate


def _reflected(op: Op) -> Callable[[V, Any], V]:
    return lambda self, other: self.graph.add(op, (other, self))


def _added(op: Op) -> Callable[..., Any]:
    return lambda *operands: operands[0].graph.add(op, operands)


def _refused(what: str, remedy: str) -> Callable[..., NoReturn]:
    def refuse(*operands: Any) -> NoReturn:
        """Raise the error for code that needs the value of a vertex."""
        raise GraphError(
            f"{what.format(*operands)} needs a value, but a vertex has none until the graph is"
            f" evaluated ({describe_location(*user_location())}): {remedy}"
        )

    return refuse


class Operators:
    """Python's operators for `Vertex`; each adds an operation to `self.graph`."""

    __slots__ = ()
    index: int
    graph: Any  # the `Graph` that the vertex belongs to

    __add__, __radd__ = _binary(ADD), _reflected(ADD)
    __sub__, __rsub__ = _binary(SUB), _reflected(SUB)
    __mul__, __rmul__ = _binary(MUL), _reflected(MUL)
    __truediv__, __rtruediv__ = _binary(DIV), _reflected(DIV)
    __pow__, __rpow__ = _binary(POW), _reflected(POW)
    __matmul__, __rmatmul__ = _added(MATMUL), _reflected(MATMUL)
    __neg__, __abs__ = _added(NEG), _added(ABS)
    __hash__ = object.__hash__
    T = property(lambda self: OPS["transpose"](self), doc="The transpose.")

    def __getitem__(self, at: Any) -> Any:
        return INDEX(self, at=at)

    def __pos__(self) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        op = OPS.get(NUMPY_NAMES.get(name, name))
        if op and op.elementwise and op.arity == 1:  # numpy.exp(array of vertices) calls exp()
            return lambda: op(self)
        use = f"use coursekit.{op.name}(…)" if op else "it gets a value when it is evaluated"
        raise MissingAttributeError(f"a vertex has no attribute {name!r}: {use}")

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **settings: Any) -> Any:
        if "out" in settings:
            raise GraphError(
                f"numpy.{ufunc.__name__} cannot write a vertex into an array (out=…):"
                " write s = s + x instead of s += x"
            )
        name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
        return _numpy_operation(name)(*operands, **settings)

    def __array_function__(self, function: Any, _: Any, operands: Any, settings: Any) -> Any:
        return _numpy_operation(function.__name__)(*operands, **settings)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, NUMBERS) or (
            self is not other and isinstance(other, Operators) and self.graph.is_traced
        ):
            return _refuse_equality(self, other)
        return self is other

    # Code that needs a value fails: a vertex has none until its graph is evaluated.
    __lt__ = _refused("{} < {}", USE_WHERE)
    __le__ = _refused("{} ≤ {}", USE_WHERE)
    __gt__ = _refused("{} > {}", USE_WHERE)
    __ge__ = _refused("{} ≥ {}", USE_WHERE)
    __bool__ = _refused("if {}", USE_WHERE)
    __floordiv__ = __rfloordiv__ = _refused("{} // {}", USE_A_NUMBER)
    __mod__ = __rmod__ = _refused("{} % {}", USE_A_NUMBER)
    __divmod__ = __rdivmod__ = _refused("divmod({}, {})", USE_A_NUMBER)
    __round__ = __floor__ = __ceil__ = __trunc__ = _refused("a whole number near {}", USE_A_NUMBER)
    __float__ = _refused("float({})", USE_COURSEKIT)
    __int__ = _refused("int({})", USE_A_NUMBER)
    __index__ = _refused("{} as an index or a count", USE_A_NUMBER)
    __len__ = _refused("len({})", USE_A_NUMBER)
    __iter__ = _refused("a loop over {}", "loop over a range and use an index, as in x[0]")


_refuse_equality = _refused("{} == {}", USE_WHERE)


def _numpy_operation(name: str) -> Op:
    if name in OTHER_MEANINGS:
        raise GraphError(f"numpy.{name} {OTHER_MEANINGS[name]}")
    ours = NUMPY_NAMES.get(name, name)
    if ours not in OPS:
        raise GraphError(f"numpy.{name} is not in the table of operations")
    return OPS[ours]


def _operation(name: str, settings: dict[str, Any]) -> Op:
    op = OPS[name]
    return op if settings == op.settings else replace(op, settings=settings, base=op)


# a pickled or copied graph holds the names of its operations
copyreg.pickle(Op, lambda op: (_operation, (op.name, dict(op.settings))))
