"""Show one graph of a family at a time: a slider chooses it, and meters measure it."""

from collections.abc import Callable, Mapping
from typing import Any

from coursekit.engine.linearization import Linearization
from coursekit.render.diagram import diagram_of
from coursekit.render.drawing import scene_of
from coursekit.render.picture import picture_of
from coursekit.render.svg import live_svg
from coursekit.widgets.view import View, slider


def album(
    family: Callable[[int], Linearization[Any]],
    start: int,
    end: int,
    *,
    label: str,
    meters: Mapping[str, Callable[[Linearization[Any]], int]],
) -> View:
    """Return pictures of family(start) to family(end); the slider `label` chooses the one shown.

    Each meter is a function of a graph. All pictures are made in advance, so the slider needs no
    kernel.

    >>> from coursekit.examples import ladder
    >>> album(ladder, 1, 3, label="k", meters={"edges": lambda lin: len(lin.edges)})
    k from 1 to 3: edges from 4 to 12
    """
    graphs = [family(k) for k in range(start, end + 1)]
    amounts = [[meter(lin) for meter in meters.values()] for lin in graphs]
    texts = [[f"{n:,}" for n in row] for row in amounts]
    diagrams = [diagram_of(lin, small=True) for lin in graphs]
    pages = [
        {
            "svg": live_svg(scene_of(each), each.title),
            "amounts": list(map(float, row)),
            "texts": words,
        }
        for each, row, words in zip(diagrams, amounts, texts, strict=True)
    ]
    ranges = zip(meters, texts[0], texts[-1], strict=True)
    changes = [f"{name} from {first} to {last}" for name, first, last in ranges]
    text = f"{label} from {start} to {end}: {'; '.join(changes)}"
    scene = {"pages": pages, "meters": list(meters)}
    still = picture_of(diagrams[-1], alt=f"{diagrams[-1].title}. {text}.")
    sliders = [slider(label, start, start, end, 1, name_width="2.5em")]
    return View("album", scene, text=text, still=still.html, sliders=sliders)
