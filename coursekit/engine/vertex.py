"""v = a + b: a vertex, with Python's operators, which build a graph and compute nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partialmethod
from typing import TYPE_CHECKING, Any, NoReturn

from coursekit.engine.numpy_names import METHODS, call_function, call_ufunc
from coursekit.engine.op import Op
from coursekit.engine.operations import ABS, ADD, DIV, INDEX, MATMUL, MUL, NEG, OPS, POW, SUB
from coursekit.engine.values import NUMBERS
from coursekit.errors import GraphError, MissingAttributeError, describe_location, user_location

if TYPE_CHECKING:
    from coursekit.engine.graph import Graph

# what arrays and tensors have; `__getattr__` would refuse any name, but slow down every other one
ABSENT = """
    all any argmax argmin argsort astype backward base clip copy cumprod cumsum data detach diagonal
    dim dot dtype fill flags flat flatten float grad imag item itemsize max mean min nbytes ndim
    nonzero norm numel numpy prod ravel real repeat requires_grad reshape resize round shape size
    softmax squeeze std sum swapaxes take tolist trace transpose unsqueeze value values var view
"""
USE_WHERE = "use where(c, x, y), which is x if c > 0 and y otherwise"
USE_COURSEKIT = (
    "use exp, sin and the like from coursekit, not from math, and numpy.array([…]) for an array of"
    " vertices"
)
USE_A_NUMBER = "use a plain number here"


def _binary(op: Op) -> Callable[[Vertex, Any], Vertex]:
    def operate(self: Vertex, other: Any) -> Vertex:
        graph = self.graph
        if not graph.appends_directly:
            return graph.add(op, (self, other))
        # `Graph.add`, inlined: building a graph takes as long as both sweeps
        columns = graph.columns
        if type(other) is Vertex and other.graph is graph:
            y = other.index
        elif type(other) is float or type(other) is int:
            y = columns.add_constant(op.name, other)
        else:
            return graph.add(op, (self, other))
        vertex = Vertex()
        vertex.graph, vertex.index = graph, len(columns.ops)
        columns.vertices.append(vertex)
        columns.ops.append(op)
        columns.x.append(self.index)
        columns.y.append(y)
        return vertex

    return operate


def _unary(op: Op) -> Callable[[Vertex], Vertex]:
    def operate(self: Vertex) -> Vertex:
        graph = self.graph
        if graph.appends_directly:
            return graph.append(op, self.index)
        return graph.add(op, (self,))

    return operate


def _reflected(op: Op) -> Callable[[Vertex, Any], Vertex]:
    def operate(self: Vertex, other: Any) -> Vertex:
        graph = self.graph
        if graph.appends_directly and type(other) in (float, int):
            return graph.append(op, graph.columns.add_constant(op.name, other), self.index)
        return graph.add(op, (other, self))

    return operate


def _refused(what: str, remedy: str) -> Callable[..., NoReturn]:
    def refuse(*operands: Any) -> NoReturn:
        """Raise the error for code that needs the value of a vertex."""
        raise GraphError(
            f"{what.format(*operands)} needs a value, but a vertex has none until the graph is"
            f" evaluated ({describe_location(*user_location())}): {remedy}"
        )

    return refuse


class _Absent:
    """An attribute of arrays that vertices do not have: the error names the operation to use."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, vertex: Any, _: Any) -> _Absent:
        if vertex is None:
            return self
        known = self.name in OPS
        use = f"use coursekit.{self.name}(…)" if known else "it gets a value when it is evaluated"
        raise MissingAttributeError(f"a vertex has no attribute {self.name!r}: {use}")

    def __set__(self, vertex: Any, _: Any) -> NoReturn:
        raise MissingAttributeError(f"a vertex stores no {self.name}: backprop returns adjoints")


class Vertex:
    """An input, or the result of one computation: `a + b` builds a vertex from two others.

    >>> from coursekit import Graph
    >>> g = Graph()
    >>> a, b = g.input("a"), g.input("b")
    >>> (a + b).named("c"), b + 1
    (c = a + b, v4 = b + 1)
    """

    __slots__ = ("graph", "index")
    graph: Graph
    index: int

    def named(self, name: str, *, tex: str = "") -> Vertex:
        """Name the vertex, and return it; pictures and formulas write it as `tex`."""
        self.graph.name(self, name, tex=tex)
        return self

    @property
    def tex(self) -> str:
        """The name as pictures and formulas write it: LaTeX, or the name itself."""
        return self.graph.names.tex.get(self.index) or str(self)

    @property
    def formula(self) -> str:
        """The formula that computes the vertex, or "" for an input."""
        op = self.graph.columns.ops[self.index]
        return op.formula(*self.graph.names.operands(self.index)) if op else ""

    def __str__(self) -> str:
        return self.graph.names[self.index]

    def __repr__(self) -> str:
        return f"{self} = {self.formula}" if self.formula else str(self)

    __add__, __radd__ = _binary(ADD), _reflected(ADD)
    __sub__, __rsub__ = _binary(SUB), _reflected(SUB)
    __mul__, __rmul__ = _binary(MUL), _reflected(MUL)
    __truediv__, __rtruediv__ = _binary(DIV), _reflected(DIV)
    __pow__, __rpow__ = _binary(POW), _reflected(POW)
    __neg__, __abs__ = _unary(NEG), _unary(ABS)
    __hash__ = object.__hash__
    T = property(lambda self: OPS["transpose"](self), doc="The transpose.")

    def __matmul__(self, other: Any) -> Any:
        return self.graph.add(MATMUL, (self, other))

    def __rmatmul__(self, other: Any) -> Any:
        return self.graph.add(MATMUL, (other, self))

    def __getitem__(self, at: Any) -> Any:
        return INDEX(self, at=at)

    def __setitem__(self, at: Any, _: Any) -> NoReturn:
        raise GraphError(
            f"{self}[…] = … would change the vertex {self}"
            f" ({describe_location(*user_location())}): build a new one, for example with where"
        )

    def __format__(self, how: str) -> str:
        return str(self) if not how else _refuse_format(self, how)

    def __pos__(self) -> Any:
        return self

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **settings: Any) -> Any:
        return call_ufunc(ufunc.__name__, method, operands, settings)

    def __array_function__(self, function: Any, _: Any, operands: Any, settings: Any) -> Any:
        return call_function(function.__name__, operands, settings)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if isinstance(other, Vertex):
            return _refuse_equality(self, other) if self.graph.is_traced else False
        if isinstance(other, NUMBERS) or type(other) is list or hasattr(other, "__array__"):
            return _refuse_equality(self, other)
        return False

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
    __and__ = __rand__ = _refused("{} & {}", USE_WHERE)
    __or__ = __ror__ = _refused("{} | {}", USE_WHERE)
    __xor__ = __rxor__ = _refused("{} ^ {}", "use ** for a power")
    __lshift__ = __rlshift__ = _refused("{} << {}", USE_A_NUMBER)
    __rshift__ = __rrshift__ = _refused("{} >> {}", USE_A_NUMBER)
    __invert__ = _refused("~{}", USE_WHERE)
    __float__ = _refused("float({})", USE_COURSEKIT)
    __int__ = _refused("int({})", USE_A_NUMBER)
    __index__ = _refused("{} as an index or a count", USE_A_NUMBER)
    __len__ = _refused("len({})", USE_A_NUMBER)
    __iter__ = _refused("a loop over {}", "loop over a range and use an index, as in x[0]")


def _call_by_name(x: Vertex, name: str, *others: Any) -> Any:
    return call_function(name, (x, *others), {})


for _name in ABSENT.split():
    setattr(Vertex, _name, _Absent(_name))
for _name in METHODS:
    setattr(Vertex, _name, partialmethod(_call_by_name, _name))

_refuse_equality = _refused("{} == {}", USE_WHERE)
_refuse_format = _refused("the format {1} of {0}", "print it without a format")
