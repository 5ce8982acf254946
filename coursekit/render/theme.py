"""Render matplotlib plots with the colours and the type of all pictures."""

import io
import re
import warnings
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from functools import partial
from html import escape
from typing import Any

from coursekit.render.files import Look
from coursekit.render.scene import MARGIN
from coursekit.render.styles import FONTS

FIGURE = (6.4, 3.6)  # inches
POINTS = 72  # in an inch
COMMON: Any = {  # its keys are matplotlib's
    "svg.hashsalt": "coursekit",  # the same ids on every run
    "svg.fonttype": "none",  # text stays text
    "pdf.fonttype": 42,  # embeds whole fonts, so that text can be searched and copied
    "font.family": ["DejaVu Sans"],
    "mathtext.fontset": "dejavusans",
    "font.size": 10,
    "figure.constrained_layout.w_pad": MARGIN * FIGURE[0],
    "figure.constrained_layout.h_pad": MARGIN * FIGURE[1],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
}
INKS = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
PAPERS = ("figure.facecolor", "axes.facecolor", "savefig.facecolor")
BLUE, VERMILION, GREY, HIGHLIGHT = "C0", "C1", "C2", "C3"  # in the current theme's cycle


def settings(palette: dict[str, str]) -> Any:
    """Return matplotlib's settings for plots in these colours."""
    cycle = [palette[name] for name in ("value", "adjoint", "rule", "lit")]
    own = {"grid.color": palette["grid"], "axes.prop_cycle": f"cycler('color', {cycle})"}
    inks, papers = dict.fromkeys(INKS, palette["ink"]), dict.fromkeys(PAPERS, palette["paper"])
    return COMMON | inks | papers | own


def metadata(form: str, alt: str) -> dict[str, Any]:
    """Return a file's metadata: its alt text, and neither a date nor versions."""
    return {
        "svg": {"Date": None, "Creator": None, "Title": alt},
        "pdf": {
            "CreationDate": None,
            "Creator": None,
            "Producer": None,
            "Title": alt,
            "Subject": alt,
        },
        "png": {"Software": None, "Description": alt},
    }[form]


def plot_figure(draw: Callable[..., None], look: Look, *, size: float = 1.0) -> Any:
    """Return a figure with the plot that `draw(axes)` draws; its type does not grow with it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(FIGURE[0] * size, FIGURE[1] * size), layout="constrained")
    axes = figure.subplots()
    draw(axes)
    if look.title is not None:
        axes.set_title(look.title, parse_math=False)
    return figure


def figure_file(
    figures: Iterable[Callable[[], Any]], form: str, look: Look, alt: str, *, dpi: float = POINTS
) -> bytes:
    """Return a file with these figures, a PDF with a page for each; the bytes never change."""
    import matplotlib
    from matplotlib.backends.backend_pdf import PdfPages

    out, ground = io.BytesIO(), "none" if look.ground is None else look.colours["paper"]
    options = {"facecolor": ground, "transparent": look.ground is None}
    with matplotlib.rc_context(settings(look.colours)):
        about = metadata(form, alt)
        pages: Any = PdfPages(out, metadata=about) if form == "pdf" else None
        for make in figures:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # letters that no font has: see _fonts_of
                figure = make()
            with _fonts_of(figure, form):
                if pages:
                    pages.savefig(figure, **options)
                else:
                    figure.savefig(out, format=form, dpi=dpi, metadata=about, **options)
        if pages:
            pages.close()
    return out.getvalue()


def plot_svg(draw: Callable[..., None], look: Look, alt: str) -> bytes:
    """Return a plot as SVG."""
    size = look.size("svg", FIGURE[0] * POINTS, FIGURE[1] * POINTS)
    svg = figure_file([partial(plot_figure, draw, look)], "svg", look, alt)
    return _described(svg.decode(), alt, size)


def _fonts_of(figure: Any, form: str) -> AbstractContextManager[None]:
    """Give each text the fonts for its letters; an SVG leaves this to the program that shows it."""
    from matplotlib.text import Text

    from coursekit.render.fonts import FIRST, families, one_warning

    texts = figure.findobj(Text)
    letters = "" if form == "svg" else "".join(text.get_text() for text in texts)
    if (fonts := families(letters)) != [FIRST]:
        for text in texts:
            text.set_fontfamily(fonts)
    return one_warning(letters)


def _described(svg: str, alt: str, size: float) -> bytes:
    """Return matplotlib's SVG with its alt text, with a second font, and in another size."""
    width, height = (f"{length * POINTS * size:g}" for length in FIGURE)
    described = f'<svg role="img" aria-label="{escape(alt)}" '
    svg = re.sub(r'width="[\d.]+pt" height="[\d.]+pt"', f'width="{width}" height="{height}"', svg)
    svg = svg.replace("<svg ", described, 1).replace("'DejaVu Sans'", FONTS)
    return svg.replace(" <metadata>", f" <title>{escape(alt)}</title>\n <metadata>", 1).encode()
