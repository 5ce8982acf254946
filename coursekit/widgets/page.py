"""Views in one HTML file: no kernel, no network, and the sliders move."""

import json
from collections.abc import Sequence
from html import escape
from typing import Any

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
{esm}
const dark = matchMedia("(prefers-color-scheme: dark)");
const as_the_system = () => {{ document.documentElement.dataset.jpThemeLight = !dark.matches; }};
dark.addEventListener("change", as_the_system);
as_the_system();
for (const el of document.querySelectorAll("[data-scene]")) {{
  const state = el.state = {{
    scene: JSON.parse(el.dataset.scene), sliders: [], answer: -1, given: "",
  }};
  const set = (key, value) => {{ state[key] = value; }};
  await render({{ el, model: {{ get: (key) => state[key], set, save_changes() {{}} }} }});
}}
document.body.dataset.ready = "yes";
</script></body></html>
"""


def page(title: str, scenes: Sequence[dict[str, Any]], *, esm: str, css: str) -> str:
    """Return the page: a view of its own for each scene, light or dark as the system is."""
    places = "".join(
        f'<div data-scene="{escape(json.dumps(scene, ensure_ascii=False))}"></div>'
        for scene in scenes
    )
    script = esm.replace("</script", r"<\/script")
    return PAGE.format(title=escape(title), css=css, places=places, esm=script)
