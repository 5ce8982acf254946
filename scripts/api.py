"""`make api`: write docs/api.md from the docstrings, and list the operations in the stub."""

import inspect
import re
from pathlib import Path
from typing import Any

import coursekit
from coursekit import networks
from coursekit.engine.formulas import ARGUMENTS
from coursekit.engine.op import Op
from coursekit.engine.operations import OPS
from coursekit.programs.flat import Flat

ROOT = Path(__file__).parents[1]
PAGE, STUB = ROOT / "docs" / "api.md", ROOT / "coursekit" / "__init__.pyi"
MARK = "# the operations of the table, written by `make api`\n"
OWN_OPERATIONS = "Operations of your own"
USUAL_NAMES = "Derivatives of a function, by their usual names"
TOPICS = {
    USUAL_NAMES: ["gradient", "value_and_gradient", "jvp", "vjp", "hessian", "check_gradients"],
    "Graphs": ["Graph", "Vertex", "trace", "unroll"],
    "Graphs at one point": [
        "Linearization", "linearization", "Edge", "Watched", "first_not_finite",
    ],
    "The two algorithms": [
        "path_sum", "backprop", "paths", "count_paths", "topological_order",
    ],
    "Beyond the two algorithms": [
        "forward_mode", "jacobian", "eliminate", "gradient_graph", "hessian_vector",
        "checkpointed", "central_difference",
    ],
    "Sequences of arrays": ["concatenate", "stack"],
    OWN_OPERATIONS: ["define"],
    "Programs": ["Program", "Flat"],
    "Pictures and views": [
        "draw", "draw_network", "explore", "show_out", "nudge", "animate", "walk_paths", "album",
        "order_game", "deepen", "layer", "gate", "descent", "quiz", "predict", "figure", "steps",
        "course_map", "progress",
    ],
    "Errors": ["GraphError"],
}  # fmt: skip
INTRODUCTION = """\
# The public names of coursekit

Generated from the docstrings by `make api`; do not edit. A value is a float or a numpy array of
floats; an adjoint has the shape of its vertex. If you misuse one of these functions, it raises a
`GraphError` whose message says what is wrong and what to do.

Numbers raise, and arrays carry on: where Python's arithmetic fails (`log(-1.0)`, `exp(1000.0)`,
`1 / 0`, the derivative of `sqrt` at 0), a graph of numbers raises a `GraphError` that names the
vertex, and a graph with an array in it yields ∞ or NaN, as numpy does but without its warnings.
An ∞ or NaN that you pass in is a number like any other, to both. `first_not_finite` finds the
vertex where the first ∞ or NaN arises. An unrolled graph computes with numbers, and so does
`hessian`: they raise.
"""
NOTES = {
    USUAL_NAMES: """\
Each takes an ordinary function of numbers or arrays; no graph is needed.

| JAX, PyTorch (`torch.func`) or autograd | here |
|---|---|
| `grad(f)(x)` | `gradient(f)(x)`; several arguments give a tuple |
| `value_and_grad(f)(x)` | `value_and_gradient(f)(x)` |
| `jvp(f, (x,), (v,))`, `make_jvp(f)(x)(v)` | `jvp(f, x, v)`; one argument needs no tuple |
| `vjp(f, x)`, `make_vjp(f)(x)` | `vjp(f, x)` |
| `hessian(f)(x)` | `hessian(f)(x)` |
| `jacobian(f)(x)`, `jacfwd`, `jacrev` | `jacobian(lin, inputs, outputs)`, which chooses the mode |
| `check_grads(f, x, …)`, `gradcheck` | `check_gradients(f, x)`, which names the wrong partial |
| `hvp`, `jvp(grad(f), …)` | `hessian_vector(graph, inputs, direction)` |
| `loss.backward()`, then `x.grad` | `backprop(lin)[x]`: adjoints are returned, not stored |
""",
    OWN_OPERATIONS: """\
One line adds an operation to the table below, with its label in pictures, its compiled form and its
second derivative:

```python
from coursekit import define

swish = define("swish", "swish", "x * sigmoid(x)", "sigmoid(x) + v * sigmoid(-x)")
```
""",
}
WITH_MEMBERS = ("Graph", "Program", "Flat", "Linearization", "Watched")


def page() -> str:
    lines = [INTRODUCTION]
    for topic, names in TOPICS.items():
        lines += [f"## {topic}", "", NOTES.get(topic, "")]
        for name in names:
            lines += entry(name, Flat if name == "Flat" else getattr(coursekit, name))
    lines += ["## Networks", "", "Import these from `coursekit.networks`.", ""]
    for name in networks.__all__:
        lines += entry(name, getattr(networks, name))
    lines += operations()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


def stub() -> str:
    """Return the package's stub, with one line per operation in the table."""
    names, _, _ = STUB.read_text(encoding="utf-8").partition(MARK)
    return names + MARK + "".join(f"{name}: Op\n" for name in OPS)


def entry(name: str, thing: Any) -> list[str]:
    lines = [f"### `{name}{signature(thing)}`", "", *prose(inspect.getdoc(thing) or ""), ""]
    return [*lines, *members(thing), ""] if name in WITH_MEMBERS else lines


def members(kind: type) -> list[str]:
    """Return a list item for each method and property: the first paragraph of its docstring."""
    items = []
    for name, member in vars(kind).items():
        function = member.fget if isinstance(member, property) else member
        docstring = inspect.getdoc(function) if inspect.isfunction(function) else None
        if docstring and not name.startswith("_"):
            arguments = "" if isinstance(member, property) else signature(function)
            summary = " ".join(docstring.split("\n\n")[0].split())
            items.append(f"- `.{name}{arguments}`: {summary}")
    return items


def signature(thing: Any) -> str:
    """Return the arguments without their types, for example "(lin, *, seed=1)"."""
    if inspect.isclass(thing) and (
        issubclass(thing, Exception) or thing.__init__ is object.__init__
    ):
        return ""
    full = inspect.signature(thing)
    arguments = [p.replace(annotation=p.empty) for p in full.parameters.values()]
    arguments = [p for p in arguments if p.name != "self"]
    text = str(full.replace(parameters=arguments, return_annotation=full.empty))
    return re.sub(r"<function (\w+) at \w+>", r"\1", text.replace("mappingproxy({})", "{}"))


def prose(docstring: str) -> list[str]:
    """Return the lines of a docstring, with its doctest as a code block."""
    text, mark, example = docstring.partition(">>> ")
    example = example.replace("<BLANKLINE>", "").rstrip()
    code = ["", "```pycon", *f"{mark}{example}".split("\n"), "```"] if mark else []
    return [*text.strip().split("\n"), *code]


def call(op: Op) -> str:
    """Return a call of an operation, with its defaults: "sum(x, axis=None, keepdims=False)"."""
    arguments = [*ARGUMENTS[: op.arity]]
    if op.default is not None:
        arguments[-1] += f"={op.default}"
    return f"{op.name}({', '.join([*arguments, *(f'{k}={x}' for k, x in op.settings.items())])})"


def operations() -> list[str]:
    return [
        "## Operations",
        "",
        "Each operation is a function of the package that accepts numbers, arrays and vertices.",
        "",
        "| | value v | derivative with respect to each argument |",
        "|---|---|---|",
        *(
            f"| `{call(op)}` | `{op.value}` | {codes(op.partials)} |"
            for op in OPS.values()
            if op.elementwise
        ),
        "",
        "These operate on whole arrays; g is the adjoint of the value. The functions in the",
        "formulas, such as `spread` and `scatter`, are in `coursekit/engine/tape/`.",
        "",
        "| | value | adjoint of each argument |",
        "|---|---|---|",
        *(
            f"| `{call(op)}` | `{op.value}`{f', where w = `{op.common}`' if op.common else ''}"
            f" | {codes(op.pulls)} |"
            for op in OPS.values()
            if not op.elementwise
        ),
    ]


def codes(formulas: tuple[str, ...]) -> str:
    return ", ".join(f"`{formula}`" for formula in formulas)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    STUB.write_text(stub(), encoding="utf-8")
