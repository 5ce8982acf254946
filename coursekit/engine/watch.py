"""|E| reads, or one for each edge of each path: count an algorithm's reads without changing it."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import TypeVar

from coursekit.engine.blocks import Block
from coursekit.engine.linearization import Linearization

V = TypeVar("V", bound=Hashable)


class Watched(Linearization[V]):
    """A linearization that records, in order, which partials and neighbours are read.

    `lin` is the original. `edges_read` lists the edge of each partial that is read.
    `neighbours_read` counts the calls of `out` and `into`, and the neighbours that they return.
    For animations, `on_read(edge)` and `on_out(vertex)` are called at each read.

    >>> from coursekit.engine.gradients import backprop, path_sum
    >>> from coursekit.examples import example
    >>> g = example()
    >>> watched = Watched(g.linearize(a=2.0, b=1.0))
    >>> backprop(watched)[g.inputs["b"]], len(watched.edges_read)
    (5.0, 5)
    """

    def __init__(
        self,
        lin: Linearization[V],
        *,
        on_read: Callable[[tuple[V, V]], None] | None = None,
        on_out: Callable[[V], None] | None = None,
    ) -> None:
        super().__init__(lin.vertices, lin.loss, lin.out, lin.into, lin.partials, lin.values)
        self.lin, self._on_out = lin, on_out
        self.edges_read: list[tuple[V, V]] = []
        self.neighbours_read = 0
        # without a listener, a read costs one append: a sum over paths may make millions of them
        append = self.edges_read.append
        record = (lambda edge: (append(edge), on_read(edge))) if on_read else append
        self.partials = _RecordedPartials(lin.partials, record)

    @property
    def blocks(self) -> Sequence[Block]:
        return self.lin.blocks

    def out(self, v: V) -> Sequence[V]:
        heads = self._out(v)
        self.neighbours_read += 1 + len(heads)
        if self._on_out:
            self._on_out(v)
        return heads

    def into(self, v: V) -> Sequence[V]:
        tails = self._into(v)
        self.neighbours_read += 1 + len(tails)
        return tails


class _RecordedPartials(Mapping[tuple[V, V], float]):
    """A mapping of partials that calls `record` with each edge that is read."""

    def __init__(
        self, partials: Mapping[tuple[V, V], float], record: Callable[[tuple[V, V]], object]
    ) -> None:
        self._partials, self._record = partials, record

    def __getitem__(self, edge: tuple[V, V]) -> float:
        partial = self._partials[edge]
        self._record(edge)
        return partial

    def __iter__(self) -> Iterator[tuple[V, V]]:
        return iter(self._partials)

    def __len__(self) -> int:
        return len(self._partials)
