"""Draw a diagram as SVG: the same input gives the same bytes."""

from html import escape

from coursekit.render.diagram import Diagram
from coursekit.render.layout import Layout, lay_out
from coursekit.render.text import format_number, px, shorten
from coursekit.render.theme import CSS

PAD = (12, 6)  # margins around the layout
CAPTION = 22  # height of the caption below the layout


def svg(diagram: Diagram, *, still: str = "") -> str:
    """Return the picture as SVG.

    A still, described by the text `still`, contains its style sheet and a background. The indices
    in `data-vertex` and `data-edge` let a view find the parts that it repaints.
    """
    layout = lay_out(len(diagram.names), diagram.edges, small=diagram.small)
    width, height = layout.width + 2 * PAD[0], layout.height + 2 * PAD[1]
    if diagram.caption:
        width, height = max(width, 7 * len(diagram.caption)), height + CAPTION
    # draw highlighted edges above the others
    order = sorted(range(len(diagram.edges)), key=lambda k: k in diagram.highlight)
    box = f"{-PAD[0]} {-PAD[1]} {px(width)} {px(height)}"
    size = f'width="{px(width)}" height="{px(height)}"'
    if not still:  # scales with the page, within limits
        size = f'style="max-width:{width * 1.25:.0f}px;min-width:{min(width, 520) * 0.62:.0f}px"'
    parts = [
        f'<svg class="ck-graph" xmlns="http://www.w3.org/2000/svg" role="img"'
        f' aria-label="{escape(still or diagram.title)}" viewBox="{box}" {size}>'
    ]
    if still:
        ground = f'<rect class="ground" x="{-PAD[0]}" y="{-PAD[1]}" {size}/>'
        parts += [f"<style>{CSS}</style>", ground]
    parts += [_edge(k, diagram, layout) for k in order]
    parts += [_vertex(v, diagram, layout) for v in range(len(diagram.names))]
    if diagram.caption:
        parts.append(_text("caption", 0, layout.height + CAPTION - 8, diagram.caption))
    return "\n".join([*parts, "</svg>"])


def _edge(k: int, diagram: Diagram, layout: Layout) -> str:
    _, head = diagram.edges[k]
    x, y = layout.vertices[head]
    tip = f"M{px(x - layout.radius)},{px(y)}"
    arrow = f"{tip}l-5,-2.5v5z" if diagram.small else f"{tip}l-9,-4v8z"
    text = ""
    if diagram.partials and not diagram.small:
        lx, ly = layout.labels[k]
        text = _text("partial", lx, ly + 4, format_number(diagram.partials[k]))
    mark = " lit" if k in diagram.highlight else ""
    return (
        f'<g class="edge{mark}" data-edge="{k}"><path class="line" d="{layout.curves[k]}"/>'
        f'<path class="head" d="{arrow}"/>{text}</g>'
    )


def _vertex(v: int, diagram: Diagram, layout: Layout) -> str:
    (x, y), r = layout.vertices[v], layout.radius
    marks = " small" if diagram.small else ""
    texts = []
    if not diagram.small:
        if any(v in diagram.edges[k] for k in diagram.highlight):
            marks += " lit"
        if v == diagram.wrong:
            marks += " unfinished"
        texts.append(_inside(x, y, diagram.names[v], diagram.symbols[v]))
        if diagram.values:
            texts.append(_text("value", x, y - r - 7, format_number(diagram.values[v])))
        if diagram.adjoints:
            texts.append(_text("adjoint", x, y + r + 16, format_number(diagram.adjoints[v])))
    return (
        f'<g class="vertex {diagram.kinds[v]}{marks}" data-vertex="{v}">'
        f"<title>{escape(_tooltip(v, diagram))}</title>"
        f'<circle cx="{px(x)}" cy="{px(y)}" r="{px(r)}"/>{"".join(texts)}</g>'
    )


def _inside(x: float, y: float, name: str, symbol: str) -> str:
    size = 32 / min(len(name), 7) + 3 if len(name) > 3 else None  # fits into the circle
    text = _text("name", x, y - 1 if symbol else y + 5, shorten(name, 7), size)
    if symbol:
        text += _text("op", x, y + 12, shorten(symbol, 7), 8 if len(symbol) > 5 else None)
    return text


def _text(kind: str, x: float, y: float, text: str, size: float | None = None) -> str:
    style = "" if size is None else f' style="font-size:{size:.0f}px"'
    return f'<text class="{kind}" x="{px(x)}" y="{px(y)}"{style}>{escape(text)}</text>'


def _tooltip(v: int, diagram: Diagram) -> str:
    """Describe a vertex, for its tooltip and for screen readers."""
    parts = [diagram.names[v]]
    if diagram.values:
        parts.append(f"value {format_number(diagram.values[v])}")
    if diagram.adjoints:
        known = diagram.adjoints[v] is not None
        parts.append(f"adjoint {format_number(diagram.adjoints[v]) if known else 'not computed'}")
    return ", ".join(parts)
