"""Read the colours of all pictures from picture.css, and render matplotlib plots to files."""

import io
import re
from collections.abc import Callable
from importlib.resources import files
from typing import Any

CSS = files("coursekit.render").joinpath("picture.css").read_text(encoding="utf-8")
METADATA: dict[str, Any] = {  # of each file format, without the date and the versions
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}
FORMATS = list(METADATA)
COMMON: dict[str, Any] = {
    "figure.figsize": (6.4, 3.6),  # inches
    "svg.hashsalt": "coursekit",  # the same ids on every run
    "svg.fonttype": "none",  # text stays text
    "pdf.fonttype": 42,  # embeds whole fonts, so that text can be searched and copied
    "font.family": "DejaVu Sans",
    "mathtext.fontset": "dejavusans",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "savefig.dpi": 200,
}
INKS = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
PAPERS = ("figure.facecolor", "axes.facecolor", "savefig.facecolor")
BLUE, VERMILION, GREY, HIGHLIGHT = "C0", "C1", "C2", "C3"  # in the current theme's cycle


def _theme(rules: str, *, paper: str, ink: str, grid: str) -> dict[str, Any]:
    """Return matplotlib's settings; `rules` define the custom properties of picture.css."""
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]+)", rules))
    cycle = [colours[name] for name in ("value", "adjoint", "rule", "lit")]
    own = {"grid.color": grid, "axes.prop_cycle": f"cycler('color', {cycle})"}
    return COMMON | dict.fromkeys(INKS, ink) | dict.fromkeys(PAPERS, paper) | own


_LIGHT, _DARK = CSS.split("[data-jp-theme-light", 1)
THEMES: dict[str, Any] = {
    "light": _theme(_LIGHT, paper="white", ink="#1b1b1b", grid="#dddddd"),
    "dark": _theme(_DARK, paper="#141414", ink="#f2f2f2", grid="#3a3a3a"),
}


def render_file(draw: Callable[..., None], form: str, *, theme: str = "light") -> bytes:
    """Return the file that `draw(axes)` draws; its bytes are the same on every run."""
    import matplotlib
    from matplotlib.figure import Figure as Canvas

    with matplotlib.rc_context(THEMES[theme]):
        canvas = Canvas(layout="constrained")
        draw(canvas.subplots())
        out = io.BytesIO()
        canvas.savefig(out, format=form, metadata=METADATA[form])
    return out.getvalue()
