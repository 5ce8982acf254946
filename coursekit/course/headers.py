"""`# check: merge, 1 point` → a cell's facts, where its metadata is silent.

| first line | then |
|---|---|
| `# exercise: NAME` | `, bonus` |
| `# check: NAME, 1 point` and `# hidden: NAME, 2 points` | `, by case` |
| `# distractor: NAME, what is wrong` | `# hint: …` below it |
| `<!-- written: NAME, 2 points` in a text cell | `rubric: … -->` below it |
"""

import re
from itertools import takewhile
from typing import Any

ROLES = {
    "exercise": "answer",
    "check": "check",
    "hidden": "hidden",
    "distractor": "distractor",
    "written": "written",
}
LONGEST = 10_000  # characters of a cell that are looked at: it may be a stranger's
FIRST = re.compile(rf"\s*({'|'.join(ROLES)}):\s*(\w+)\s*(?:,(.*))?$")
POINTS = re.compile(r"(\d{1,6}(?:\.\d{1,6})?) points?")
SAID = re.compile(r"\s*(hint|rubric):\s*(.*)", re.DOTALL)


def marked(cell_type: str, source: str) -> dict[str, Any]:
    """Return the facts that a cell's first lines state; nothing where they state none.

    >>> marked("code", "# check: merge, 1 point, by case\\ndef pairs(rng): ...")
    {'role': 'check', 'exercise': 'merge', 'points': 1, 'by': 'case'}
    >>> marked("code", "# distractor: merge, rest lost\\n# hint: Of one list\\n# more is left.")
    {'role': 'distractor', 'exercise': 'merge', 'name': 'rest lost', \
'hint': 'Of one list more is left.'}
    """
    first, *rest = _comment(cell_type, source[:LONGEST]) or [""]
    found = FIRST.match(first)
    if not found or (found[1] == "written") is not (cell_type == "markdown"):
        return {}
    facts: dict[str, Any] = {"role": ROLES[found[1]], "exercise": found[2]}
    for part in filter(None, (found[3] or "").strip().split(", ")):
        if points := POINTS.fullmatch(part):
            facts["points"] = float(points[1]) if "." in points[1] else int(points[1])
        elif part == "by case":
            facts["by"] = "case"
        elif part == "bonus":
            facts["bonus"] = True
        else:
            facts["name"] = f"{facts['name']}, {part}" if "name" in facts else part
    if said := SAID.match(" ".join(line.strip() for line in rest)):
        facts[said[1]] = said[2].strip()
    return facts


def _comment(cell_type: str, source: str) -> list[str]:
    """Return the lines of the comment that a cell begins with."""
    if cell_type == "markdown":
        found = re.match(r"\s*<!--(.*?)-->", source, re.DOTALL)
        return found[1].strip().splitlines() if found else []
    lines = source.lstrip().splitlines()
    return [line.lstrip("# ") for line in takewhile(lambda line: line.startswith("#"), lines)]
