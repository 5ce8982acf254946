"""∂ℓ/∂u in the colour of adjoints: the terms of a formula in the colours that pictures use."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from coursekit.typeset.spans import Span

ADJOINTS = {r"∂ℓ/∂\w+′*": "adjoint"}
PARTIALS = {r"∂(?!ℓ)\w+′*/∂\w+′*": "soft"}


def inked(label: Sequence[Span], inks: Mapping[str, str]) -> tuple[Span, ...]:
    """Return a label in which the matches of each pattern have its colour.

    >>> [(span.text, span.ink) for span in inked([Span("∂ℓ/∂u · 2")], ADJOINTS)]
    [('∂ℓ/∂u', 'adjoint'), (' · 2', '')]
    """
    text = "".join(span.text for span in label)
    colours = [""] * len(text)
    for pattern, ink in inks.items():
        for match in re.finditer(pattern, text):
            colours[match.start() : match.end()] = [ink] * len(match[0])
    spans, start = [], 0
    for span in label:
        places = range(start, start + len(span.text))
        for ink, run in groupby(places, key=colours.__getitem__):
            letters = "".join(text[k] for k in run)
            spans.append(replace(span, text=letters, ink=ink or span.ink))
        start += len(span.text)
    return tuple(spans)
