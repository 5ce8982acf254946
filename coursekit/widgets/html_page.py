"""Write views to one HTML page, whose sliders work without a kernel or a network."""

import json
from collections.abc import Iterable
from html import escape
from typing import Any

from coursekit.widgets.modules import view_css, view_esm

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
  const state = el.state = {{
    scene: JSON.parse(el.dataset.scene), sliders: [], answer: null,
  }};
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
    """Return a page that shows these (kind, scene) views in the system's light or dark theme."""
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
