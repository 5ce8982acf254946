"""Find the names that a code cell defines, without running it.

A name may be defined (a function, a class, an import, another name for a function), assigned (any
other value), or only bound, as `paths` is by a stub, or by `paths = paths(graph)`, which uses the
function and defines nothing.
"""

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

MAX_PARSED = 100_000  # characters in a cell: Python's parser may use a kilobyte for each
CELL_MAGIC = re.compile(r"\s*%%(\w+)")
PYTHON_MAGICS = ("time", "capture", "prun")  # cell magics that run the cell in the notebook
# a line that is not Python: %matplotlib inline, files = !ls, help?
MAGIC = re.compile(r"^([ \t]*(?:\w[\w., ]*=[ \t]*)?)(?:[%!?].*|[\w.]+\?+)$", re.MULTILINE)

Function = ast.FunctionDef | ast.AsyncFunctionDef
Assignment = ast.Assign | ast.AnnAssign | ast.NamedExpr
Inner = Function | ast.ClassDef | ast.Lambda
Inner |= ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp  # have names of their own


class Names(NamedTuple):
    """The names that a cell binds at its top level."""

    defined: frozenset[str] = frozenset()
    assigned: frozenset[str] = frozenset()
    bound: frozenset[str] = frozenset()  # all of them, the others, and names that are deleted


@lru_cache(maxsize=1024)  # one student's cells: each exercise examines all of them
def names_of(source: str) -> Names:
    """Return the names that a cell binds; none if it is huge or not valid Python.

    >>> names_of("def f(x): ...").defined
    frozenset({'f'})
    >>> names_of("f = f(2)").defined, names_of("f = f(2)").bound
    (frozenset(), frozenset({'f'}))
    """
    defined: set[str] = set()
    assigned: set[str] = set()
    bound: set[str] = set()
    for node in _top_level(parse(source)):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                (bound if _is_stub(node) else defined).add(name)
            case ast.ClassDef(name=name):
                defined.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names = {alias.asname or alias.name for alias in aliases}
                # the kit's own function is not an answer, unless there is no other
                (assigned if _is_ours(node) else defined).update(names)
            case ast.Assign() | ast.AnnAssign() | ast.NamedExpr():
                both, weak = _assignment(node)
                defined |= both
                assigned |= weak
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                bound.add(name)
    return Names(frozenset(defined), frozenset(assigned), frozenset(bound | defined | assigned))


def parse(source: str) -> ast.Module:
    """Return a cell's syntax tree, without its magics; an empty one if it is not valid Python."""
    magic = CELL_MAGIC.match(source)
    if len(source) <= MAX_PARSED and (not magic or magic[1] in PYTHON_MAGICS):
        for text in (source, MAGIC.sub(r"\1None", source)):
            try:
                return ast.parse(text)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
    return ast.Module([], [])


def _top_level(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a tree that are not inside a function, a class or a comprehension."""
    left = [tree]
    while left:
        node = left.pop()
        yield node
        if not isinstance(node, Inner):
            left.extend(ast.iter_child_nodes(node))


def _assignment(node: Assignment) -> tuple[set[str], set[str]]:
    """Return the names that an assignment defines, and those to which it assigns a value."""
    defined: set[str] = set()
    assigned: set[str] = set()
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    for target, value in _pairs([(target, node.value) for target in targets]):
        names = {n.id for n in ast.walk(target) if isinstance(n, ast.Name)}
        parts = list(_top_level(value))
        functions = [part.func for part in parts if isinstance(part, ast.Call)]
        called = {function.id for function in functions if isinstance(function, ast.Name)}
        read = {part.id for part in parts if isinstance(part, ast.Name) and part not in functions}
        if isinstance(value, ast.Name | ast.Attribute) or any(
            isinstance(part, ast.Lambda) for part in parts
        ):
            read = names  # another name for a function, or a new function
        defined |= names & read - called  # also wrapped, as in f = cache(f)
        assigned |= names - read - called
    return defined, assigned


def _pairs(
    left: list[tuple[ast.expr, ast.expr | None]],
) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield each target with its value; `f, g = a, b` has two, and `f: int` has none."""
    while left:
        match left.pop():
            case (ast.Tuple(elts=targets), ast.Tuple(elts=values)) if len(targets) == len(values):
                left += zip(targets, values, strict=True)
            case (target, ast.expr() as value):
                yield target, value


def _is_stub(node: Function) -> bool:
    """Return whether a function only raises NotImplementedError."""
    *docstring, last = node.body
    return (
        isinstance(last, ast.Raise)
        and "NotImplementedError" in ast.dump(last)
        and all(isinstance(one, ast.Expr) for one in docstring)
    )


def _is_ours(node: ast.Import | ast.ImportFrom) -> bool:
    module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
    return module.partition(".")[0] == "coursekit"
