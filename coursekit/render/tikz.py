r"""Write scenes as TikZ: a Beamer slide's own fonts, an overlay for each frame, names to draw over.

The styles are `coursekit/vertex`, `coursekit/lit edge` and so on. A document that defines one of
them, or a colour such as `ckvalue`, before it reads the file, keeps its own.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from coursekit.layout.curves import Curve, Point
from coursekit.render.files import Look
from coursekit.render.scene import Circle, Group, Polygon, Rect, Scene, Stroke, Text
from coursekit.render.styles import STYLES, Style
from coursekit.render.text import px
from coursekit.typeset.spans import Span, latex_spans, plain_spans

NAMES = {"body": "vertex", "line": "edge"}  # of styles, where TikZ has a usual word
SIZES = ((14, r"\Large"), (12.5, r"\large"), (0, r"\normalsize"))  # of type, by units
NUMBER = re.compile(r"(−?)(\d+(?:\.\d+)?)(?:e(−?)(\d+))?")
SIGNS = {"–": "--", "∞": r"$\infty$", "−∞": r"$-\infty$", "undefined": "undefined"}
UNSAFE = re.compile(r"[^A-Za-z0-9]+")


def tikz(scenes: Sequence[Scene], look: Look, alt: str) -> bytes:
    r"""Return a tikzpicture for `\input`, in which each scene is an overlay of Beamer."""
    width, height = scenes[-1].size
    size = look.size("tex", width, height)
    pen = _Pen(size)
    for frame, scene in enumerate(scenes, 1):
        pen.draw(scene, frame)
    comment = "\n".join(f"% {line}" for line in [alt.replace("\n", " "), USES])
    left, top, right, bottom = scenes[-1].frame
    lines = [
        comment,
        *_styles(look),
        rf"\begin{{tikzpicture}}[coursekit, x={size:.4g}pt, y=-{size:.4g}pt]",
        rf"\useasboundingbox {_point((left, top))} rectangle {_point((right, bottom))};",
        *pen.lines(len(scenes)),
        r"\end{tikzpicture}",
    ]
    return "\n".join([*lines, ""]).encode()


OWN = r"\providecommand\ckstyle[2]{\pgfkeysifdefined{/tikz/#1/.@cmd}{}{\tikzset{#1/.style={#2}}}}"
USES = r"In the preamble: \usepackage{tikz,amsmath,amssymb} \usetikzlibrary{arrows.meta}"


@dataclass(slots=True)
class _Pen:
    """Collects the commands of all frames, and in which frames each is drawn."""

    size: float
    frames: dict[tuple[int, int, int, str], list[int]] = field(default_factory=dict)

    def draw(self, scene: Scene, frame: int) -> None:
        """Add a frame's commands: its edges, the highlighted ones, its vertices, its labels."""
        names = _node_names(scene)
        for group in scene.groups:
            layer = {"edge": 1 + ("lit" in group.states), "vertex": 3}.get(group.kind, 4)
            for k, command in enumerate(self._commands(group, names)):
                self.frames.setdefault((layer, group.index, k, command), []).append(frame)

    def lines(self, frames: int) -> Iterator[str]:
        r"""Yield each command, in \only if some frames lack it."""
        keys = sorted(self.frames, key=lambda key: key[:3])  # stable: in order of appearance
        for key in keys:
            shown, command = self.frames[key], key[3]
            yield command if len(shown) == frames else rf"\only<{_ranges(shown)}>{{{command}}}"

    def _commands(self, group: Group, names: dict[int, str]) -> Iterator[str]:
        name = names.get(group.index, "")
        for shape in group.shapes:
            style = _style(shape.part, group.states)
            match shape:
                case Circle(x, y, r):
                    sides = f"circle, minimum size={2 * r * self.size:.4g}pt"
                    yield rf"\node[{style}, {sides}] ({name}) at {_point((x, y))} {{}};"
                case Rect(x, y, width, height, "body"):
                    across, down = (f"{side * self.size:.4g}pt" for side in (width, height))
                    sides = f"minimum width={across}, minimum height={down}"
                    centre = _point((x + width / 2, y + height / 2))
                    yield rf"\node[{style}, {sides}] ({name}) at {centre} {{}};"
                case Rect(x, y, width, height):
                    corner = _point((x + width, y + height))
                    yield rf"\path[{style}] {_point((x, y))} rectangle {corner};"
                case Stroke(curve):
                    tip = next((p.points[0] for p in group.shapes if isinstance(p, Polygon)), None)
                    yield rf"\draw[{style}] {_path(curve, tip)};"
                case Polygon(points, "badge"):
                    yield rf"\path[{style}] {' -- '.join(map(_point, points))} -- cycle;"
                case Text(x, y, label) if any(span.text for span in label):
                    side = "" if shape.centred else ", anchor=base west"
                    yield rf"\node[{style}{side}] at {_point((x, y))} {{{_text(label)}}};"


def _style(part: str, states: Iterable[str]) -> str:
    """Return the names of a part's styles, the general one first."""
    name = NAMES.get(part, part)
    own = [f"coursekit/{s} {name}" for s in states if f"{s} {part}" in STYLES]
    return ", ".join([f"coursekit/{name}", *own])


def _styles(look: Look) -> Iterator[str]:
    """Yield the colours and the styles, for a document that does not define them."""
    yield OWN
    for name, colour in look.colours.items():
        yield rf"\providecolor{{ck{name}}}{{HTML}}{{{_six(colour)}}}"
    for key, row in STYLES.items():
        *state, part = key.split()
        if part in ("head", "halo", "ground") or state == ["small"]:
            continue
        name = " ".join([*state, NAMES.get(part, part)])
        yield rf"\ckstyle{{coursekit/{name}}}{{{', '.join(_options(part, row, base=not state))}}}"
    yield r"\ckstyle{coursekit}{}"


def _options(part: str, row: Style, *, base: bool) -> Iterator[str]:
    """Yield the options of a style, as TikZ names them."""
    if base and part == "line":
        yield "-{Stealth[length=7pt]}"
    if base and row.size is not None:
        yield "anchor=base, inner sep=1.5pt"
        bold = r"\boldmath" if row.bold else ""
        yield f"font={next(size for least, size in SIZES if row.size > least)}{bold}"
    if base and part == "body":
        yield "inner sep=0pt"
    if row.stroke:
        yield f"draw=ck{row.stroke}"
    if row.fill:
        yield f"{'fill' if part in ('body', 'badge') else 'text'}=ck{row.fill}"
    if base and part == "partial":
        yield "fill=ckpaper"
    if row.width:
        yield f"line width={row.width:g}pt"
    if row.dash:
        on, off = row.dash.split()
        yield f"dash pattern=on {on}pt off {off}pt"


def _text(label: Sequence[Span]) -> str:
    """Return a text for LaTeX: a number, or spans in their colours."""
    plain = plain_spans(label)
    if number := _number(plain):
        return number
    if any(span.ink for span in label):
        return "".join(_coloured(span) for span in label)
    return latex_spans(label)


def _coloured(span: Span) -> str:
    text = latex_spans([span])
    return rf"\textcolor{{ck{span.ink}}}{{{text}}}" if span.ink else text


def _number(text: str) -> str:
    r"""Return a formatted number or shape for LaTeX, or "".

    >>> _number("−0.604"), _number("1.5e−7"), _number("4×3"), _number("–"), _number("x")
    ('$-0.604$', '$1.5\\cdot10^{-7}$', '$4\\times3$', '--', '')
    """
    if text in SIGNS:
        return SIGNS[text]
    if found := NUMBER.fullmatch(text):
        sign, digits, down, power = found.groups()
        times = rf"\cdot10^{{{'-' if down else ''}{power}}}" if power else ""
        return f"${'-' if sign else ''}{digits}{times}$"
    if re.fullmatch(r"\(\d+\)|\d+(×\d+)+", text):
        return f"${text.replace('×', chr(92) + 'times')}$"
    return ""


def _node_names(scene: Scene) -> dict[int, str]:
    """Return a name for each vertex by which a document can draw over it: letters and digits."""
    names: dict[int, str] = {}
    for group in scene.groups:
        if group.kind == "vertex":
            texts = [s for s in group.shapes if isinstance(s, Text) and s.part == "name"]
            name = UNSAFE.sub("", "".join(span.text for text in texts for span in text.spans))
            usable = name and name not in names.values()
            names[group.index] = name if usable else f"v{group.index}"
    return names


def _path(curve: Curve, tip: Point | None) -> str:
    parts = [_point(curve[0][0])]
    for k, (_, one, two, end) in enumerate(curve):
        last = tip if tip and k == len(curve) - 1 else end
        parts.append(f".. controls {_point(one)} and {_point(two)} .. {_point(last)}")
    return " ".join(parts)


def _point(at: Point) -> str:
    return f"({px(at[0])},{px(at[1])})"


def _ranges(frames: Sequence[int]) -> str:
    """Return frames as Beamer writes them.

    >>> _ranges([1, 2, 3, 5])
    '1-3,5'
    """
    runs: list[list[int]] = []
    for frame in frames:
        if runs and frame == runs[-1][-1] + 1:
            runs[-1].append(frame)
        else:
            runs.append([frame])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)


def _six(colour: str) -> str:
    digits = colour.removeprefix("#")
    return (digits if len(digits) == 6 else "".join(2 * digit for digit in digits)).upper()
