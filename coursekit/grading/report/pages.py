"""The file names of students' pages; a student's name is never used as a path."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from urllib.parse import quote

MAX_NAME = 120  # bytes; file systems allow 255, and Windows 260 for the whole path
DIGEST = 12  # hexadecimal digits
# a hidden file on Unix, or a device on Windows, whatever the ending is
RESERVED = re.compile(r"\.|(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def page_names(students: Iterable[str]) -> dict[str, str]:
    """Return the name of each student's page; they differ on every file system.

    A long name is cut. It gets a digest, as do names that differ only in upper and lower case.

    >>> page_names(["Ada", "Émile", "NUL.", "bo", "Bo"])
    {'Ada': 'Ada.html', 'Émile': '%C3%89mile.html', 'NUL.': '%4EUL..html', \
'bo': 'bo~3d099d0f13df.html', 'Bo': 'Bo~e52e1ceda3c7.html'}
    """
    names = {student: _quoted(student) for student in students}
    taken = Counter(name.lower() for name in names.values())
    return {
        student: f"{name if _is_plain(name, taken) else _cut(name, student)}.html"
        for student, name in names.items()
    }


def _quoted(student: str) -> str:
    """Return a name in ASCII, from which `unquote` makes the student's name."""
    name = quote(student, safe="").replace("~", "%7E")
    return f"%{ord(name[0]):02X}{name[1:]}" if RESERVED.match(name) else name


def _is_plain(name: str, taken: Counter[str]) -> bool:
    return len(name) <= MAX_NAME and taken[name.lower()] == 1


def _cut(name: str, student: str) -> str:
    start = re.sub(r"%.?$", "", name[: MAX_NAME - DIGEST - 1])
    return f"{start}~{hashlib.sha256(student.encode()).hexdigest()[:DIGEST]}"
