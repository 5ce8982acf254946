"""Play any algorithm on the picture: its reads in order, and the numbers it had stored by then."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from coursekit.engine.linearization import Linearization
from coursekit.errors import GraphError, did_you_mean
from coursekit.recording import Algorithm, Recorder, name_of
from coursekit.render.diagram import numbered_diagram
from coursekit.render.options import OPTION_NAMES, split_options
from coursekit.render.picture import picture_of
from coursekit.render.styling import with_options
from coursekit.widgets.explore import scene
from coursekit.widgets.view import View


def animate(
    algorithm: Algorithm | Mapping[str, Algorithm],
    lin: Linearization[Any],
    *,
    beside: bool = False,
    **options: Any,
) -> View:
    """Return a view that animates an algorithm, or one of several that the reader chooses.

    An algorithm takes a linearization, or `(vertices, out)`. With `beside`, the algorithms are
    shown side by side, each with its code and its steps. The options of `draw` that hide, frame,
    colour, label and place are options here, too.

    >>> from coursekit import backprop, examples
    >>> animate(backprop, examples.kite())
    backprop: 5 partials read; returns x 30, h 5, p 1, q 1, ℓ 1
    """
    chosen, others = split_options(options)
    if others:
        name = min(others)
        raise GraphError(f"there is no option {name!r}{did_you_mean(name, OPTION_NAMES)}")
    by_name = algorithm if isinstance(algorithm, Mapping) else {name_of(algorithm): algorithm}
    recorders = [Recorder(name, lin).run(f) for name, f in by_name.items()]
    runs = [
        {"name": r.name, "source": r.source, "steps": list(map(asdict, r.steps))} for r in recorders
    ]
    data = {
        "below": "what the algorithm has stored for it",
        "cards": [[run] for run in runs] if beside else [runs],
    }
    diagram = numbered_diagram(lin)
    if steps := recorders[0].steps:
        unfinished = frozenset(steps[-1].unfinished)
        diagram = replace(diagram, adjoints=steps[-1].below, unfinished=unfinished)
    still = picture_of(with_options(diagram, chosen)).html
    text = "\n".join(f"{r.name}: {r.cost}; {r.ending}" for r in recorders)
    return View("animate", scene(lin, options=chosen) | data, text=text, still=still)
