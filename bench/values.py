"""A contestant: scalar autograd in microgpt's style, where each operation stores its partials."""

import math
from typing import Any, Self


def topological_order(loss: Any) -> list[Any]:
    """Return every value that the loss depends on, operands first, without recursion.

    Operands are in `_prev`, as in micrograd, which is sorted by this function, too.
    """
    order, seen, stack = [], set(), [(loss, False)]
    while stack:
        v, done = stack.pop()
        if done:
            order.append(v)
        elif v not in seen:
            seen.add(v)
            stack.append((v, True))
            stack += [(u, False) for u in v._prev]
    return order


class Value:
    """A number that remembers its operands, and its partial with respect to each of them."""

    __slots__ = ("_prev", "data", "grad", "partials")

    def __init__(self, data: float, operands: Any = (), partials: Any = ()) -> None:
        self.data, self._prev, self.partials = data, operands, partials
        self.grad = 0.0

    def __add__(self, other: Self | float) -> "Value":
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other: Self | float) -> "Value":
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, n: float) -> "Value":
        return Value(self.data**n, (self,), (n * self.data ** (n - 1),))

    def exp(self) -> "Value":
        value = math.exp(self.data)
        return Value(value, (self,), (value,))

    def relu(self) -> "Value":
        return Value(max(0.0, self.data), (self,), (float(self.data > 0),))

    def __neg__(self) -> "Value":
        return self * -1.0

    def __sub__(self, other: Self | float) -> "Value":
        return self + -other

    def __rsub__(self, other: float) -> "Value":
        return -self + other

    def __truediv__(self, other: Self | float) -> "Value":
        return self * other**-1

    __radd__, __rmul__ = __add__, __mul__

    def backward(self) -> None:
        self.grad = 1.0
        for v in reversed(topological_order(self)):
            for u, partial in zip(v._prev, v.partials):  # noqa: B905  # microgpt checks nothing
                u.grad += partial * v.grad
