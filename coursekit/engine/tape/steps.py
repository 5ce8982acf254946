"""A graph of arrays as steps: the rule of each operation, and where it finds its words."""

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from coursekit.engine.formulas import Formulas
from coursekit.engine.tape.arrays import ArrayRule, Words, rule_of


class Step(NamedTuple):
    """An operation of a graph."""

    vertex: int
    rule: ArrayRule
    operands: Sequence[int]
    words: Callable[[Sequence[Any]], Words]  # picks them from the list of values
    common: int | None  # the place of the common part in that list


class Steps(dict[int, Step]):
    """The step of each vertex that has an operation.

    Behind the values of the vertices, the list of values has `room` for common parts and settings.
    """

    def __init__(self, size: int) -> None:
        self.room, self._size = list[Any](), size

    def add(self, vertex: int, op: Formulas, operands: tuple[int, ...]) -> None:
        """Add the step of a vertex."""
        words, common = (vertex, *operands), None
        if op.common:
            common, *_ = words = (*self._places([None]), *words)
        if op.settings:
            words += self._places(op.settings.values())
        self[vertex] = Step(vertex, rule_of(op), operands, itemgetter(*words), common)

    def _places(self, words: Iterable[Any]) -> tuple[int, ...]:
        first = self._size + len(self.room)
        self.room += words
        return tuple(range(first, self._size + len(self.room)))
