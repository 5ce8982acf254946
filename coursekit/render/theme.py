"""A function of matplotlib's axes as a file: light or dark, text kept as text, undated."""

import io
from collections.abc import Callable, Sequence
from typing import Any, cast

SIZE = (6.4, 3.6)  # inches
FORMATS = ("svg", "pdf", "png")
COMMON: dict[str, Any] = {
    "svg.hashsalt": "coursekit",  # the same ids on every run
    "svg.fonttype": "none",  # text stays text
    "pdf.fonttype": 42,  # fonts embedded whole, text to be searched and copied
    "font.family": "DejaVu Sans",
    "mathtext.fontset": "dejavusans",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "savefig.dpi": 200,
}


def _theme(paper: str, ink: str, soft: str, grid: str, colours: Sequence[str]) -> dict[str, Any]:
    names = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
    style = COMMON | dict.fromkeys(names, ink) | dict.fromkeys(PAPERS, paper)
    return style | {"grid.color": grid, "hatch.color": soft, "axes.prop_cycle": _cycle(colours)}


PAPERS = ("figure.facecolor", "axes.facecolor", "savefig.facecolor")


def _cycle(colours: Sequence[str]) -> str:
    return f"cycler('color', {list(colours)})"


# Okabe-Ito's blue, vermilion and grey: darkened on light paper, lightened on dark
THEMES = {
    "light": _theme("white", "#1b1b1b", "#474747", "#dddddd", ("#005a96", "#a04000", "#767676")),
    "dark": _theme("#141414", "#f2f2f2", "#cfcfcf", "#3a3a3a", ("#56b4e9", "#ff9a5c", "#8f8f8f")),
}
BLUE, VERMILION, GREY = "C0", "C1", "C2"  # of whichever theme


def render_file(
    draw: Callable[..., None], form: str, *, theme: str = "light", size: tuple[float, float] = SIZE
) -> bytes:
    """Return what `draw(axes)` draws as a file of that form: the same bytes on every run."""
    import matplotlib
    from matplotlib.backends import backend_agg, backend_pdf, backend_svg
    from matplotlib.figure import Figure as Canvas

    backends: dict[str, Any] = {
        "svg": backend_svg.FigureCanvasSVG,
        "pdf": backend_pdf.FigureCanvasPdf,
        "png": backend_agg.FigureCanvasAgg,
    }
    undated = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None},
               "pdf": {"CreationDate": None, "Creator": None, "Producer": None}}  # fmt: skip
    with matplotlib.rc_context(cast("Any", THEMES[theme])):  # its keys' type: 300 literals
        canvas = Canvas(figsize=size, layout="constrained")
        draw(canvas.subplots())
        out = io.BytesIO()
        backends[form](canvas).print_figure(out, format=form, metadata=undated[form])
    return out.getvalue()
