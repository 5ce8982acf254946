"""Find which module of a package imports which, by parsing the source without running it."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

AT_ONCE, IN_A_FUNCTION, FOR_TYPES = "at once", "in a function", "for types"


class Import(NamedTuple):
    module: str  # "engine.graph", without the package's name
    imported: str
    when: str  # AT_ONCE, IN_A_FUNCTION or FOR_TYPES (under TYPE_CHECKING)


def modules(package: Path) -> dict[str, Path]:
    """Return the path of each module; for a package, the path of its __init__.py.

    The package's own __init__.py is omitted, because it re-exports everything. So is a package of
    the same name inside this one, which is a stub.
    """
    paths = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        if name and package.name not in parts:
            paths[name] = path
    return paths


def imports(package: Path) -> list[Import]:
    """Return each import of one module by another, once for each value of `when`."""
    known = modules(package)
    edges = {}
    for module, path in known.items():
        is_folder = path.name == "__init__.py"
        for node, when in _import_statements(ast.parse(path.read_text(encoding="utf-8"))):
            for target in _targets(node, package.name, module, is_folder):
                imported = _longest_known(target, known)
                if imported and imported != module:
                    edges[Import(module, imported, when)] = None
    return list(edges)


def cycles(edges: list[Import]) -> list[list[str]]:
    """Return each group of modules that import one another in a cycle."""
    into: dict[str, set[str]] = {}
    for edge in edges:
        into.setdefault(edge.module, set()).add(edge.imported)
        into.setdefault(edge.imported, set())
    reach = {module: _reachable(module, into) for module in into}
    groups = {
        frozenset({m, *(other for other in reach[m] if m in reach[other])})
        for m in into
        if m in reach[m]
    }
    return sorted((sorted(group) for group in groups), key=len, reverse=True)


def _reachable(start: str, into: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(into[start])
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            waiting += into[module]
    return seen


def _import_statements(tree: ast.Module) -> Iterator[tuple[ast.Import | ast.ImportFrom, str]]:
    waiting: list[tuple[ast.AST, str]] = [(tree, AT_ONCE)]
    while waiting:
        node, when = waiting.pop()
        match node:
            case ast.Import() | ast.ImportFrom():
                yield node, when
            case ast.If(test=ast.Name("TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                waiting += [(child, FOR_TYPES) for child in node.body]
                waiting += [(child, when) for child in node.orelse]
            case _:
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                    when = IN_A_FUNCTION
                waiting += [(child, when) for child in ast.iter_child_nodes(node)]


def _targets(
    node: ast.Import | ast.ImportFrom, package: str, module: str, is_folder: bool
) -> Iterator[str]:
    """Yield the imported modules and names, as dotted names below the package."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    else:
        base = node.module or ""
        if node.level:
            here = [package, *module.split(".")]
            above = here[: len(here) - node.level + is_folder]
            base = ".".join([*above, base] if base else above)
        names = [f"{base}.{alias.name}" for alias in node.names]
    for name in names:
        if name.startswith(f"{package}."):
            yield name.removeprefix(f"{package}.")


def _longest_known(target: str, known: dict[str, Path]) -> str:
    while target and target not in known:
        target = target.rpartition(".")[0]
    return target
