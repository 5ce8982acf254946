"""Read the colours of all pictures from picture.css, and render matplotlib plots to files."""

import io
import re
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any, cast

CSS = files("coursekit.render").joinpath("picture.css").read_text(encoding="utf-8")
SIZE = (6.4, 3.6)  # inches
FORMATS = ("svg", "pdf", "png")
COMMON: dict[str, Any] = {
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


def _theme(
    colours: Mapping[str, str], *, paper: str, ink: str, soft: str, grid: str
) -> dict[str, Any]:
    """Return matplotlib's settings; `colours` are the custom properties of picture.css."""
    cycle = [colours[name] for name in ("value", "adjoint", "rule", "lit")]
    style = COMMON | dict.fromkeys(INKS, ink) | dict.fromkeys(PAPERS, paper)
    return style | {
        "grid.color": grid,
        "hatch.color": soft,
        "axes.prop_cycle": f"cycler('color', {cycle})",
    }


_LIGHT, _DARK = (
    dict(re.findall(r"--(\w+): (#[0-9a-f]+)", rules))
    for rules in CSS.split("[data-jp-theme-light", 1)
)
THEMES = {
    "light": _theme(_LIGHT, paper="white", ink="#1b1b1b", soft="#474747", grid="#dddddd"),
    "dark": _theme(_DARK, paper="#141414", ink="#f2f2f2", soft="#cfcfcf", grid="#3a3a3a"),
}


def render_file(
    draw: Callable[..., None], form: str, *, theme: str = "light", size: tuple[float, float] = SIZE
) -> bytes:
    """Return the file that `draw(axes)` draws; its bytes are the same on every run."""
    import matplotlib
    from matplotlib.backends import backend_agg, backend_pdf, backend_svg
    from matplotlib.figure import Figure as Canvas

    backends: dict[str, Any] = {
        "svg": backend_svg.FigureCanvasSVG,
        "pdf": backend_pdf.FigureCanvasPdf,
        "png": backend_agg.FigureCanvasAgg,
    }
    metadata = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None},
                "pdf": {"CreationDate": None, "Creator": None, "Producer": None}}  # fmt: skip
    with matplotlib.rc_context(cast("Any", THEMES[theme])):  # its declared type lists 300 keys
        canvas = Canvas(figsize=size, layout="constrained")
        draw(canvas.subplots())
        out = io.BytesIO()
        backends[form](canvas).print_figure(out, format=form, metadata=metadata[form])
    return out.getvalue()
