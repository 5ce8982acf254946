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
DYNAMIC = {"exec", "eval", "globals", "setattr", "get_ipython"}  # may define any name
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
    tree = _parsed(source)
    return tree if isinstance(tree, ast.Module) else ast.Module([], [])


def _parsed(source: str) -> ast.Module | Exception | None:
    """Return a cell's syntax tree, its error, or None if it is huge or another program runs it."""
    magic = CELL_MAGIC.match(source)
    if len(source) > MAX_PARSED or (magic and magic[1] not in PYTHON_MAGICS):
        return None
    failure = None
    for text in (source, MAGIC.sub(r"\1None", source)):
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            failure = error
    return failure


def why_undefined(source: str, name: str) -> tuple[str, str] | None:
    """Say why a cell that is meant to define a name does not, and what to do; None if it may.

    >>> why_undefined("%%timeit\\ndef f(): ...", "f")
    ('the first line of its cell is %%timeit, which keeps no definitions', 'delete that line')
    >>> why_undefined("def g(): ...", "f")
    ('its cell defines g instead', 'rename it to f')
    """
    tree = _parsed(source)
    if isinstance(tree, SyntaxError):
        line = f"line {tree.lineno} of " if tree.lineno else ""
        return f"{line}its cell is not valid Python: {tree.msg}", "correct it, then run the cell"
    if tree is None and (magic := CELL_MAGIC.match(source)):
        what = f"the first line of its cell is %%{magic[1]}, which keeps no definitions"
        return what, "delete that line"
    if not isinstance(tree, ast.Module) or name in names_of(source).bound or _is_dynamic(tree):
        return None
    if any(map(_is_unimplemented, tree.body)):
        return None  # the stub of a variable or a class
    if others := sorted(names_of(source).defined):
        return f"its cell defines {' and '.join(others[:3])} instead", f"rename it to {name}"
    return "nothing in its cell defines it", f"define {name} there, outside any class or function"


def _is_dynamic(tree: ast.Module) -> bool:
    """Return whether a cell may define names that are not in its source."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    stars = (node for node in ast.walk(tree) if isinstance(node, ast.alias) and node.name == "*")
    return bool(used & DYNAMIC) or any(stars)


def count_definitions(source: str, name: str) -> int:
    """Return how many functions and classes of a cell's top level have this name.

    >>> count_definitions("def f(): return 1\\ndef f(): return 2", "f")
    2
    """
    return sum(
        not isinstance(node, Function) or not _is_stub(node) for node in _named(source, name)
    )


def stub_line(source: str, name: str) -> int:
    """Return the line on which a cell's last function of a name raises NotImplementedError, or 0.

    >>> stub_line("def f(x):\\n    raise NotImplementedError\\n    return x", "f")
    2
    """
    for node in _named(source, name)[-1:]:
        for statement in node.body:
            if isinstance(statement, ast.Return):
                break  # what follows is never reached
            if _is_unimplemented(statement):
                return statement.lineno
    return 0


def _named(source: str, name: str) -> list[Function | ast.ClassDef]:
    body = parse(source).body
    return [n for n in body if isinstance(n, Function | ast.ClassDef) and n.name == name]


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
    return _is_unimplemented(last) and all(isinstance(one, ast.Expr) for one in docstring)


def _is_unimplemented(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Raise) and "NotImplementedError" in ast.dump(statement)


def _is_ours(node: ast.Import | ast.ImportFrom) -> bool:
    module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
    return module.partition(".")[0] == "coursekit"
