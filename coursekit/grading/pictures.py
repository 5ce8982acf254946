"""Pictures in written answers: only bitmaps, as data URIs of a bounded size, checked twice.

A stored answer is its text, and then each picture's name with its data URI, or with the reason why
it is not shown. A browser runs no code in these types of pictures, unlike in SVG.
"""

import re
from base64 import b64decode
from collections.abc import Iterable, Iterator
from typing import NamedTuple

SIGNATURES = {  # type → how its data begin
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
}
MAX_CHARACTERS = 4_000_000  # of all pictures of an answer: 3 MB of data
DATA_URI = re.compile(r"data:([\w.+/-]{0,100});base64,([A-Za-z0-9+/=\s]*)")
INLINE = re.compile(r"(data:image/[\w.+-]+;base64,)[A-Za-z0-9+/=]{100,}")  # as Colab has them
BETWEEN, WITHIN = "\x1e", "\x1f"  # separate pictures, and a name from its content
CONTROL = re.compile(f"[{BETWEEN}{WITHIN}]")


class Picture(NamedTuple):
    """A picture's name, and its data URI or why it is not shown."""

    name: str
    content: str

    @property
    def is_shown(self) -> bool:
        """Whether a browser may show it."""
        return self.content.startswith("data:")


def checked(name: str, uri: str, room: int = MAX_CHARACTERS) -> Picture:
    """Return a picture that a browser may show, or one with the reason why it is not shown.

    >>> checked("a.svg", "data:image/svg+xml;base64,PHN2Zz4=").content
    'it is a file of type image/svg+xml'
    """
    match = DATA_URI.fullmatch(uri)
    mime, data = (match[1], "".join(match[2].split())) if match else ("", "")
    if mime not in SIGNATURES:
        why = f"it is a file of type {mime}" if mime else "it is damaged"
    elif len(data) > room:
        why = f"the pictures of this answer have more than {MAX_CHARACTERS:,} characters"
    elif len(data) % 4 or not b64decode(data[:64]).startswith(SIGNATURES[mime]):
        why = "it is damaged"
    else:
        return Picture(_plain(name), f"data:{mime};base64,{data}")
    return Picture(_plain(name), why)


def with_pictures(text: str, pictures: Iterable[tuple[str, str]]) -> str:
    """Return a stored answer: its text, and its pictures by name and data URI."""
    parts, room = [_plain(text)], MAX_CHARACTERS
    for name, uri in pictures:
        picture = checked(name, uri, room)
        room -= len(picture.content) if picture.is_shown else 0
        parts.append(f"{picture.name}{WITHIN}{picture.content}")
    return BETWEEN.join(parts)


def without_pictures(answer: str) -> str:
    """Return the text of a stored answer."""
    return answer.partition(BETWEEN)[0]


def pictures_of(answer: str) -> Iterator[Picture]:
    """Yield the pictures of a stored answer, each checked again."""
    for part in answer.split(BETWEEN)[1:]:
        name, _, content = part.partition(WITHIN)
        yield checked(name, content) if content.startswith("data:") else Picture(name, content)


def cut_out(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Return a text without the data of its inline pictures, and those pictures."""
    found = [(f"picture {k}", match[0]) for k, match in enumerate(INLINE.finditer(text), 1)]
    return INLINE.sub(r"\1…", text), found


def _plain(text: str) -> str:
    return CONTROL.sub("", text)
