"""Imports go downwards only, and `import coursekit` stays light."""

import ast
import subprocess
import sys
import tokenize
from io import StringIO
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = [
    ["errors"],
    ["sandbox.guest"],
    ["sandbox.host"],
    ["distribution"],
    ["engine.location", "engine.op", "engine.linearization", "engine.order"],
    ["engine.operations"],
    ["engine.tape.arrays", "engine.tape.structure", "engine.vertex"],
    ["engine.tape.forward"],
    ["engine.graph"],
    ["engine.gradients", "programs.program", "algorithms.differences", "engine.watch"],
    ["programs.flat"],
    [
        "algorithms.derivatives",
        "algorithms.elimination",
        "algorithms.checkpoints",
        "algorithms.nonfinite",
    ],
    ["algorithms.jacobians"],
    ["examples", "tracing", "networks"],
    ["render.text", "render.dot"],
    ["render.layout", "render.diagram"],
    ["render.state"],
    ["render.svg", "render.theme", "render.description"],
    ["render.plot"],
    ["render.picture"],
    ["figures"],
    ["widgets", "course"],
    ["lessons"],
    ["grading"],
    ["cli"],
]
# when they are called: Graph.compile, Program.flat, an operation that is handed an array
UPWARDS = {
    ("engine.graph", "programs.program"),
    ("engine.op", "engine.tape.arrays"),
    ("programs.program", "programs.flat"),
}
LIGHT = {"coursekit", "lazy_loader"}


def floor(module: str) -> int:
    for number, names in enumerate(FLOORS):
        if any(module == name or module.startswith(f"{name}.") for name in names):
            return number
    raise AssertionError(f"{module} has no floor")


def modules():
    for path in sorted((ROOT / "coursekit").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT / "coursekit").with_suffix("").parts)
        if path.name != "__init__.py":
            yield name, path


@pytest.mark.parametrize(("module", "path"), list(modules()), ids=lambda x: str(x))
def test_imports_go_downwards_only(module, path):
    tree = ast.parse(path.read_text())
    # what only a type checker reads may point anywhere
    tree.body = [n for n in tree.body if ast.unparse(n).split(":")[0] != "if TYPE_CHECKING"]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("coursekit."):
            imported = node.module.removeprefix("coursekit.")
            if (module, imported) not in UPWARDS:
                assert floor(imported) <= floor(module), f"{module} imports {imported}"


def test_importing_coursekit_loads_nothing_but_itself():
    code = "import sys; old = set(sys.modules); import coursekit; print(*set(sys.modules) - old)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    ours = {name.split(".")[0] for name in run.stdout.split()}
    assert ours - set(sys.stdlib_module_names) == LIGHT


def test_the_engine_needs_neither_numpy_nor_jupyter():
    code = "import sys; from coursekit import Graph, backprop; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "matplotlib", "IPython", "ipywidgets"} & set(run.stdout.split())


def test_the_engine_is_compact():
    assert sum(map(lines_of_code, (ROOT / "coursekit" / "engine").glob("*.py"))) <= 1000


def lines_of_code(path: Path) -> int:
    """Return how many lines hold code: neither blank, nor comment, nor docstring."""
    silent = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
    source = path.read_text()
    tokens = tokenize.generate_tokens(StringIO(source).readline)
    code = {
        line
        for token in tokens
        if token.type not in silent and token.type != tokenize.ENDMARKER
        for line in range(token.start[0], token.end[0] + 1)
    }
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Module() | ast.ClassDef() | ast.FunctionDef():
                match node.body[:1]:
                    case [ast.Expr(ast.Constant(str())) as docstring]:
                        code -= set(range(docstring.lineno, docstring.end_lineno + 1))
    return len(code)
