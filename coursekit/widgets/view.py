"""A view in the page and its still: one widget class for every kind of view.

Python owns the truth (structure, layout, recorded steps) and sends it once, as a scene; the
browser sweeps and repaints. The ES module is the table of operations, written as JavaScript,
followed by the files of `browser/`.
"""

import json
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import traitlets

from coursekit.engine.op import FUNCTIONS
from coursekit.engine.operations import OPS
from coursekit.errors import GraphError
from coursekit.render.svg import CSS
from coursekit.widgets.page import page

WIDGET_MIME = "application/vnd.jupyter.widget-view+json"


def operations_js() -> str:
    """Return the table of operations as JavaScript: the formulas are the same text.

    >>> print(operations_js().splitlines()[4][:61])
      add: { symbol: "+", infix: true, value: (x, y, z) => x + y,
    """
    lines = [
        f"  {op.name}: {{ symbol: {json.dumps(op.symbol, ensure_ascii=False)},"
        f" infix: {json.dumps(op.infix)}, value: (x, y, z) => {op.value}, partials: ["
        + ", ".join(f"(x, y, z, v) => {partial}" for partial in op.partials)
        + "] },"
        for op in OPS.values()
        if op.elementwise
    ]
    of_math = ", ".join(name for name in FUNCTIONS if name != "where")
    return "\n".join(
        [
            f"const {{ {of_math} }} = Math;",
            f"const PICTURE_CSS = {json.dumps(CSS, ensure_ascii=False)};",
            "const where = (c, x, y) => c > 0 ? x : y;",
            "const OPS = {",
            *lines,
            "};\n",
        ]
    )


def esm() -> str:
    """Return the whole ES module of the view."""
    parts = sorted(
        files("coursekit.widgets").joinpath("browser").iterdir(), key=lambda part: part.name
    )
    return "\n".join([operations_js(), *(part.read_text(encoding="utf-8") for part in parts)])


def css() -> str:
    """Return the picture's style and the view's."""
    return CSS + files("coursekit.widgets").joinpath("view.css").read_text(encoding="utf-8")


def by_reference(sliders: Sequence[ipywidgets.Widget], _: Any) -> list[str]:
    """Return how a view names the sliders that it listens to in the browser."""
    return [f"anywidget:{slider.model_id}" for slider in sliders]


def slider(
    name: str, value: float, low: float, high: float, step: float, *, room: str = "3em"
) -> ipywidgets.Widget:
    """Return a slider with its name in the width `room`: of whole numbers where the step is one."""
    kind = ipywidgets.IntSlider if isinstance(step, int) else ipywidgets.FloatSlider
    return kind(
        value=value,
        min=low,
        max=high,
        step=step,
        description=name,
        style={"description_width": room},
        layout={"width": "min(100%, 26em)"},
    )


class ViewWidget(anywidget.AnyWidget):
    """What the browser paints: a scene, as plain data, and the sliders that it follows."""

    _esm = esm()
    _css = css()
    scene = traitlets.Dict().tag(sync=True)
    sliders = traitlets.List(traitlets.Instance(ipywidgets.Widget)).tag(
        sync=True, to_json=by_reference
    )
    answer = traitlets.Int(-1).tag(sync=True)  # a quiz's locked option
    given = traitlets.Unicode("").tag(sync=True)  # or what was typed, where it asks for a number


class View(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets publishes no types
    """Sliders above a view. Displayed, it leaves two outputs: the live view, and a still.

    The still is what a saved notebook shows where no widget can live; `view.css` hides it beside
    a live view.
    """

    def __init__(
        self,
        scene: dict[str, Any],
        *,
        text: str,
        still: str,
        sliders: Sequence[ipywidgets.Widget] = (),
        kept: Callable[[ViewWidget], str] | None = None,
    ) -> None:
        self.widget = ViewWidget(scene=scene, sliders=list(sliders))
        self.sliders, self.text, self.still = list(sliders), text, still
        self._kept = kept  # the still, once there is an answer to keep
        super().__init__([*sliders, self.widget])

    def _ipython_display_(self) -> None:
        from IPython import display as ipython

        display: Any = ipython.display  # IPython's carries no types
        live = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        display({"text/plain": "", WIDGET_MIME: live}, raw=True)
        handle = display(self._still(self.still), raw=True, display_id=True)
        if (kept := self._kept) and handle is not None:

            def keep(_: Any) -> None:
                handle.update(self._still(kept(self.widget)), raw=True)

            self.widget.observe(keep, names=["answer", "given"])

    def _still(self, html: str) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": f'<div class="ck-still">{html}</div>'}

    def save(self, path: str | Path) -> None:
        """Write the view as an HTML file that moves without a kernel and without a network."""
        path = Path(path)
        if path.suffix != ".html":
            raise GraphError(f"{path.name}: a view is saved as .html")
        written = page(path.stem, [self.widget.scene], esm=esm(), css=css())
        path.write_text(written, encoding="utf-8")

    def __repr__(self) -> str:
        return self.text
