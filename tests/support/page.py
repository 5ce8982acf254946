"""A self-contained page that holds views, with the module's functions at hand for a test."""

from pathlib import Path

from coursekit.widgets.page import page
from coursekit.widgets.view import View, css, esm

INNER = "forward, reverse, readsOf, number, countPaths, pathsFrom, parse, OPS, trajectory"


def write_page(path: Path, *shown: View) -> str:
    """Write the page and return its address."""
    script = esm() + f"\nObject.assign(window, {{ {INNER} }});"
    path.write_text(page("Views", [s.widget.scene for s in shown], esm=script, css=css()), "utf-8")
    return path.as_uri()
