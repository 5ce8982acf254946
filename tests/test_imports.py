"""Imports go downwards only, no circle of modules is left, and `import coursekit` stays light."""

import ast
import subprocess
import sys
import tokenize
from io import StringIO
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.imports import AT_ONCE, Import, cycles, imports, modules

PACKAGE = ROOT / "coursekit"
# A package imports from the floors below its own, never from a sibling on the same floor.
FLOORS = [
    "errors sandbox.guest",
    "distribution sandbox.host engine.location engine.op engine.linearization engine.order",
    "engine.operations engine.watch",
    "engine.vertex",
    "engine.tape",
    "engine.graph engine.gradients",
    "programs algorithms tracing",
    "examples networks",
    "render",
    "figures widgets course",
    "lessons grading",
    "cli",
]
EXCEPTIONS = {
    ("engine.op", "engine.tape.arrays"): "numpy is loaded when an operation is called on an array",
    ("engine.graph", "programs.program"): "Graph.compile is a method; it imports when it is called",
    ("engine.vertex", "engine.graph"): "for types: a vertex belongs to a graph",
    ("engine.tape.forward", "engine.graph"): "for types: a forward pass takes a graph",
    ("engine.tape.structure", "engine.graph"): "for types: a tape is made from a graph",
    ("engine.tape.arrays", "engine.tape.structure"): "for types: the reverse sweep takes a tape",
    ("programs.program", "programs.flat"): "Program.flat is a method; it imports when it is called",
}
MODULES = modules(PACKAGE).items()
EDGES = imports(PACKAGE)
LIGHT = {"coursekit", "lazy_loader"}


def place(module: str) -> tuple[int, str]:
    """Return the floor of a module, and the name under which it stands there."""
    for floor, names in enumerate(FLOORS):
        for name in names.split():
            if module == name or module.startswith(f"{name}."):
                return floor, name
    raise AssertionError(f"{module} has no floor: add it to FLOORS in {__file__}")


def is_downwards(edge: Import) -> bool:
    (floor, name), (below, other) = place(edge.module), place(edge.imported)
    return below < floor or name == other


@pytest.mark.parametrize("module", [m for m, path in MODULES if path.name != "__init__.py"])
def test_imports_go_downwards_only(module):
    upwards = {(e.module, e.imported) for e in EDGES if e.module == module and not is_downwards(e)}
    assert upwards <= EXCEPTIONS.keys(), "move what is shared downwards, or give a reason above"


def test_no_modules_import_one_another_in_a_circle():
    assert cycles([e for e in EDGES if (e.module, e.imported) not in EXCEPTIONS]) == []


def test_every_exception_is_needed_and_none_is_imported_at_once():
    assert EXCEPTIONS.keys() <= {(e.module, e.imported) for e in EDGES}, "remove what is stale"
    assert not EXCEPTIONS.keys() & {(e.module, e.imported) for e in EDGES if e.when == AT_ONCE}


def test_what_runs_beside_a_students_code_imports_nothing_else_of_coursekit():
    guest = [e for e in EDGES if e.module.startswith("sandbox.guest")]
    assert [e for e in guest if not e.imported.startswith("sandbox.guest")] == []


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
