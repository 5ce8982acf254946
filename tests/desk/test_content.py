"""What a student wrote is shown as text, formulas and raster pictures, and is never HTML."""

import io
import json
import zlib
from struct import pack

import pytest
from PIL import Image

from coursekit.desk.content import MAX_FORMULAS, TAGS, content, plain, raster, visible
from coursekit.desk.formulas import MAX_CHARACTERS, draw_formula
from coursekit.grading.pictures import with_pictures
from tests.support import ROOT
from tests.support.desk import data_uri

HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "a <b onclick=x>b</b>",
    "[x](javascript:alert(1))", "<javascript:alert(1)>", "[x]: javascript:alert(1)\n\n[x]",
    "![x](javascript:alert(1))", "![x](http://example.org/a.png)", "![x](//example.org/a.svg)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)", "![x](data:text/html,<script>)",
    "<svg onload=alert(1)>", "<!-- x -->", "<iframe srcdoc='<script>'>", "<style>*{display:none}",
    "```html\n<script>\n```", "| a |\n|---|\n| <b> |", "&lt;script&gt;&#x3c;b>", "<a\nhref=x>",
]  # fmt: skip


def picture(kind, size=(4, 3)):
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, kind)
    return out.getvalue()


def uri(kind):
    return data_uri(picture(kind), kind.lower())


def leaves(nodes):
    for node in nodes:
        yield node
        yield from leaves(node.get("of", ())) if isinstance(node, dict) else ()


def text_of(nodes):
    return "".join(node for node in leaves(nodes) if isinstance(node, str))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_answer_is_text(text):
    nodes = list(leaves(content(text)))
    known = {"tag", "of"}, {"formula", "display", "path", "left", "top", "width", "height"}
    assert all(isinstance(node, str) or set(node) in known for node in nodes)
    tags = {node["tag"] for node in nodes if isinstance(node, dict)}
    assert tags <= {*TAGS.values(), "code", "pre", "p"}


def test_a_link_is_shown_with_its_address_and_leads_nowhere():
    [node] = content("[here](javascript:alert(1)) and <https://a.example/x>")
    assert text_of([node]) == "here (javascript:alert(1)) and https://a.example/x"


def test_markdown_becomes_elements():
    nodes = content(
        "# H\n\n*a* **b** `c` ~~d~~\n\n- e\n\n1. f\n\n> g\n\n| h |\n|---|\n| i |\n\n---\n"
    )
    tags = [node["tag"] for node in leaves(nodes) if isinstance(node, dict)]
    assert {"strong", "em", "code", "s", "ul", "ol", "li", "blockquote", "table", "td", "hr"} <= {
        *tags
    }
    assert "".join(text_of(nodes).split()) == "Habcdefghi"


def test_the_page_builds_exactly_the_elements_that_occur():
    script = (ROOT / "coursekit/desk/page/nodes.js").read_text(encoding="utf-8")
    listed = script.partition('("')[2].partition('")')[0].split()
    assert {*listed} == {*TAGS.values(), "code", "pre"}


def test_characters_that_reorder_or_hide_text_are_visible():
    assert visible("a\u202eb\u2066c\x00d") == "a⟨U+202E⟩b⟨U+2066⟩c⟨U+0000⟩d"
    assert visible("שלום\tn\n") == "שלום\tn\n"
    assert "\u202e" not in json.dumps(content("[\u202ex](\u202ey) ![\u202e](attachment:\u202e)"),
                                      ensure_ascii=False)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("$x^2$", ["x^2"]), ("a $x$, $y$.", ["x", "y"]), ("$$x$$", ["x"]),
        ("$5 and $6", []), (r"\$5 and 6\$", []), ("$ x $", []), ("`$x$`", []),
        ("$$\na\n- b\n$$\n\nc", ["a\n- b"]), ("$a_1*b_2*c$", ["a_1*b_2*c"]), ("$x$5", []),
        ("- $$x$$", ["x"]), ("$$x$$ and $$y$$", ["x", "y"]), ("$$x", []), ("$$$$", []),
    ],
)  # fmt: skip
def test_formulas_are_found(text, sources):
    nodes = leaves(content(text))
    assert [node["formula"] for node in nodes if isinstance(node, dict) and "formula" in node] == (
        sources
    )


@pytest.mark.parametrize(
    "source",
    [
        r"\begin{aligned}a\end{aligned}", r"\unknown", "{" * 100, r"\frac{" * 80, "漢字",
        r"x\hspace{9999999}x", "x" * (MAX_CHARACTERS + 1), r"\ ", "x^x^x", "_",
    ],
)  # fmt: skip
def test_a_formula_that_cannot_be_drawn_is_shown_as_typed(source):
    assert draw_formula(source) is None
    assert source in text_of(content(f"${source}$"))


def test_the_formulas_of_one_answer_are_limited_in_all():
    nodes = leaves(content(" ".join(f"${'x' * 100}y_{k}$" for k in range(30))))
    drawn = sum(len(n["formula"]) for n in nodes if isinstance(n, dict) and "formula" in n)
    assert MAX_FORMULAS - 105 < drawn <= MAX_FORMULAS


def test_a_formula_stands_on_its_baseline():
    low, high = draw_formula("x_1"), draw_formula("x")
    assert low.top + low.height > high.top + high.height  # the index hangs below
    assert abs(high.top + high.height) < 0.5


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_raster_picture_is_shown(kind):
    [node] = content(with_pictures("![my sketch](attachment:a%20b.png)", [("a b.png", uri(kind))]))
    [shown] = node["of"]
    assert shown["picture"].startswith(f"data:image/{kind.lower()};base64,")
    assert shown["alt"] == "my sketch"


def bomb():
    header = pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    return b"\x89PNG\r\n\x1a\n" + pack(">I", 13) + chunk + pack(">I", zlib.crc32(chunk))


@pytest.mark.parametrize(
    "data",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", b"\x89PNG\r\n\x1a\n", bomb(),
     b"%PDF-1.4", b"<html>", picture("TIFF"), picture("BMP")],
)  # fmt: skip
def test_anything_else_is_not_a_picture(data):
    assert raster(data) == ""
    for kind in ("png", "jpeg", "svg+xml"):
        stored = with_pictures("![](attachment:a)", [("a", data_uri(data, kind))])
        shown = list(leaves(content(stored)))
        assert "⟨a is not shown, because it is " in text_of(shown)
        assert not [node for node in shown if isinstance(node, dict) and "picture" in node]


def test_a_picture_of_an_earlier_version_is_missing():
    assert "⟨a is missing: open the student's notebook⟩" in text_of(content("![](attachment:a)"))


def test_pictures_that_the_text_does_not_show_come_last():
    text = '![](data:image/png;base64,…) <img src="attachment:b.gif">'
    stored = with_pictures(text, [("b.gif", uri("GIF")), ("picture 1", uri("PNG"))])
    nodes = [n for n in leaves(content(stored)) if isinstance(n, dict) and "picture" in n]
    assert [node["picture"][:15] for node in nodes] == ["data:image/png;", "data:image/gif;"]


def test_equal_answers_differ_in_white_space_only():
    assert plain(" a\n\tb\u00a0c ") == plain("a b c")
    assert plain("a b") != plain("ab")
    assert plain("e\u0301") == plain("é")
    assert plain("x = 1") != plain("X = 1")
