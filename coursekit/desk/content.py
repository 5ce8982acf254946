"""Turn the Markdown of an answer into a tree of plain nodes, which the page shows as text.

A node is a string or a dict. The page builds an element only for the tags below; nothing that a
student wrote is ever parsed as HTML, and no link can be followed.
"""

import base64
import io
import re
import unicodedata
import warnings
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.tree import SyntaxTreeNode
from PIL import Image

from coursekit.desk.formulas import draw_formula
from coursekit.grading.pictures import Picture, pictures_of, without_pictures

Node = str | dict[str, Any]
MAX_FORMULAS = 1_000  # characters of all formulas in an answer
MAX_PIXELS = 50_000_000  # a small file may hold a picture that fills the memory
KINDS = ("PNG", "JPEG", "GIF", "WEBP")
INLINE_NAME = re.compile(r"picture \d+")  # of a picture inside the text
TAGS = {  # Markdown's name → the page's element
    "paragraph": "p", "heading": "strong", "bullet_list": "ul", "ordered_list": "ol",
    "list_item": "li", "blockquote": "blockquote", "em": "em", "strong": "strong", "s": "s",
    "table": "table", "thead": "thead", "tbody": "tbody", "tr": "tr", "th": "th", "td": "td",
    "hr": "hr", "hardbreak": "br",
}  # fmt: skip
FORMULA = re.compile(
    r"\$\$(?P<display>[^$]+)\$\$|\$(?P<inline>[^\s$](?:[^$]*[^\s$\\])?)\$(?!\d)", re.DOTALL
)
# characters that show the text around them in another order, or not at all
HIDDEN = re.compile(r"[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\x00-\x08\x0b-\x1f\x7f-\x9f]")


def visible(text: str) -> str:
    """Return a text in which characters that would hide or reorder others are visible.

    >>> visible("a\\u202eb")
    'a⟨U+202E⟩b'
    """
    return HIDDEN.sub(lambda c: f"⟨U+{ord(c[0]):04X}⟩", text)


def content(stored: str) -> list[Node]:
    """Return the nodes of an answer, which the gradebook stores with its pictures.

    >>> content("*a* <b>")
    [{'tag': 'p', 'of': [{'tag': 'em', 'of': ['a']}, ' <b>']}]
    """
    text = visible(without_pictures(stored).replace("\r\n", "\n"))
    return _Answer(pictures_of(stored)).nodes(SyntaxTreeNode(_parser().parse(text)))


class _Answer:
    """An answer while its nodes are built."""

    def __init__(self, pictures: Iterable[Picture]) -> None:
        self._pictures = list(pictures)  # that have not been shown yet
        self._known = {one.name: one for one in self._pictures}
        self._left = MAX_FORMULAS

    def nodes(self, tree: SyntaxTreeNode) -> list[Node]:
        """Return all nodes; pictures that the text does not show come last."""
        shown = list(self._children(tree))
        return [*shown, *(_picture(one.name, one) for one in self._pictures)]

    def _children(self, tree: SyntaxTreeNode) -> Iterator[Node]:
        for child in tree.children:
            yield from self._node(child)

    def _node(self, tree: SyntaxTreeNode) -> Iterator[Node]:
        match tree.type:
            case "text" | "html_inline" | "html_block" | "text_special":
                yield tree.content
            case "softbreak":
                yield "\n"
            case "code_inline":
                yield {"tag": "code", "of": [tree.content]}
            case "fence" | "code_block":
                yield {"tag": "pre", "of": [tree.content]}
            case "formula" | "formula_block":
                yield self._formula(tree.content, display=bool(tree.meta.get("display")))
            case "image":
                yield self._image(tree)
            case "link":
                yield from self._children(tree)
                address = str(tree.attrs.get("href", ""))
                if address != "".join(child.content for child in tree.children):
                    yield f" ({visible(address)})"
            case kind if kind in TAGS:
                node: Node = {"tag": TAGS[kind], "of": list(self._children(tree))}
                yield {"tag": "p", "of": [node]} if kind == "heading" else node
            case _:
                yield from self._children(tree)

    def _formula(self, source: str, *, display: bool) -> Node:
        self._left -= len(source)
        formula = draw_formula(" ".join(source.split())) if self._left >= 0 else None
        if not formula:
            return {"tag": "code", "of": [f"$${source}$$" if display else f"${source}$"]}
        return {"formula": source, "display": display, **formula._asdict()}

    def _image(self, tree: SyntaxTreeNode) -> Node:
        address, alt = str(tree.attrs.get("src", "")), tree.content
        name, picture = "picture", None
        if address.startswith("data:image/"):
            picture = next((one for one in self._pictures if INLINE_NAME.fullmatch(one.name)), None)
        elif address.startswith("attachment:"):
            name = unquote(address.removeprefix("attachment:"))
            picture = self._known.get(name)
        else:  # elsewhere: nothing is fetched
            return f"⟨{alt or 'picture'}: {visible(address)}⟩"
        if picture in self._pictures:
            self._pictures.remove(picture)
        return _picture(alt or name, picture)


def _picture(alt: str, picture: Picture | None) -> Node:
    """Return a picture, or a text that says why it is not shown."""
    if picture is None:
        return f"⟨{visible(alt)} is missing: open the student's notebook⟩"
    data = picture.content.partition(",")[2] if picture.is_shown else ""
    if kind := raster(base64.b64decode(data)):
        return {"picture": f"data:image/{kind.lower()};base64,{data}", "alt": visible(alt)}
    why = "it is damaged or too large" if data else picture.content
    return f"⟨{visible(alt)} is not shown, because {visible(why)}⟩"


def raster(data: bytes) -> str:
    """Return the kind of a raster picture, or "" if it is anything else or too large."""
    if not data:
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=KINDS)
    except Exception:  # a student's file may break the reader in any way
        return ""
    width, height = image.size
    return str(image.format) if 0 < width * height <= MAX_PIXELS else ""


def plain(text: str) -> str:
    """Return a text without differences in white space: equal answers are marked together.

    >>> plain(" a\\n b")
    'a b'
    """
    return " ".join(unicodedata.normalize("NFC", text).split())


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    setattr(parser, "validateLink", lambda _: True)  # noqa: B010  # addresses are only shown
    parser.inline.ruler.before("escape", "formula", _inline_formula)
    before = ["paragraph", "reference", "blockquote", "list"]
    parser.block.ruler.before("fence", "formula_block", _block_formula, {"alt": before})
    return parser


def _inline_formula(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "$":
        return False
    found = FORMULA.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        token = state.push("formula", "", 0)
        token.content = found["display"] or found["inline"]
        token.meta = {"display": bool(found["display"])}
    state.pos = found.end()
    return True


def _block_formula(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Take the lines from $$ to $$ as one formula, whatever they look like."""
    begin = state.bMarks[start] + state.tShift[start]
    if not state.src.startswith("$$", begin):
        return False
    for line in range(start, end):
        stop = state.eMarks[line]
        text = state.src[begin:stop].strip()
        if text.endswith("$$") and len(text) > 4:
            break
    else:
        return False
    if "$$" in text[2:-2]:
        return False
    if not silent:
        token = state.push("formula_block", "", 0)
        token.content, token.meta = text[2:-2].strip(), {"display": True}
        state.line = line + 1
    return True
