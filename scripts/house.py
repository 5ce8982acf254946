"""`make house`: draw the packages of coursekit and their imports, with coursekit's own pictures.

An edge leads from a package to one that imports it. An edge is omitted if a longer path implies it.
The picture is docs/house.svg.
"""

import sys
from collections import Counter
from pathlib import Path

from coursekit.engine.paths import topological_order
from coursekit.render.diagram import Diagram
from coursekit.render.picture import Picture, picture_of

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.imports import AT_ONCE, IN_A_FUNCTION, imports, modules  # needs the path above

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "coursekit"
HOUSE = ROOT / "docs" / "house.svg"
CAPTION = "An edge leads from a package to its importer; circles show the number of files."
HIDDEN = ("distribution",)  # not drawn: it only holds the name of the distribution
DIVIDED = ("sandbox",)  # packages whose folders are drawn separately


def unit(module: str) -> str:
    """Return the package that a module belongs to."""
    first, *rest = module.split(".")
    return f"{first}/{rest[0]}" if first in DIVIDED and rest else first


def files() -> Counter[str]:
    """Return the number of Python and JavaScript files in each package."""
    python = Counter(unit(name) for name in modules(PACKAGE) if name not in DIVIDED)
    return python + Counter(path.relative_to(PACKAGE).parts[0] for path in PACKAGE.rglob("*.js"))


def arrows() -> set[tuple[str, str]]:
    """Return pairs (imported package, importing package), without type-checking imports.

    An import in a function counts, unless the imported package imports this one at load time.
    """
    pairs = {
        when: {(unit(i.imported), unit(i.module)) for i in imports(PACKAGE) if i.when == when}
        for when in (AT_ONCE, IN_A_FUNCTION)
    }
    back = {(v, u) for u, v in pairs[AT_ONCE]}
    return {(u, v) for u, v in pairs[AT_ONCE] | pairs[IN_A_FUNCTION] - back if u != v}


def reduced(edges: set[tuple[str, str]], order: list[str]) -> list[tuple[str, str]]:
    """Return the edges, without those that a longer path implies."""
    above: dict[str, set[str]] = {}  # package → the packages that a path from it leads to
    necessary = []
    for u in reversed(order):
        above[u] = set()
        for v in order[order.index(u) + 1 :]:  # nearest first
            if (u, v) in edges and v not in above[u]:
                necessary.append((u, v))
                above[u] |= {v, *above[v]}
    return necessary


def house() -> Picture:
    """Return the picture of all packages."""
    count, edges = files(), arrows()
    names = sorted(count.keys() - HIDDEN)
    order = list(topological_order(names, lambda u: [v for v in names if (u, v) in edges]))
    kept = reduced(edges, order)
    place = {name: k for k, name in enumerate(order)}
    heads, tails = {v for _, v in kept}, {u for u, _ in kept}
    diagram = Diagram(
        names=tuple(str(count[name]) for name in order),
        symbols=("",) * len(order),
        kinds=tuple(
            "input" if name not in heads else "inner" if name in tails else "loss" for name in order
        ),
        edges=tuple((place[u], place[v]) for u, v in kept),
        title="The packages of coursekit and their imports",
        formulas=("",) * len(order),
        caption=CAPTION,
        values=order,
    )
    listed = "; ".join(f"{v} imports {u}" for u, v in kept)
    alt = f"The packages of coursekit and their imports: {listed}."
    return picture_of(diagram, alt=alt)


if __name__ == "__main__":
    HOUSE.write_text(house().svg, encoding="utf-8")
