"""Measure one checkout, or compare two: sizes, long functions, `Any`, import cycles.

python scripts/measure_house.py               # this checkout
python scripts/measure_house.py BEFORE AFTER  # two checkouts
"""

import ast
import re
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.imports import AT_ONCE, cycles, imports  # needs the path set above

ROOT = Path(__file__).parents[1]
LONG, VERY_LONG = 20, 40  # lines per function
CODE = ("*.py", "*.pyi", "*.js", "*.css")
JS_FUNCTION = re.compile(r"^(?:export )?(?:async )?function\*? \w+|^(?:export )?class ", re.M)


def measures(checkout: Path) -> dict[str, int]:
    """Return name → number for every measurement."""
    package = checkout / "coursekit"
    python = sorted(package.rglob("*.py"))
    functions = [f for path in python for f in function_lengths(path)]
    scripts = sorted(package.rglob("*.js"))
    in_js = [length for path in scripts for length in js_function_lengths(path)]
    text = "\n".join(path.read_text(encoding="utf-8") for path in python)
    edges = imports(package)
    early = [edge for edge in edges if edge.when == AT_ONCE]
    return {
        **lines_of_packages(package),
        "lines of tests/": lines(checkout / "tests"),
        "lines of bench/ (once in tests/)": lines(checkout / "bench"),
        "Python functions": len(functions),
        f"Python functions over {LONG} lines": sum(n > LONG for n in functions),
        f"Python functions over {VERY_LONG} lines": sum(n > VERY_LONG for n in functions),
        f"JavaScript functions over {LONG} lines": sum(n > LONG for n in in_js),
        f"JavaScript functions over {VERY_LONG} lines": sum(n > VERY_LONG for n in in_js),
        "Python files over 250 lines": sum(len(p.read_text().splitlines()) > 250 for p in python),
        "`Any`": len(re.findall(r"\bAny\b", text)),
        "lines with `Any`": sum(bool(re.search(r"\bAny\b", row)) for row in text.splitlines()),
        "`dict[str, Any]`": text.count("dict[str, Any]"),
        "modules": len({edge.module for edge in edges} | {edge.imported for edge in edges}),
        "modules in import cycles": sum(map(len, cycles(edges))),
        "import cycles": len(cycles(edges)),
        "import cycles at import time": len(cycles(early)),
    }


def lines_of_packages(package: Path) -> dict[str, int]:
    """Return the number of lines in each folder of the package, and in its top-level files."""
    totals = Counter({"lines of coursekit/": 0})
    for pattern in CODE:
        for path in package.rglob(pattern):
            parts = path.relative_to(package).parts
            place = f"{parts[0]}/" if len(parts) > 1 else "*.py"
            number = len(path.read_text(encoding="utf-8").splitlines())
            totals[f"lines of coursekit/{place}"] += number
            totals["lines of coursekit/"] += number
    return dict(sorted(totals.items()))


def lines(folder: Path) -> int:
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in folder.rglob("*.py"))


def function_lengths(path: Path) -> list[int]:
    """Return the length of each function in a file, without decorators and docstring."""
    lengths = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            match node.body[0]:
                case ast.Expr(ast.Constant(str())) as docstring:
                    documentation = docstring.end_lineno - docstring.lineno + 1
                case _:
                    documentation = 0
            lengths.append(node.end_lineno - node.lineno + 1 - documentation)
    return lengths


def js_function_lengths(path: Path) -> list[int]:
    """Return the approximate length of each top-level function: the lines up to its closing "}"."""
    text = path.read_text(encoding="utf-8")
    ends = [match.start() for match in re.finditer(r"^}", text, re.M)]
    lengths = []
    for match in JS_FUNCTION.finditer(text):
        end = next((end for end in ends if end > match.start()), match.start())
        lengths.append(text.count("\n", match.start(), end) + 1)
    return lengths


def main(checkouts: list[str]) -> None:
    columns = [measures(Path(checkout)) for checkout in checkouts or [str(ROOT)]]
    names = list(dict.fromkeys(name for column in columns for name in column))
    names.sort(key=lambda name: not name.startswith("lines of coursekit"))  # sizes first
    print("| |" + " before | after | change |" if len(columns) == 2 else "| |" + " now |")
    print("|---|" + "---:|" * (3 if len(columns) == 2 else 1))
    for name in names:
        row = [column.get(name, 0) for column in columns]
        if len(row) == 2:
            row.append(f"{row[1] - row[0]:+}")
        print(f"| {name} | " + " | ".join(map(str, row)) + " |")


if __name__ == "__main__":
    main(sys.argv[1:])
