"""A view on the page, its still, and its HTML file; one widget class serves every kind of view.

Python computes structure, layout and recorded steps, and sends them once, as a scene of plain data;
the browser does the sweeps and repaints without Python.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import traitlets

from coursekit.errors import GraphError
from coursekit.render.text import label, shorten
from coursekit.widgets.modules import view_css, view_esm

WIDGET_MIME = "application/vnd.jupyter.widget-view+json"


class ViewWidget(anywidget.AnyWidget):
    """The part that the browser paints: a scene, and references to the sliders that control it."""

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    scene = traitlets.Dict().tag(sync=True)
    sliders = traitlets.List(traitlets.Unicode()).tag(sync=True)
    answer = traitlets.Unicode(None, allow_none=True).tag(sync=True)  # the answer locked in a quiz


class View(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets publishes no types
    """Sliders above a picture. When displayed, it produces two outputs: the live view and a still.

    A saved notebook shows the still if widgets cannot run; the style sheet hides it next to a live
    view. `answered_still` returns the still that replaces it once a quiz has this answer.
    """

    def __init__(
        self,
        kind: str,
        scene: dict[str, Any],
        *,
        text: str,
        still: str,
        sliders: Sequence[ipywidgets.Widget] = (),
        answered_still: Callable[[str], str] | None = None,
    ) -> None:
        self.kind, self.text, self.still = kind, text, still
        self.sliders, self._answered_still = list(sliders), answered_still
        self.widget = ViewWidget(
            scene=scene | {"sliders": [_slider_data(slider) for slider in sliders]},
            sliders=[f"anywidget:{slider.model_id}" for slider in sliders],
            _esm=view_esm(kind),
            _css=view_css(kind),
            _anywidget_id=f"coursekit.{kind}",  # anywidget keeps one style sheet for each id
        )
        super().__init__([*self.sliders, self.widget])

    def _ipython_display_(self) -> None:
        from IPython.display import display

        live = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        display({"text/plain": "", WIDGET_MIME: live}, raw=True)
        handle = display(self._still_output(self.still), raw=True, display_id=True)
        if (answered_still := self._answered_still) and handle is not None:

            def update(change: Any) -> None:
                handle.update(self._still_output(answered_still(change.new)), raw=True)

            self.widget.observe(update, names=["answer"])

    def _still_output(self, html: str) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": f'<div class="ck-still">{html}</div>'}

    def save(self, path: str | Path) -> None:
        """Save the view as an HTML file that works without a kernel or a network."""
        path = Path(path)
        if path.suffix != ".html":
            raise GraphError(f"{path.name}: save a view as .html")
        path.write_text(html_page(path.stem, [(self.kind, self.widget.scene)]), encoding="utf-8")

    def __repr__(self) -> str:
        return self.text


def slider(
    name: str, value: float, low: float, high: float, step: float, *, name_width: str = "3em"
) -> ipywidgets.Widget:
    """Return a slider with its name in front; it has only whole numbers if the step is an int."""
    kind = ipywidgets.IntSlider if isinstance(step, int) else ipywidgets.FloatSlider
    return kind(
        value=value,
        min=low,
        max=high,
        step=step,
        description=name,
        style={"description_width": name_width},
        layout={"width": "min(100%, 26em)"},
    )


def _slider_data(slider: ipywidgets.Widget) -> dict[str, Any]:
    """Return what a page without ipywidgets needs to draw the slider."""
    name = shorten(label(slider.description), 40)
    return {"name": name} | {key: getattr(slider, key) for key in ("min", "max", "step", "value")}


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ margin: 16px; background: var(--jp-layout-color0, #fff); }}
[data-jp-theme-light="false"] {{
  color-scheme: dark; --jp-ui-font-color0: #fff; --jp-ui-font-color1: #ddd;
  --jp-layout-color0: #111; --jp-layout-color1: #222;
}}
{css}</style></head>
<body><main><h1 class="ck-view">{title}</h1>{places}</main><script type="module">
const modules = {modules};
const dark = matchMedia("(prefers-color-scheme: dark)");
const followSystem = () => {{ document.documentElement.dataset.jpThemeLight = !dark.matches; }};
dark.addEventListener("change", followSystem);
followSystem();
for (const el of document.querySelectorAll("[data-scene]")) {{
  const state = el.state = {{ scene: JSON.parse(el.dataset.scene), sliders: [], answer: null }};
  const set = (key, value) => {{ state[key] = value; }};
  const text = new Blob([modules[el.dataset.kind]], {{ type: "text/javascript" }});
  const {{ default: view }} = await import(URL.createObjectURL(text));
  const model = {{ get: (key) => state[key], set, save_changes() {{}} }};
  await view.render({{ el, model }});
}}
document.body.dataset.ready = "yes";
</script></body></html>
"""


def html_page(title: str, views: Iterable[tuple[str, dict[str, Any]]]) -> str:
    """Return a page that shows these (kind, scene) views in the system's light or dark theme.

    Their sliders work without a kernel or a network.
    """
    views = list(views)
    kinds = dict.fromkeys(kind for kind, _ in views)
    scenes = [(kind, escape(json.dumps(scene, ensure_ascii=False))) for kind, scene in views]
    places = [f'<div data-kind="{kind}" data-scene="{scene}"></div>' for kind, scene in scenes]
    modules = json.dumps({kind: view_esm(kind) for kind in kinds}, ensure_ascii=False)
    return PAGE.format(
        title=escape(title),
        css="".join(dict.fromkeys(map(view_css, kinds))),
        places="".join(places),
        modules=modules.replace("</", r"<\/"),
    )
