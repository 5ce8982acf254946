"""Modules import only from lower floors and never in a cycle, and the package loads fast."""

import subprocess
import sys

import pytest

from tests.support import ROOT
from tests.support.imports import AT_ONCE, Import, cycles, imports, modules

PACKAGE = ROOT / "coursekit"
# A package imports from the floors below its own, never from a sibling on the same floor.
FLOORS = [
    "errors sandbox.guest",
    "engine.blocks engine.values engine.tape.reductions",
    "distribution sandbox.host engine.formulas engine.linearization engine.tape.losses",
    "engine.paths engine.sums engine.watch engine.tape.functions",
    "engine.tape.arrays",
    "engine.gradients engine.op engine.tape.steps",
    "engine.operations engine.tape.columns",
    "engine.names engine.sequences engine.tape.array_sweeps",
    "engine.tape.sweeps engine.numpy_names",
    "engine.vertex",
    "engine.graph",
    "programs algorithms tracing",
    "calls",
    "functions checking",
    "definitions",
    "examples networks",
    "typeset",
    "layout",
    "render",
    "recording",
    "figures films widgets course",
    "lessons grading",
    "platforms desk",
    "cli",
]
EXCEPTIONS = {
    ("engine.graph", "algorithms.symbolic"): "Graph.symbolic is a method, like Graph.compile",
    ("algorithms.expressions", "typeset.formula_text"): "an expression is printed by a method",
    ("algorithms.expressions", "algorithms.substitution"): "and substituted by one",
    ("algorithms.expressions", "algorithms.symbolic"): "and expanded by one",
    ("engine.graph", "programs.program"): "Graph.compile is a method; it imports only when called",
    ("engine.op", "engine.operations"): "an operation is pickled by name; it imports when loaded",
    ("engine.vertex", "engine.graph"): "for a type checker: a vertex belongs to a Graph",
}
MODULES = modules(PACKAGE).items()
EDGES = imports(PACKAGE)


def place(module: str) -> tuple[int, str]:
    """Return a module's floor, and the entry of FLOORS that covers the module."""
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
    assert upwards <= EXCEPTIONS.keys(), "move shared code down, or add an exception above"


def test_no_modules_import_each_other_in_a_cycle():
    assert cycles([e for e in EDGES if (e.module, e.imported) not in EXCEPTIONS]) == []


def test_every_exception_is_needed_and_none_is_imported_at_load_time():
    assert EXCEPTIONS.keys() <= {(e.module, e.imported) for e in EDGES}, "remove stale exceptions"
    assert not EXCEPTIONS.keys() & {(e.module, e.imported) for e in EDGES if e.when == AT_ONCE}


def test_the_guest_imports_nothing_else_from_coursekit():
    guest = [e for e in EDGES if e.module.startswith("sandbox.guest")]
    assert [e for e in guest if not e.imported.startswith("sandbox.guest")] == []


def test_importing_coursekit_loads_nothing_but_itself():
    code = "import sys; old = set(sys.modules); import coursekit; print(*set(sys.modules) - old)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    ours = {name.split(".")[0] for name in run.stdout.split()}
    assert ours - set(sys.stdlib_module_names) == {"coursekit"}


def test_the_engine_needs_neither_numpy_nor_jupyter():
    code = """
import sys
from coursekit import backprop, central_difference, eliminate, examples, hessian_vector, jacobian
g, at = examples.example(), {"a": 2.0, "b": 1.0}
lin = g.linearize(**at)
backprop(lin), eliminate(lin, lin.vertices[2:4]), jacobian(lin, lin.vertices[:2], [lin.loss])
g.compile()(**at), hessian_vector(g, at, {"a": 1.0}), central_difference(sum, [1.0], 0)
print(*sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "matplotlib", "IPython", "ipywidgets"} & set(run.stdout.split())


def test_the_files_that_implement_the_course_are_short():
    files = ("operations", "graph", "linearization", "gradients")
    texts = [(PACKAGE / "engine" / f"{name}.py").read_text(encoding="utf-8") for name in files]
    assert sum(len(text.splitlines()) for text in texts) <= 475
