"""Every colour of a picture, in a light and in a dark theme, for every format."""

import re

from coursekit.errors import GraphError, did_you_mean

# Okabe and Ito's hues, changed until text has a contrast of 4.5:1 on the paper, and the highlight
# one of 3:1 against the paper, the edges and the adjoints
THEMES: dict[str, dict[str, str]] = {
    "light": {
        "ink": "#1b1b1b",
        "soft": "#474747",
        "paper": "#ffffff",
        "raised": "#f6f6f6",
        "rule": "#464646",
        "grid": "#dddddd",
        "value": "#005a96",
        "adjoint": "#872200",
        "lit": "#f26c00",
        "good": "#00694b",
        "bad": "#b3004b",
        "plus": "#1b7837",
        "minus": "#762a83",
        "group-1": "#a8d3f2",
        "group-2": "#ffc56e",
        "group-3": "#96dfbd",
        "group-4": "#efb5d5",
        "group-5": "#efe681",
        "group-6": "#cfcfcf",
    },
    "dark": {
        "ink": "#f2f2f2",
        "soft": "#c8c8c8",
        "paper": "#141414",
        "raised": "#1e1e1e",
        "rule": "#7c7c7c",
        "grid": "#3a3a3a",
        "value": "#56b4e9",
        "adjoint": "#db5837",
        "lit": "#ffe666",
        "good": "#4fd0a5",
        "bad": "#ff8fb8",
        "plus": "#7fce84",
        "minus": "#d3a4e8",
        "group-1": "#123f66",
        "group-2": "#663a00",
        "group-3": "#0b4a38",
        "group-4": "#5a2149",
        "group-5": "#4a4500",
        "group-6": "#3c3c3c",
    },
}
GROUPS = tuple(name for name in THEMES["light"] if name.startswith("group-"))
_HEX = re.compile("#([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)


def colours(theme: str, ground: str | None = "paper") -> dict[str, str]:
    """Return a theme's colours by name; a ground such as "#000" replaces its paper.

    >>> colours("light", "#eee")["paper"]
    '#eee'
    """
    if theme not in THEMES:
        choice = did_you_mean(theme, THEMES) or f": choose {' or '.join(THEMES)}"
        raise GraphError(f"unknown theme {theme!r}{choice}")
    if ground in (None, "paper"):
        return THEMES[theme]
    if not _HEX.fullmatch(str(ground)):
        raise GraphError(f"ground={ground!r}: pass a colour such as '#ffffff', or None for none")
    return THEMES[theme] | {"paper": str(ground)}


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21, as WCAG 2 defines it.

    >>> contrast("#000000", "#ffffff")
    21.0
    """
    dim, bright = sorted(_luminance(each) + 0.05 for each in (one, other))
    return bright / dim


def _luminance(colour: str) -> float:
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in shares]
    return sum(w * x for w, x in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
