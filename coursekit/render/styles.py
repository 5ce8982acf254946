"""How each part of a picture looks, in each of its states: one table for files and for browsers."""

from dataclasses import dataclass, fields, replace
from functools import cache

from coursekit.render.palette import GROUPS, THEMES


@dataclass(frozen=True, slots=True)
class Style:
    """Colours by their names in the palette, "" for none; lengths in the units of a scene."""

    fill: str | None = None  # None: as the part looks in other states
    stroke: str | None = None
    width: float | None = None
    dash: str | None = None
    size: float | None = None  # of a text
    bold: bool | None = None


# of an edge whose partial is 0.01 or less, …, 1, …, 100 or more: two steps for each factor of 10
WIDTHS = (0.8, 1.2, 1.6, 2.0, 2.4, 3.0, 3.6, 4.3, 5.0)
# a part, or a state of a vertex or edge and the part that it changes; later rows overrule earlier
STYLES = {
    "body": Style(fill="paper", stroke="ink", width=1.4),
    "input body": Style(width=2.4),
    "loss body": Style(width=2.4),
    "small body": Style(fill="ink", stroke="", width=0),
    **{f"{group} body": Style(fill=group) for group in GROUPS},
    **{f"small {group} body": Style(stroke="ink", width=1) for group in GROUPS},
    "gap body": Style(fill="", stroke="", width=0),
    "badge": Style(fill="ink", stroke="paper", width=1.2),
    "line": Style(fill="", stroke="rule", width=1.4),
    "head": Style(fill="rule"),
    **{f"size-{k} line": Style(width=width) for k, width in enumerate(WIDTHS)},
    "zero line": Style(width=WIDTHS[0], dash="1.5 3"),
    "plus line": Style(stroke="plus"),
    "plus head": Style(fill="plus"),
    "minus line": Style(stroke="minus", dash="7 4"),
    "minus head": Style(fill="minus"),
    "box": Style(fill="", stroke="rule", width=1),
    "box-title": Style(fill="soft", size=12),
    "name": Style(fill="ink", size=15),
    "op": Style(fill="soft", size=11),
    "value": Style(fill="value", size=13, bold=True),
    "adjoint": Style(fill="adjoint", size=13, bold=True),
    "partial": Style(fill="soft", size=12),
    "edge-label": Style(fill="ink", size=12),
    "key": Style(fill="ink", size=13),
    "heading": Style(fill="soft", size=13),
    "halo": Style(fill="paper"),
    "ground": Style(fill="paper"),
    "title": Style(fill="ink", size=18),
    "caption": Style(fill="soft", size=13),
    "lit line": Style(stroke="lit", width=4),
    "lit head": Style(fill="lit", stroke="lit", width=2),
    "lit partial": Style(fill="ink", bold=True),
    "lit body": Style(stroke="lit", width=3.6),
    "unfinished adjoint": Style(bold=False),
    "wrong body": Style(stroke="bad", width=4, dash="6 3"),
    "wrong adjoint": Style(fill="bad"),
}
# JupyterLab's names of colours that follow its theme
LAB = {
    "ink": "ui-font-color0",
    "soft": "ui-font-color1",
    "paper": "layout-color0",
    "raised": "layout-color1",
}
FONTS = "'DejaVu Sans', Verdana, sans-serif"  # two fonts of the same widths
HALO = 4  # width of the paper-coloured outline of a number


@cache
def style_of(part: str, states: tuple[str, ...] = ()) -> Style:
    """Return the style of a part of a vertex or edge in some states.

    >>> style_of("body", ("input", "lit")).stroke, style_of("adjoint").fill
    ('lit', 'adjoint')
    """
    style = Style()
    for key, row in STYLES.items():
        *state, changed = key.split()
        if changed == part and set(state) <= set(states):
            changes = {f.name: getattr(row, f.name) for f in fields(row)}
            style = replace(style, **{k: x for k, x in changes.items() if x is not None})
    return style


def css() -> str:
    """Return the style sheet of live pictures; the colours of JupyterLab's theme come first."""
    light, dark = THEMES["light"], THEMES["dark"]
    lab = {n: f"var(--jp-{LAB[n]}, {c})" if n in LAB else c for n, c in light.items()}
    dark = {name: colour for name, colour in dark.items() if name not in LAB}
    places = (".ck-view", ".ck-graph")
    family = f"font-family: var(--jp-ui-font-family, {FONTS});"
    rules = [
        f"{', '.join(places)} {{ {_properties(lab)} {family} }}",
        f"{', '.join(f'[data-jp-theme-light=false] {each}' for each in places)}"
        f" {{ {_properties(dark)} }}",
        ".ck-graph { display: block; height: auto; }",
        ".ck-graph text { text-anchor: middle; font-variant-numeric: tabular-nums;"
        f" paint-order: stroke; stroke: var(--paper); stroke-width: {HALO}px;"
        " stroke-linejoin: round; }",
        ".ck-graph :is(.name, .op, .caption, .key) { stroke: none; }",
        ".ck-graph :is(.caption, .key, .box-title) { text-anchor: start; }",
    ]
    return "\n".join([*rules, *(_rule(key, row) for key, row in STYLES.items())]) + "\n"


def _properties(colours: dict[str, str]) -> str:
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())


def _rule(key: str, row: Style) -> str:
    """Return a row of the table as a rule of CSS."""
    named = {"": "none"} | {name: f"var(--{name})" for name in THEMES["light"]}
    declarations = {
        "fill": None if row.fill is None else named[row.fill],
        "stroke": None if row.stroke is None else named[row.stroke],
        "stroke-width": None if row.width is None else f"{row.width:g}px",
        "stroke-dasharray": row.dash,
        "font-size": None if row.size is None else f"{row.size:g}px",
        "font-weight": None if row.bold is None else "600" if row.bold else "400",
    }
    inside = " ".join(f"{name}: {x};" for name, x in declarations.items() if x is not None)
    return f".ck-graph {' '.join(f'.{each}' for each in key.split())} {{ {inside} }}"
