"""Trigger a message, and record the user's input and coursekit's response.

A page of messages is a list of sections with entries, all of which are triggered when the page is
generated. Meanwhile, `raised_at` records where in coursekit/ each of our errors is raised, so that
a test can list the `raise` statements that no entry reaches.
"""

import ast
import linecache
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent, indent
from typing import Any, NamedTuple

import numpy as np

import coursekit
from coursekit import errors

PACKAGE = Path(coursekit.__file__).parent
OURS = ("GraphError", "CommandError", "MasterError")
SETUP = """
g = Graph()
a, b = g.input("a"), g.input("b")
l = g.loss((a + b) * (b + 1))
lin = g.linearize(a=2.0, b=1.0)
"""


class Entry(NamedTuple):
    """The user's input, and coursekit's whole response."""

    typed: str
    answer: str

    def __str__(self) -> str:
        return f"{indent(self.typed, '    ')}\n\n{indent(self.answer, '> ', lambda _: True)}\n"


class Section(NamedTuple):
    """Entries under one heading."""

    heading: str
    entries: list[Entry]

    def __str__(self) -> str:
        return "\n".join([f"## {self.heading}\n", *map(str, self.entries)])


def names() -> dict[str, Any]:
    """Return the names that a student's cell may use: every public name, and numpy."""
    public = {name: getattr(coursekit, name) for name in dir(coursekit) if name[0] != "_"}
    return public | {"np": np, "coursekit": coursekit}


def run(code: str) -> Any:
    """Run a cell as a student would; return the value of its last line."""
    scope = names()
    exec(SETUP, scope)
    linecache.cache["cell.py"] = (len(code), None, code.splitlines(keepends=True), "cell.py")
    *statements, last = ast.parse(code).body
    exec(compile(ast.Module(statements, []), "cell.py", "exec"), scope)
    if isinstance(last, ast.Expr):
        return eval(compile(ast.Expression(last.value), "cell.py", "eval"), scope)
    return exec(compile(ast.Module([last], []), "cell.py", "exec"), scope)


def shown(code: str) -> Entry:
    """Run a cell; return the text that it displays."""
    code = dedent(code).strip()
    return Entry(code, repr(run(code)))


def cell(code: str) -> Entry:
    """Run a cell that must raise one of our errors; return the error message."""
    code = dedent(code).strip()
    try:
        run(code)
    except Exception as error:
        kinds = [kind.__name__ for kind in type(error).__mro__]
        misspelt = type(error) in (ImportError, AttributeError) and "coursekit" in str(error)
        if not {*OURS} & {*kinds} and not misspelt:
            raise AssertionError(f"{code!r} raises {kinds[0]}: {error}") from error
        return Entry(code, str(error))
    raise AssertionError(f"{code!r} raises no error")


@contextmanager
def raised_at() -> Iterator[set[tuple[str, int]]]:
    """Yield a set that collects the file and line of each of our errors as it is created."""
    places: set[tuple[str, int]] = set()
    made = {name: getattr(errors, name).__init__ for name in OURS if hasattr(errors, name)}

    def noting(init: Callable[..., None]) -> Callable[..., None]:
        def note(self: Exception, *arguments: Any, **options: Any) -> None:
            frame = sys._getframe(1)
            while frame.f_locals.get("self") is self and frame.f_back:  # a subclass's __init__
                frame = frame.f_back
            file = Path(frame.f_code.co_filename)
            if file.is_relative_to(PACKAGE):
                places.add((file.relative_to(PACKAGE).as_posix(), frame.f_lineno))
            init(self, *arguments, **options)

        return note

    for name, init in made.items():
        setattr(getattr(errors, name), "__init__", noting(init))  # noqa: B010  # mypy's reading
    try:
        yield places
    finally:
        for name, init in made.items():
            setattr(getattr(errors, name), "__init__", init)  # noqa: B010


def raises() -> Iterator[tuple[str, str, range]]:
    """Yield the file, function and lines of each statement that raises one of our errors."""
    for path in sorted(PACKAGE.rglob("*.py")):
        file = path.relative_to(PACKAGE).as_posix()
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(function, ast.FunctionDef):
                continue
            for node in ast.walk(function):
                match node:
                    case ast.Raise(exc=ast.Call(func=ast.Name(id=name))) if name in OURS:
                        lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
                        yield file, function.name, lines


def plain(html: str) -> str:
    """Return the text of an HTML page, one line per block, without styles and scripts."""
    html = re.sub(r"(?s)<(style|script|title|svg).*?</\1>", "", html)
    html = re.sub(
        r"(?i)</?(p|h\d|tr|li|div|section|summary|table|dt|dd|pre|br)\b[^>]*>", "\n", html
    )
    html = re.sub(r"</t[dh]>", "  ", html)
    lines = (" ".join(line.split()) for line in re.sub(r"<[^>]+>", "", html).splitlines())
    text = "\n".join(line for line in lines if line)
    for name, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"),
                       ("&#34;", '"'), ("&amp;", "&")):  # fmt: skip
        text = text.replace(name, sign)
    return text
