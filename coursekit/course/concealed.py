"""Find what an author has concealed from students in a way that a release does not know.

A release removes what headers, marks and roles say, and nothing else. Whatever else looks as if
students should not see it, because of a tag, a label or HTML that is not shown, is an error.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from coursekit.course.master import Cell

OURS = "coursekit"  # the key in a cell's metadata
SIMILAR = 0.8  # of 1: keys this similar are taken for the same key, misspelt
TAG = re.compile(r"nbgrader|otter|solution|answer|hidden|hide|remove|instructor|teacher|private")
WHO = r"(?:for |only )?(?:the )?(?:instructors?|teachers?|tutors?|graders?|staff)(?: only| notes?)?"
LABEL = re.compile(
    rf"(?:(?:model|sample|reference|possible|our|full) )*(?:solutions?|answers?)|{WHO}"
)
INVISIBLE = re.compile(  # Markdown and HTML that a reader of the page does not see
    r"<!(?!--)|<\?|^\s*\[[^\]]*\]:\s*(?:#|<>)|display:\s*none|visibility:\s*hidden"
    r"|<[a-z][^<>]*\shidden\b[^<>]*>|<(?:template|script|style|noscript)\b",
    re.IGNORECASE,
)
FOREIGN = re.compile(  # marks of other tools, in a comment
    r"#.*\b(?:begin|end)[\s_-]*(?:solution|hidden|answer|tests?|question|prompt|reference|private)"
    r"|#+\s*hidden tests?\b|#\s*assignment config"
)
BINDS = (
    r"^[ \t]*(?:async\s+)?(?:def|class)\s+{0}\b"
    r"|^(?:[\w*][\w \t,*]*)?\b{0}\b[\w \t,*]*(?::[^=\n]*)?=(?!=)"
    r"|globals\(\)\[.{0}.\]\s*=(?!=)"
)
EXPLAINS = r"^[ \t]*(?:async\s+)?def\s+{0}\b(?:(?!^```).)*^\s+return\b"  # a whole solution, in text


class Place(NamedTuple):
    """Something that is concealed: what it is, and its line, counted from 1."""

    what: str
    line: int = 1


def plain(text: str) -> str:
    """Return a text without the differences that cannot be seen.

    >>> plain("＃ Hid\\u200bden")
    '# hidden'
    """
    visible = (c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return "".join(visible).casefold()


def concealed(
    cell: Cell,
    lines: Iterable[tuple[int, str]],
    metadata: Mapping[str, Any],
    exercises: Iterable[str],
) -> Iterator[Place]:
    """Yield what is concealed in a cell of which students would receive these lines."""
    remedy = "remove it, or begin the cell with a header"
    for label in _labels(metadata):
        yield Place(f"students would receive this cell, whose metadata has {label!r}: {remedy}")
    for name, allowed in (("by", ("case",)), ("bonus", (True,))):
        given = cell.fields.get(name, allowed[0]) if isinstance(cell.fields, Mapping) else None
        if cell.role and given not in allowed:
            yield Place(f"unknown {name} {given!r}: write {allowed[0]!r}, or delete it")
    if cell.type == "raw" and cell.role is None:
        yield Place("students would receive this raw cell: make it a text cell, or delete it")
    for number, line in lines:
        if is_label(line, is_code=cell.is_code) or (not cell.is_code and INVISIBLE.search(line)):
            what = f"students would receive {line.strip()!r} and what follows"
            yield Place(f"{what}: put it into a cell with a header, or change the line", number)
    if not cell.is_code:
        for name in exercises:
            if re.search(EXPLAINS.format(re.escape(name)), cell.source, re.MULTILINE | re.DOTALL):
                yield Place(f"students would read this text, which solves {name}: delete it")


def _labels(metadata: Mapping[str, Any]) -> Iterator[str]:
    """Yield tags and keys that other tools take for "students should not see this"."""
    tags = metadata.get("tags", [])
    names = [*map(str, tags)] if isinstance(tags, list) else [str(tags)]
    slide = metadata.get("slideshow")
    if isinstance(slide, Mapping) and slide.get("slide_type") == "notes":
        yield "notes"
    for name in (*names, *metadata):
        is_misspelt = SequenceMatcher(None, name.casefold(), OURS).ratio() >= SIMILAR
        if name != OURS and (is_misspelt or TAG.search(plain(name))):
            yield name


def is_label(line: str, *, is_code: bool) -> bool:
    """Return whether a line only announces a solution, or something for instructors.

    >>> is_label("# Solution:", is_code=True), is_label("# solution of x = 1", is_code=True)
    (True, False)
    >>> is_label("**Solution:** sort first", is_code=False), is_label("## Solution", is_code=False)
    (True, False)
    """
    text = plain(line).strip()
    if is_code and not text.startswith("#"):
        return False
    summary = re.search(r"<summary[^>]*>(.*?)(?:</summary>|$)", text)
    label, colon, _ = (summary[1] if summary else text).partition(":")
    words = " ".join(re.findall(r"\w+", label))
    return bool(LABEL.fullmatch(words)) and (is_code or bool(summary or colon))
