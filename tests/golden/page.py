"""The parts of messages.md: generate each one again, and read it from the file."""

from collections.abc import Callable, Iterator
from pathlib import Path

from tests.golden import checks, commands, desk, graphs, platforms
from tests.golden.provoke import Section

PAGE = Path(__file__).with_name("messages.md")
PARTS: dict[str, Callable[[], Iterator[Section]]] = {
    "Graphs and pictures": graphs.sections,
    "Checks of exercises": checks.sections,
    "The command line": commands.sections,
    "Learning platforms": platforms.sections,
    "The marking desk": desk.sections,
}
HEAD = """# Every message

Every message that students, instructors and lecturers can get from coursekit. `make messages`
triggers each of them and records it here: read this page to proofread the messages, and its diff
to review changes. Indented lines are the user's input; lines that begin with `>` are the response.
"""


def generated(part: str) -> str:
    """Return a part of the page, generated again."""
    return "\n".join([f"# {part}\n", *map(str, PARTS[part]())])


def committed(part: str) -> str:
    """Return a part of the page as the repository has it."""
    text = PAGE.read_text(encoding="utf-8")
    start = text.index(f"\n# {part}\n") + 1
    ends = [text.find(f"\n# {other}\n", start) for other in PARTS]
    return text[start : min((end for end in ends if end > 0), default=len(text))]
