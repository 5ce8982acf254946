"""The file and line of the user's code that built a vertex, for error messages."""

import linecache
import sys
from pathlib import Path

KIT = str(Path(__file__).parents[1])


def user_location() -> tuple[str, int]:
    """Return the file and line of the innermost caller outside the kit."""
    frame = sys._getframe(2)
    while frame.f_back and frame.f_code.co_filename.startswith(KIT):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def describe_location(file: str, line: int) -> str:
    """Describe a location with its line of code: "lesson.py, line 3: c = a + b"."""
    code = linecache.getline(file, line).strip()
    return f"{Path(file).name}, line {line}" + (f": {code}" if code else "")
