"""messages.md, part by part: each is provoked anew, and is compared with what stands there."""

from collections.abc import Callable, Iterator
from pathlib import Path

from tests.golden import checks, commands, graphs
from tests.golden.provoke import Section

PAGE = Path(__file__).with_name("messages.md")
PARTS: dict[str, Callable[[], Iterator[Section]]] = {
    "Graphs and pictures": graphs.sections,
    "Checks of exercises": checks.sections,
    "The command line": commands.sections,
}
HEAD = """# Every message, provoked

What coursekit answers to students, instructors and lecturers. `make messages` does each of these
things for real and writes down the answer: read the page to proofread the product, and see a
changed message in its diff. What was typed stands indented; what coursekit answered follows `>`.
"""


def provoked(part: str) -> str:
    """Return a part of the page, made anew."""
    return "\n".join([f"# {part}\n", *map(str, PARTS[part]())])


def written(part: str) -> str:
    """Return a part of the page as it stands in the repository."""
    text = PAGE.read_text(encoding="utf-8")
    start = text.index(f"\n# {part}\n") + 1
    ends = [text.find(f"\n# {other}\n", start) for other in PARTS]
    return text[start : min((end for end in ends if end > 0), default=len(text))]
