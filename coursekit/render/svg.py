"""Write a scene as SVG: with classes for a live view, with plain attributes for every program."""

from dataclasses import dataclass
from html import escape

from coursekit.layout.curves import Curve
from coursekit.render.files import Look
from coursekit.render.palette import THEMES
from coursekit.render.scene import (
    CORNER,
    SHIFTS,
    Circle,
    Group,
    Polygon,
    Rect,
    Scene,
    Shape,
    Stroke,
    Text,
    with_halo,
)
from coursekit.render.styles import FONTS, style_of
from coursekit.render.text import px
from coursekit.typeset.label_widths import SMALL


def live_svg(scene: Scene, alt: str) -> str:
    """Return the picture of a live view; its parts have classes, and its groups data-vertex, ….

    It scales with the page, within limits.
    """
    width, _ = scene.size
    limits = f"max-width:{width * 1.25:.0f}px;min-width:{min(width, 520) * 0.62:.0f}px"
    head = f'<svg class="ck-graph" {_head(scene)} aria-label="{escape(alt)}" style="{limits}">'
    pen = _Pen({name: f"var(--{name})" for name in THEMES["light"]}, classes=True)
    return "\n".join([head, *map(pen.live_group, scene.groups), END])


def file_svg(scene: Scene, look: Look, alt: str) -> bytes:
    """Return a picture for any program: each colour is written out, and `alt` is its title."""
    width, height = scene.size
    size = look.size("svg", width, height)
    sides = f'width="{px(width * size)}" height="{px(height * size)}"'
    parts = [f'<svg {_head(scene)} {sides} font-family="{FONTS}">', f"<title>{escape(alt)}</title>"]
    pen = _Pen(look.colours, classes=False)
    if look.ground:
        parts.append(pen.element(Rect(*scene.frame[:2], width, height, "ground"), ()))
    parts += map(pen.group, scene.groups)
    return "\n".join([*parts, END, ""]).encode()


END = "</svg>"


def _head(scene: Scene) -> str:
    left, top, *_ = scene.frame
    box = " ".join(map(px, (left, top, *scene.size)))
    return f'xmlns="http://www.w3.org/2000/svg" role="img" viewBox="{box}"'


@dataclass(frozen=True, slots=True)
class _Pen:
    """Writes elements whose look is a class, or attributes in these colours."""

    colours: dict[str, str]
    classes: bool

    def live_group(self, group: Group) -> str:
        """Return a group that a view finds by its data and repaints by its classes."""
        marks = " ".join(filter(None, (group.kind, *group.states)))
        data = f' data-{group.kind}="{group.index}"' if group.kind else ""
        inside = "".join(self.element(shape, group.states) for shape in group.shapes)
        return f'<g class="{marks}"{data}>{_title(group)}{inside}</g>'

    def group(self, group: Group) -> str:
        """Return a group's shapes, together if they have a title."""
        shapes = [each for shape in group.shapes for each in with_halo(shape)]
        inside = "".join(self.element(shape, group.states) for shape in shapes)
        return f"<g>{_title(group)}{inside}</g>" if group.title else inside

    def element(self, shape: Shape, states: tuple[str, ...]) -> str:
        look = self._class(shape) if self.classes else self._attributes(shape, states)
        match shape:
            case Circle(x, y, r):
                return f'<circle cx="{px(x)}" cy="{px(y)}" r="{px(r)}" {look}/>'
            case Rect(x, y, width, height, part):
                sides = f'width="{px(width)}" height="{px(height)}"'
                corner = "" if part == "ground" else f'rx="{CORNER:g}" '
                return f'<rect x="{px(x)}" y="{px(y)}" {sides} {corner}{look}/>'
            case Stroke(curve):
                return f'<path d="{_path(curve)}" {look}/>'
            case Polygon(points):
                corners = " ".join(f"{px(x)},{px(y)}" for x, y in points)
                return f'<polygon points="{corners}" {look}/>'
            case Text(x, y):
                x -= shape.width / 2 if self._is_flush(shape) else 0
                return f'<text x="{px(x)}" y="{px(y)}" {look}>{self._spans(shape)}</text>'

    def _class(self, shape: Shape) -> str:
        size = shape.size if isinstance(shape, Text) else 0
        return f'class="{shape.part}"' + (f' style="font-size:{size:.3g}px"' if size else "")

    def _attributes(self, shape: Shape, states: tuple[str, ...]) -> str:
        style = style_of(shape.part, states)
        look = {"fill": self._ink(style.fill)}
        if style.stroke:
            look |= {"stroke": self._ink(style.stroke), "stroke-width": f"{style.width:g}"}
            look |= {"stroke-dasharray": style.dash} if style.dash else {}
        if isinstance(shape, Text):
            look["font-size"] = f"{shape.height:.3g}"
            look |= {"font-weight": "bold"} if style.bold else {}
            if self._is_flush(shape):
                look["xml:space"] = "preserve"
            elif shape.centred:
                look["text-anchor"] = "middle"
        return _attributes(look)

    def _is_flush(self, text: Text) -> bool:
        """Return whether a centred text begins at a place: LibreOffice centres each span alone."""
        return not self.classes and text.centred and len(text.spans) > 1

    def _ink(self, name: str | None) -> str:
        return self.colours[name] if name else "none"

    def _spans(self, text: Text) -> str:
        """Return a text's spans; an index is smaller, and what follows it returns to the line."""
        parts, level = [], 0.0
        for span in text.spans:
            shift = SHIFTS[span.shift] * text.height
            look = {
                "dy": f"{shift - level:.3g}" if shift != level else "",
                "font-size": f"{text.height * SMALL:.3g}" if shift else "",
                "font-style": "italic" if span.italic else "",
                "font-weight": "bold" if span.bold else "",
                "fill": self._ink(span.ink) if span.ink else "",
            }
            look = {name: value for name, value in look.items() if value}
            letters = escape(span.text)
            parts.append(f"<tspan {_attributes(look)}>{letters}</tspan>" if look else letters)
            level = shift
        return "".join(parts)


def _attributes(look: dict[str, str]) -> str:
    return " ".join(f'{name}="{value}"' for name, value in look.items())


def _title(group: Group) -> str:
    return f"<title>{escape(group.title)}</title>" if group.title else ""


def _path(curve: Curve) -> str:
    points = [[f"{px(x)},{px(y)}" for x, y in segment] for segment in curve]
    return f"M{points[0][0]} " + " ".join(f"C{' '.join(rest)}" for _, *rest in points)
