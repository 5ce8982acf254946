"""A graph at the moment when it is compiled: the graph may grow later, but its program does not."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from coursekit.engine.tape.columns import Columns


class CompilableGraph(Protocol):
    """The part of a `Graph` that a program needs."""

    @property
    def columns(self) -> Columns: ...
    @property
    def inputs(self) -> Mapping[str, Any]: ...
    @property
    def parameters(self) -> Sequence[Any]: ...
    @property
    def ell(self) -> Any: ...


class Snapshot:
    """A copy of a graph's columns, and the numbers of its loss, inputs and parameters."""

    def __init__(self, graph: CompilableGraph) -> None:
        self.loss: int = graph.ell.index
        self.columns = graph.columns.copy()
        self.inputs: dict[str, int] = {name: v.index for name, v in graph.inputs.items()}
        self.parameters: dict[str, int] = {str(v): v.index for v in graph.parameters}

    @property
    def targets(self) -> dict[str, int]:
        """The vertices in the gradient: the parameters, or every input if there are none."""
        return self.parameters or self.inputs
