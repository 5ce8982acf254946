"""Draw a diagram as SVG: the same input gives the same bytes."""

from html import escape

from coursekit.errors import plural
from coursekit.render.curves import Curve
from coursekit.render.diagram import Diagram
from coursekit.render.layout import Layout, Structure, lay_out
from coursekit.render.text import format_number, px, shorten
from coursekit.render.theme import CSS

PAD = (12, 6)  # margins around the layout
CAPTION = 22  # height of the caption below the layout


def svg(diagram: Diagram, *, still: str = "") -> str:
    """Return the picture as SVG.

    A still, described by the text `still`, contains its style sheet and a background. The indices
    in `data-vertex` and `data-edge` let a view find the parts that it repaints.
    """
    layout = lay_out(Structure(len(diagram.names), diagram.edges, small=diagram.small))
    width, height = layout.width + 2 * PAD[0], layout.height + 2 * PAD[1]
    caption = _caption(diagram, layout)
    if caption:
        width, height = max(width, 7 * len(caption)), height + CAPTION
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
    if caption:
        parts.append(_text("caption", 0, layout.height + CAPTION - 8, caption))
    return "\n".join([*parts, "</svg>"])


def _caption(diagram: Diagram, layout: Layout) -> str:
    if not diagram.partials or diagram.small or not layout.unlabelled:
        return diagram.caption
    left_out = plural(layout.unlabelled, "partial")
    return "; ".join(filter(None, [diagram.caption, f"{left_out} not shown, for lack of room"]))


def _edge(k: int, diagram: Diagram, layout: Layout) -> str:
    (x, y), _ = layout.tips[k]
    length, width = layout.arrow
    arrow = f"M{px(x)},{px(y)}l-{px(length)},-{px(width / 2)}v{px(width)}z"
    text, place = "", layout.labels[k]
    if diagram.partials and place:
        text = _text("partial", place[0], place[1] + 4, format_number(diagram.partials[k]))
    mark = " lit" if k in diagram.highlight else ""
    return (
        f'<g class="edge{mark}" data-edge="{k}"><path class="line" d="{_path(layout.curves[k])}"/>'
        f'<path class="head" d="{arrow}"/>{text}</g>'
    )


def _path(curve: Curve) -> str:
    points = [[f"{px(x)},{px(y)}" for x, y in segment] for segment in curve]
    return f"M{points[0][0]} " + " ".join(f"C{' '.join(rest)}" for _, *rest in points)


def _vertex(v: int, diagram: Diagram, layout: Layout) -> str:
    (x, y), (r, _) = layout.vertices[v], layout.extents[v]
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
