"""|E| reads, or one for each edge of each path: cost, counted without the algorithm's knowing."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import TypeVar

from coursekit.engine.linearization import Linearization

V = TypeVar("V", bound=Hashable)


class Watched(Linearization[V]):
    """A linearization that notes, in order, which partials and which neighbours are read.

    `lin` is what is watched. `edges_read` has an edge for each read of a partial.
    `neighbours_read` counts one for each call of `out` or `into`, and one for each neighbour
    handed over. `on_read(edge)` and `on_out(vertex)` are called at each read: there an animation
    looks over the shoulder.

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
        self.edges_read: list[tuple[V, V]] = []
        self.neighbours_read = 0
        self.lin, self._on_out = lin, on_out
        # without a listener the note is one append: a sum over paths may read millions
        self.partials = _Noted(
            lin.partials, self._heard(on_read) if on_read else self.edges_read.append
        )

    def out(self, v: V) -> Sequence[V]:
        found = self._out(v)
        self.neighbours_read += 1 + len(found)
        if self._on_out:
            self._on_out(v)
        return found

    def into(self, v: V) -> Sequence[V]:
        found = self._into(v)
        self.neighbours_read += 1 + len(found)
        return found

    def _heard(self, on_read: Callable[[tuple[V, V]], None]) -> Callable[[tuple[V, V]], None]:
        def note(edge: tuple[V, V]) -> None:
            self.edges_read.append(edge)
            on_read(edge)

        return note


class _Noted(Mapping[tuple[V, V], float]):
    """The partials, each read reported."""

    def __init__(
        self, partials: Mapping[tuple[V, V], float], read: Callable[[tuple[V, V]], None]
    ) -> None:
        self._partials, self._read = partials, read

    def __getitem__(self, edge: tuple[V, V]) -> float:
        partial = self._partials[edge]
        self._read(edge)
        return partial

    def __iter__(self) -> Iterator[tuple[V, V]]:
        return iter(self._partials)

    def __len__(self) -> int:
        return len(self._partials)
