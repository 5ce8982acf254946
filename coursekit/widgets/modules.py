"""Join gate.js, dom.js, … into one ES module, in dependency order, without `import` or `export`.

anywidget loads a view from one ES module that cannot import others. So the modules of a view are
joined here, without a build step. Only these forms are allowed: `import { a, b } from "./c.js"`,
`export` before a declaration, and `export default` in the view's own module. No two modules of a
view may declare the same name.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from posixpath import dirname, join, normpath

from coursekit.engine.formulas import FUNCTIONS
from coursekit.engine.operations import OPS
from coursekit.engine.paths import topological_order
from coursekit.errors import GraphError
from coursekit.render.styles import css

FOLDER = files("coursekit.widgets")
DOC_COMMENT = re.compile(r"^ */\*\*.*?\*/\n", re.M | re.S)  # for editors, not for browsers
IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]+)";\n', re.M)
DECLARATION = re.compile(r"^(export )?((?:async )?(?:function\*?|class|const|let) (\w+))", re.M)
OTHER_FORM = re.compile(r"^(?:import\b|export (?!default )).*", re.M)


@dataclass(frozen=True, slots=True)
class Module:
    """An ES module: its imports by path, its own names and whether each is exported, its body."""

    path: str
    imports: dict[str, list[str]]
    declared: dict[str, bool]
    body: str


def parse_module(path: str, text: str) -> Module:
    """Parse the module at `path`, which is relative to the `widgets` folder.

    >>> module = parse_module("lib/b.js", 'import { a } from "./a.js";\\nexport const b = a + 1;')
    >>> module.imports, module.declared, module.body
    ({'lib/a.js': ['a']}, {'b': True}, 'const b = a + 1;')
    """
    text = DOC_COMMENT.sub("", text)
    imports = {
        normpath(join(dirname(path), target)): re.findall(r"[^\s,]+", names)
        for names, target in IMPORT.findall(text)
    }
    text = IMPORT.sub("", text)
    declared = {name: bool(export) for export, _, name in DECLARATION.findall(text)}
    text = DECLARATION.sub(r"\2", text)
    if other := OTHER_FORM.search(text):
        raise GraphError(f"{path}: use named imports and exports only, not {other[0]!r}")
    return Module(path, imports, declared, text.strip())


def read_source(path: str) -> str:
    """Return a module's source, including the table that Python appends to some modules."""
    text = FOLDER.joinpath(path).read_text(encoding="utf-8")
    return f"{text}{TABLES[path]()}" if path in TABLES else text


def modules_of(view: str, read: Callable[[str], str] = read_source) -> list[Module]:
    """Return the modules of a view, each after the modules that it imports."""
    modules: dict[str, Module] = {}
    waiting = [view]
    for path in waiting:  # the loop appends to it
        if path not in modules:
            modules[path] = parse_module(path, read(path))
            waiting += modules[path].imports
    for module in modules.values():
        for target, names in module.imports.items():
            if missing := [name for name in names if not modules[target].declared.get(name)]:
                raise GraphError(f"{module.path}: {target} does not export {missing[0]}")
    try:
        order = topological_order(modules, lambda path: modules[path].imports)
    except GraphError as error:
        raise GraphError(f"the modules of {view} import one another: {error}") from None
    return [modules[path] for path in reversed(order)]


def join_modules(view: str, read: Callable[[str], str] = read_source) -> str:
    """Return the ES module of a view, with everything that it imports.

    >>> texts = {"a.js": "export const a = 1;"}
    >>> texts["b.js"] = 'import { a } from "./a.js";\\nexport default a;'
    >>> print(join_modules("b.js", texts.__getitem__), end="")
    // a.js
    const a = 1;
    // b.js
    export default a;
    """
    declared: dict[str, str] = {}
    parts = []
    for module in modules_of(view, read):
        for name in module.declared:
            if name in declared:
                raise GraphError(f"{module.path} and {declared[name]} both declare {name}")
            declared[name] = module.path
        if module.path != view and re.search("^export default", module.body, re.M):
            raise GraphError(f"{module.path}: only a view's own module may have a default export")
        parts.append(f"// {module.path}\n{module.body}\n")
    return "".join(parts)


def view_esm(kind: str) -> str:
    """Return the ES module of a kind of view, such as "gate", with all operations so far."""
    return _view_esm(kind, tuple(OPS))


@cache
def _view_esm(kind: str, _: tuple[str, ...]) -> str:
    return join_modules(f"{kind}.js")


@cache
def view_css(kind: str) -> str:
    """Return the style sheet of a kind of view: the picture's, then those of its modules."""
    names = [module.path.removesuffix(".js") for module in modules_of(f"{kind}.js")]
    styles = [FOLDER.joinpath(f"{name}.css") for name in names]
    return css() + "".join(style.read_text(encoding="utf-8") for style in styles if style.is_file())


def operation_entries() -> str:
    """Return JavaScript that fills the operations table: the formulas are valid in both languages.

    >>> print(operation_entries().splitlines()[4][:61])
      OPS.add = { symbol: "+", infix: true, value: (x, y, z) => x
    """
    functions = ", ".join(name for name in FUNCTIONS if name not in ("where", "sigmoid", "nan"))
    lines = [
        f"const {{ {functions} }} = Math;",
        "const where = (c, x, y) => c > 0 ? x : y, nan = NaN;",
        "const sigmoid = (x) => exp(min(x, 0)) / (1 + exp(-abs(x)));",
    ]
    for op in OPS.values():
        if op.elementwise:
            symbol, infix = json.dumps(op.symbol, ensure_ascii=False), json.dumps(op.infix)
            partials = ", ".join(f"(x, y, z, v) => {partial}" for partial in op.partials)
            lines.append(
                f"OPS.{op.name} = {{ symbol: {symbol}, infix: {infix},"
                f" value: (x, y, z) => {op.value}, partials: [{partials}] }};"
            )
    return "\n  ".join(["{", *lines]) + "\n}\n"


TABLES: dict[str, Callable[[], str]] = {
    "lib/operations.js": operation_entries,
}
