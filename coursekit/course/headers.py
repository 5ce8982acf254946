"""Read a cell's role from a header such as `# check: merge, 1 point`, if it has no metadata.

| first line | may end in | below it |
|---|---|---|
| `# exercise: NAME` | `, bonus` | |
| `# check: NAME, 1 point`, `# hidden: NAME, 2 points` | `, by case` | |
| `# distractor: NAME, the mistake` | | `# hint: …` |
| `<!-- written: NAME, 2 points` in a text cell | | `rubric: … -->` |
"""

import re
from enum import StrEnum
from itertools import takewhile
from typing import Any


class Role(StrEnum):
    """A cell's role in its exercise."""

    ANSWER = "answer"
    CHECK = "check"
    HIDDEN = "hidden"
    DISTRACTOR = "distractor"
    PROSE = "written"


KEYWORDS = {"exercise" if role is Role.ANSWER else role.value: role for role in Role}
MAX_HEADER = 10_000  # characters searched for a header: a hostile notebook's cell may be huge
FIRST_LINE = re.compile(rf"\s*({'|'.join(KEYWORDS)}):\s*(\w+)\s*(?:,(.*))?$")
POINTS = re.compile(r"(\d{1,6}(?:\.\d{1,6})?) points?")
LABELLED = re.compile(r"\s*(hint|rubric):\s*(.*)", re.DOTALL)


def parse_header(cell_type: str, source: str) -> dict[str, Any]:
    """Parse a cell's header into the same form as metadata; return {} if there is no header.

    >>> parse_header("code", "# check: merge, 1 point, by case\\ndef pairs(rng): ...")
    {'role': 'check', 'exercise': 'merge', 'points': 1, 'by': 'case'}
    >>> parse_header("code", "# distractor: f, rest lost\\n# hint: One list is\\n# not used up.")
    {'role': 'distractor', 'exercise': 'f', 'name': 'rest lost', \
'hint': 'One list is not used up.'}
    """
    first, *rest = _comment(cell_type, source[:MAX_HEADER]) or [""]
    header = FIRST_LINE.match(first)
    if not header or (header[1] == "written") is not (cell_type == "markdown"):
        return {}
    fields: dict[str, Any] = {"role": KEYWORDS[header[1]].value, "exercise": header[2]}
    for part in filter(None, (header[3] or "").strip().split(", ")):
        if points := POINTS.fullmatch(part):
            fields["points"] = float(points[1]) if "." in points[1] else int(points[1])
        elif part == "by case":
            fields["by"] = "case"
        elif part == "bonus":
            fields["bonus"] = True
        else:
            fields["name"] = f"{fields['name']}, {part}" if "name" in fields else part
    if text := LABELLED.match(" ".join(line.strip() for line in rest)):
        fields[text[1]] = text[2].strip()
    return fields


def _comment(cell_type: str, source: str) -> list[str]:
    """Return the comment that opens a cell."""
    if cell_type == "markdown":
        comment = re.match(r"\s*<!--(.*?)-->", source, re.DOTALL)
        return comment[1].strip().splitlines() if comment else []
    lines = source.lstrip().splitlines()
    return [line.lstrip("# ") for line in takewhile(lambda line: line.startswith("#"), lines)]
