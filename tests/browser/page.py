"""A self-contained page (no network, no kernel, no ipywidgets) that holds views."""

import json
from html import escape
from pathlib import Path

from coursekit.widgets.view import Shown, css, esm

DARK = (
    ' style="--jp-ui-font-color0:#fff;--jp-ui-font-color1:#ddd;--jp-layout-color0:#111;'
    '--jp-layout-color1:#222" data-jp-theme-light="false"'
)


def write_page(path: Path, *shown: Shown, dark: bool = False) -> str:
    """Write the page and return its address; `window.models` are the views' models."""
    views = "".join(
        f'<div data-scene="{escape(json.dumps(s.view.scene, ensure_ascii=False))}"></div>'
        for s in shown
    )
    script = esm().replace("</script", "<\\/script")
    path.write_text(
        f"""<!doctype html>
<html lang="en"{DARK if dark else ""}><head><meta charset="utf-8"><title>Views</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body {{ margin: 16px; background: var(--jp-layout-color0, #fff); }} {css()}</style></head>
<body><main><h1 class="ck-view">Views</h1>{views}</main><script type="module">
{script}
Object.assign(window, {{ forward, reverse, readsOf, number, countPaths, pathsFrom }});
Object.assign(window, {{ parse, OPS, trajectory }});
window.models = [];
for (const el of document.querySelectorAll("[data-scene]")) {{
  const state = {{ scene: JSON.parse(el.dataset.scene), sliders: [], answer: -1, given: "" }};
  const model = {{ get: (key) => state[key], set: (key, value) => {{ state[key] = value; }},
                  save_changes() {{}}, on() {{}} }};
  window.models.push(model);
  await render({{ el, model, signal: new AbortController().signal }});
}}
document.body.dataset.ready = "yes";
</script></body></html>""",
        encoding="utf-8",
    )
    return path.as_uri()
