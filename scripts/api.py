"""Write docs/api.md from the docstrings: every public name, by room. `make api`."""

import inspect
import re
from pathlib import Path
from typing import Any

import coursekit
from coursekit import networks
from coursekit.engine.operations import OPS
from coursekit.programs.flat import Flat

PAGE = Path(__file__).parents[1] / "docs" / "api.md"
ROOMS = {
    "Graphs": ["Graph", "Vertex", "trace", "unroll"],
    "At one point": ["Linearization", "linearization", "Edge", "Watched", "first_not_finite"],
    "The two algorithms of the note": [
        "path_sum", "backprop", "paths", "count_paths", "topological_order",
    ],
    "Beyond the note": [
        "forward_mode", "jacobian", "eliminate", "gradient_graph", "hessian_vector",
        "checkpointed", "central_difference",
    ],
    "Programs": ["Program", "Flat"],
    "Pictures and views": [
        "draw", "explore", "show_out", "nudge", "animate", "walk_paths", "album", "order_game",
        "deepen", "layer", "gate", "descent", "quiz", "predict", "figure", "course_map", "progress",
    ],
    "Errors": ["GraphError"],
}  # fmt: skip
INTRODUCTION = """\
# What `import coursekit` offers

Made from the docstrings by `make api`. Values are floats, or numpy arrays of floats; an adjoint
has the shape of its vertex. What a user can get wrong is a `GraphError` with one sentence.
"""
MEMBERS = ("Graph", "Program", "Flat", "Linearization", "Watched")


def page() -> str:
    lines = [INTRODUCTION]
    for room, names in ROOMS.items():
        lines += [f"## {room}", ""]
        for name in names:
            thing = Flat if name == "Flat" else getattr(coursekit, name)
            lines += entry(name, thing)
    lines += ["## Networks", "", "In `coursekit.networks`.", ""]
    for name in networks.__all__:
        lines += entry(name, getattr(networks, name))
    lines += [*operations()]
    return "\n".join(lines).rstrip() + "\n"


def entry(name: str, thing: Any) -> list[str]:
    lines = [f"### `{name}{signature(thing)}`", "", *prose(inspect.getdoc(thing) or ""), ""]
    if name in MEMBERS:
        for member, value in vars(thing).items():
            function = value.fget if isinstance(value, property) else value
            if member.startswith("_") or not inspect.isfunction(function):
                continue
            shown = "" if isinstance(value, property) else signature(function)
            text = " ".join((inspect.getdoc(function) or "").split("\n\n")[0].split())
            if text:
                lines.append(f"- `.{member}{shown}`: {text}")
        lines.append("")
    return lines


def signature(thing: Any) -> str:
    if inspect.isclass(thing) and (
        issubclass(thing, Exception) or thing.__init__ is object.__init__
    ):
        return ""
    found = inspect.signature(thing)
    shown = [p.replace(annotation=p.empty) for p in found.parameters.values() if p.name != "self"]
    text = str(found.replace(parameters=shown, return_annotation=found.empty))
    return re.sub(r"<function (\w+) at \w+>", r"\1", text.replace("mappingproxy({})", "{}"))


def prose(docstring: str) -> list[str]:
    """Return a docstring with its doctest as a block of code."""
    text, mark, example = docstring.partition(">>> ")
    return [
        *text.strip().split("\n"),
        *(["", "```pycon", *f"{mark}{example}".split("\n"), "```"] if mark else []),
    ]


def operations() -> list[str]:
    lines = [
        "## Operations",
        "",
        "Each is a function of the package, of numbers, arrays and vertices alike.",
    ]
    lines += ["", "| | value | derivatives by its arguments; v is the value |", "|---|---|---|"]
    lines += [
        f"| `{op.name}` | `{op.value}` | {', '.join(f'`{p}`' for p in op.partials)} |"
        for op in OPS.values()
        if op.elementwise
    ]
    lines += ["", "Of whole arrays, with what they do to an adjoint g:", ""]
    lines += ["| | value | adjoints of the arguments |", "|---|---|---|"]
    lines += [
        f"| `{op.name}` | `{op.value}`{f', w = `{op.kept}`' if op.kept else ''}"
        f" | {', '.join(f'`{p}`' for p in op.pulls)} |"
        for op in OPS.values()
        if not op.elementwise
    ]
    return lines


if __name__ == "__main__":
    PAGE.write_text(re.sub(r"\n{3,}", "\n\n", page()), encoding="utf-8")
