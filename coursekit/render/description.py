"""A picture in words: its alt text, and the lines that a terminal prints."""

from coursekit.render.diagram import Diagram
from coursekit.render.state import State
from coursekit.render.text import format_number, join_words


def describe(drawn: Diagram, state: State) -> str:
    """Return the picture in words: alt text, and what a terminal prints."""
    text = f"{drawn.title}."
    sources = [v for v, kind in enumerate(drawn.kinds) if kind == "input"]
    losses = [v for v, kind in enumerate(drawn.kinds) if kind == "loss"]
    if state.values and losses:
        at = join_words([f"{drawn.names[v]} = {format_number(state.values[v])}" for v in sources])
        text += f" At {at}: {drawn.names[losses[0]]} = {format_number(state.values[losses[0]])}."
    known = [v for v in sources if state.adjoints and state.adjoints[v] is not None]
    if known and losses:
        of = drawn.names[losses[0]]
        found = [f"∂{of}/∂{drawn.names[v]} = {format_number(state.adjoints[v])}" for v in known]
        text += f" {join_words(found)}."
    if state.wrong is not None:
        text += f" Marked as wrong: {drawn.names[state.wrong]}."
    if state.highlight:
        ends = [drawn.edges[k] for k in sorted(state.highlight)]
        lit = [f"{drawn.names[tail]} → {drawn.names[head]}" for tail, head in ends]
        text += f" Lit: {join_words(lit)}."
    return text


def rows(drawn: Diagram, state: State) -> str:
    """Return a line for each vertex: how it is computed, its value, its adjoint if one is known."""
    formulas = [
        f"{name} = {formula}" if formula else name
        for name, formula in zip(drawn.names, drawn.formulas, strict=True)
    ]
    columns = [formulas]
    if state.values:
        columns.append([format_number(x) for x in state.values])
    if any(x is not None for x in state.adjoints):
        of = drawn.names[drawn.kinds.index("loss")] if "loss" in drawn.kinds else "ℓ"
        columns.append(
            [
                f"∂{of}/∂{name} = {format_number(x)}"
                for name, x in zip(drawn.names, state.adjoints, strict=True)
            ]
        )
    widths = [max(map(len, column), default=0) for column in columns]
    lines = zip(*columns, strict=True)
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
