"""One graph of a family at a time: a whole-number slider, the picture, and meters under it."""

from collections.abc import Callable, Mapping
from typing import Any

from coursekit.engine.linearization import Linearization
from coursekit.render.diagram import diagram
from coursekit.render.layout import layout
from coursekit.render.picture import picture
from coursekit.render.state import State
from coursekit.render.svg import svg
from coursekit.widgets.view import View, slider


def album(
    family: Callable[[int], Linearization[Any]],
    start: int,
    end: int,
    *,
    label: str,
    meters: Mapping[str, Callable[[Linearization[Any]], int]],
) -> View:
    """Return pictures of family(start) to family(end), leafed through by a slider called `label`.

    Every page is laid out here, so that the slider needs no kernel.

    >>> from coursekit.examples import ladder
    >>> album(ladder, 1, 3, label="k", meters={"edges": lambda lin: len(lin.edges)})
    k from 1 to 3: edges from 4 to 12
    """
    pages = []
    for k in range(start, end + 1):
        lin = family(k)
        drawn = diagram(lin)
        placed = layout(len(drawn.names), drawn.edges, small=True)
        amounts = [meter(lin) for meter in meters.values()]
        pages.append(
            {
                "svg": svg(drawn, placed, State()),
                "amounts": [float(n) for n in amounts],
                "texts": [f"{n:,}" for n in amounts],
            }
        )
    told = f"{label} from {start} to {end}: " + "; ".join(
        f"{name} from {first} to {last}"
        for name, first, last in zip(meters, pages[0]["texts"], pages[-1]["texts"], strict=True)
    )
    scene = {
        "kind": "album",
        "pages": pages,
        "range": [start, end],
        "label": label,
        "meters": [{"name": name} for name in meters],
    }
    alt = f"{drawn.title}. {told}."
    still = picture(drawn, State(), small=True, alt=alt)
    return View(
        scene | {"start": start},
        text=told,
        still=still.html,
        sliders=[slider(label, start, start, end, 1, room="2.5em")],
    )
