"""A picture in words: its alt text, and a line for each vertex."""

from collections.abc import Iterator

from coursekit.errors import plural
from coursekit.render.diagram import LONGEST, Diagram
from coursekit.render.text import (
    format_number,
    is_blank,
    is_known,
    join_words,
    shorten,
    unfinished_text,
)

MANY = 6  # labels of edges


def describe(diagram: Diagram) -> str:
    """Return the alt text: the structure, the known numbers, and the highlights."""
    names = _names(diagram)
    sentences = [diagram.title, *_about_parts(diagram, names), *_about_numbers(diagram, names)]
    if diagram.wrong is not None:
        sentences.append(f"Marked as wrong: {names[diagram.wrong]}")
    if diagram.highlight:
        sentences.append(f"Highlighted: {join_words(_edges(diagram, sorted(diagram.highlight)))}")
    return " ".join(f"{sentence}." for sentence in sentences)


def _names(diagram: Diagram) -> list[str]:
    """Return the names in a sentence; a vertex without a name has its symbol."""
    named = zip(diagram.names, diagram.symbols, strict=True)
    return [shorten(name or symbol or "·", LONGEST) for name, symbol in named]


def _edges(diagram: Diagram, some: list[int]) -> list[str]:
    names = _names(diagram)
    return [f"{names[tail]} → {names[head]}" for tail, head in (diagram.edges[k] for k in some)]


def _about_parts(diagram: Diagram, names: list[str]) -> Iterator[str]:
    """Yield what boxes, folded boxes, colours and labels of edges say."""
    for box in diagram.boxes:
        inside = join_words([names[v] for v in box.vertices])
        yield f"Box {shorten(box.title, LONGEST)!r} around {inside}"
    for v, size in enumerate(diagram.sizes):
        if size:
            yield f"{names[v]} is folded: it stands for {plural(size, 'vertex', 'vertices')}"
    for group in dict.fromkeys(filter(None, diagram.colours)):
        inside = join_words([names[v] for v, g in enumerate(diagram.colours) if g == group])
        yield f"In the colour of {shorten(group, LONGEST)!r}: {inside}"
    labelled = [k for k, text in enumerate(diagram.edge_labels) if text]
    for edge, k in zip(_edges(diagram, labelled[:MANY]), labelled, strict=False):
        yield f"On {edge}: {shorten(diagram.edge_labels[k], LONGEST)}"


def _about_numbers(diagram: Diagram, names: list[str]) -> Iterator[str]:
    inputs, losses = diagram.of_kind("input"), diagram.of_kind("loss")
    if diagram.values and losses and is_known(diagram.values[losses[0]]):
        known = [v for v in inputs if not is_blank(diagram.values[v])]
        point = [f"{names[v]} = {format_number(diagram.values[v])}" for v in [*known, losses[0]]]
        yield f"At {join_words(point[:-1])}: {point[-1]}" if known else point[-1]
    known = [v for v, x in enumerate(diagram.adjoints) if is_known(x)]
    if known and losses:
        shown = inputs if set(inputs) <= set(known) else known
        adjoints = _adjoint_texts(diagram)
        yield join_words([adjoints[v] for v in shown])


def rows(diagram: Diagram) -> str:
    """Return a line for each vertex: its formula, its value, and its adjoint if any is known."""
    named = zip(diagram.names, diagram.formulas, strict=True)
    columns = [[" = ".join(filter(None, each)) for each in named]]
    if diagram.values:
        columns.append([format_number(x) for x in diagram.values])
    if any(x is not None for x in diagram.adjoints):
        columns.append(_adjoint_texts(diagram))
    widths = [max(map(len, column), default=0) for column in columns]
    return "\n".join(
        "  ".join(map(str.ljust, line, widths)).rstrip() for line in zip(*columns, strict=True)
    )


def _adjoint_texts(diagram: Diagram) -> list[str]:
    """Return "∂ℓ/∂v = 2" for each vertex; a sum that is not finished ends in "+ …"."""
    names = _names(diagram)
    loss = next((names[v] for v in diagram.of_kind("loss")), "ℓ")
    texts = [
        unfinished_text(x) if v in diagram.unfinished else format_number(x)
        for v, x in enumerate(diagram.adjoints)
    ]
    named = zip(names, texts, strict=True)
    return [f"∂{loss}/∂{name} = {text}" if text else "" for name, text in named]
