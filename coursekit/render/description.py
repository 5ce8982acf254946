"""Describe a picture in words: its alt text, and the lines that a terminal prints."""

from coursekit.render.diagram import Diagram
from coursekit.render.state import State
from coursekit.render.text import format_number, join_words


def describe(diagram: Diagram, state: State) -> str:
    """Return the alt text: the structure, the known numbers, and the highlights."""
    names, inputs, losses = diagram.names, diagram.of_kind("input"), diagram.of_kind("loss")
    sentences = [f"{diagram.title}."]
    if state.values and losses:
        point = join_words([f"{names[v]} = {format_number(state.values[v])}" for v in inputs])
        result = f"{names[losses[0]]} = {format_number(state.values[losses[0]])}"
        sentences.append(f"At {point}: {result}.")
    known = [v for v in inputs if state.adjoints and state.adjoints[v] is not None]
    if known and losses:
        loss = names[losses[0]]
        adjoints = [f"∂{loss}/∂{names[v]} = {format_number(state.adjoints[v])}" for v in known]
        sentences.append(f"{join_words(adjoints)}.")
    if state.wrong is not None:
        sentences.append(f"Marked as wrong: {names[state.wrong]}.")
    if state.highlight:
        ends = [diagram.edges[k] for k in sorted(state.highlight)]
        edges = [f"{names[tail]} → {names[head]}" for tail, head in ends]
        sentences.append(f"Highlighted: {join_words(edges)}.")
    return " ".join(sentences)


def rows(diagram: Diagram, state: State) -> str:
    """Return a line for each vertex: its formula, its value, and its adjoint if any is known."""
    columns = [
        [
            f"{name} = {formula}" if formula else name
            for name, formula in zip(diagram.names, diagram.formulas, strict=True)
        ]
    ]
    if state.values:
        columns.append([format_number(x) for x in state.values])
    if any(x is not None for x in state.adjoints):
        loss = next((diagram.names[v] for v in diagram.of_kind("loss")), "ℓ")
        adjoints = zip(diagram.names, state.adjoints, strict=True)
        columns.append([f"∂{loss}/∂{name} = {format_number(x)}" for name, x in adjoints])
    widths = [max(map(len, column), default=0) for column in columns]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in zip(*columns, strict=True)
    )
