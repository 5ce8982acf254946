"""Labels: LaTeX that is understood is typeset, everything else is verbatim, nothing raises."""

import re
import unicodedata

import matplotlib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.ft2font import FT2Font

from coursekit.render.text import label
from coursekit.typeset.fitting import distinct
from coursekit.typeset.spans import (
    Span,
    clean,
    latex,
    latex_spans,
    math,
    plain,
    plain_spans,
    spans,
    width,
)

COMMANDS = [r"\hat", r"\mathbf", r"\text", r"\frac", r"\sqrt", r"\theta", r"\input", r"\left", "\\"]
PIECES = st.sampled_from([*COMMANDS, *"{}_^$%&#'ab1 -~", "\u0302", "\u202e", "ש", "字", "\x00"])
LABELS = st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=30)
TYPESET = {
    "x": "x", "x12": "x₁₂", "v1,2": "v₁,₂", "v3′": "v₃′", "layer1": "layer₁", "w_ji": "wⱼᵢ",
    "W_Q": "W_Q", "x₁": "x₁", "x²": "x²", "x_{ji}": "xⱼᵢ", "z_j^{(l)}": "zⱼ⁽ˡ⁾", "e^{-x}": "e⁻ˣ",
    "2^10": "2¹⁰", r"\hat{y}": "ŷ", r"\bar x": "x̄", r"\tilde{W}_1": "W̃₁", r"\alpha": "α",
    r"$\Theta$": "Θ", "$$x$$": "x", r"\nabla \ell": "∇ℓ", r"A^\top": "A^⊤", r"x \odot y": "x ⊙ y",
    r"\frac{\partial \ell}{\partial w_{ji}}": "∂ℓ/∂wⱼᵢ", r"\frac{a+b}{2x}": "(a+b)/(2x)",
    r"\frac{1}{\sqrt{x+1}}": "1/(√(x+1))", r"\mathcal{L}": "ℒ", r"\text{two words}": "two words",
    "x'": "x'", "$x'$": "x′", "x_{a_b}": "x_{ab}",
}  # fmt: skip
VERBATIM = [
    "loss", "learning_rate", "_x", "x_", "x__y", "{a}", "x_{ji", "x}", "^", "x^", r"\hat",
    r"\hat{}", r"\input{/etc/passwd}", r"C:\temp\new_x", "a_b%", "$x", "$5 and $6", "X[0,1]",
    "x_{1}_{2}", r"\hat_x", r"\text{a_b}", "x^{" * 40 + "}" * 40, "a" * 400, "two words",
]  # fmt: skip


@pytest.mark.parametrize(("name", "text"), TYPESET.items())
def test_a_label_is_typeset(name, text):
    assert plain(name) == text


@pytest.mark.parametrize("name", VERBATIM, ids=lambda name: name[:20])
def test_a_label_that_is_not_understood_is_one_upright_span(name):
    assert spans(name) == (Span(name),)


@given(LABELS)
def test_no_label_raises_an_error_or_breaks_a_line(name):
    text = plain(name)
    assert text.strip()
    assert "\n" not in text
    assert width(spans(name)) >= 0
    assert latex(name)
    assert math(name)


@given(st.from_regex(r"[^\W_]+[\d,]*′*", fullmatch=True).filter(lambda s: not set(s) & {*"₀₁₂"}))
def test_a_name_without_latex_looks_as_before(name):
    if name.isascii():
        assert plain(name) == label(name)


@given(LABELS)
def test_latex_contains_only_commands_that_are_understood(name):
    source = latex(name)
    depth = 0
    for token in re.findall(r"\\.|[{}]", source):
        depth += {"{": 1, "}": -1}.get(token, 0)
        assert depth >= 0
    assert depth == 0
    assert len(re.findall(r"(?<!\\)\$", source)) % 2 == 0
    assert not re.search(r"(?<!\\)[%&#]|\\(input|left)(?![A-Za-z])", source)


def test_latex_is_the_name_itself_if_it_is_latex_and_escaped_text_otherwise():
    assert latex(r"\hat{y}_{ji}") == latex(r"$\hat{y}_{ji}$") == r"$\hat{y}_{ji}$"
    assert (latex("w_ji"), latex("θ1"), latex("x̂")) == (r"$w_{ji}$", r"$\theta _{1}$", r"$\hat{x}$")
    assert latex(r"x_\mathrm{out}") == r"$x_\mathrm{out}$"
    assert latex_spans([Span("θa", italic=True)]) == r"$\theta a$"
    assert latex(r"\input{a_b%}") == r"\textbackslash{}input\{a\_b\%\}"
    assert (math("x1"), math("two words")) == ("x_{1}", r"\text{two words}")


def test_variables_are_italic_and_words_digits_and_brackets_upright():
    italic = {
        name: "".join(span.text for span in spans(name) if span.italic)
        for name in ("x", "loss", "x12", "w_ji", "w_{out}", r"\theta", r"\Theta", "f^{(l)}", "字")
    }
    assert [*italic.values()] == ["x", "", "x", "wji", "w", "θ", "", "fl", ""]
    assert spans(r"\mathbf{W}") == (Span("W", bold=True),)
    assert spans(r"\boldsymbol{\theta}") == (Span("θ", italic=True, bold=True),)


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "\u202e", "\u200d", "\u3164"])
def test_a_blank_name_is_visible(name):
    assert plain(name) == "␣"


def test_characters_that_reverse_the_text_around_a_label_are_left_out():
    assert clean("\u202eabc\u2066") == "abc"
    assert clean("שלום") == "שלום"


@pytest.mark.parametrize("name", ["x12", "loss", "w_ji", r"\hat{y}", "learning_rate", "WMQ@%", "θ̂"])
def test_widths_are_those_of_dejavu_sans(name):
    folder = f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans"
    total = 0.0
    for span in spans(name):
        font = FT2Font(f"{folder}-Oblique.ttf" if span.italic else f"{folder}.ttf")
        font.set_size(100, 72)
        letters = unicodedata.normalize("NFC", span.text)
        advance = sum(font.load_char(ord(c)).linearHoriAdvance for c in letters if c != "\u0302")
        total += advance / 65536 / 100 * (0.7 if span.shift else 1)
    assert width(spans(name)) == pytest.approx(total, rel=0.05)


def test_wide_characters_take_an_em_and_marks_take_no_room():
    assert width(spans("字")) == width(spans("🎉")) == 1
    assert width(spans("x̂")) == width(spans("x"))


ROOMS = st.floats(0, 8)
ALIKE = st.lists(
    st.text("ab_", min_size=1, max_size=12) | LABELS | st.sampled_from(["x1", "x_1", "x₁", " "]),
    unique=True,
)


@given(ALIKE, ROOMS)
def test_different_names_stay_different_however_little_room_there_is(names, room):
    labels = [plain_spans(parts) for parts in distinct(names, room)]
    assert len(set(labels)) == len(names)


@given(ALIKE, st.floats(3, 8))
def test_labels_fit_into_the_room_unless_they_are_numbered(names, room):
    for parts in distinct(names, room):
        assert width(parts) <= room + 0.5 or parts[-1].shift == "sub"


def test_names_are_cut_so_that_the_part_shows_in_which_they_differ():
    def cut(*names, room=4.0):
        return [plain_spans(parts) for parts in distinct(names, room)]

    assert cut("encoder_layer_1_weight", "encoder_layer_2_weight") == ["…r_1…", "…r_2…"]
    assert cut("learning_rate", "momentum", "x1") == ["learni…", "mom…", "x₁"]
    assert cut("input_weight", "input_bias", room=5) == ["input_w…", "input_bi…"]
    assert cut("in_project_a", "in_project_b", room=3) == ["in…a", "in…b"]
    assert cut("a" * 9999 + "b", "a" * 10_000) == ["aa…ab", "aa…aa"]
    assert cut("x1", "x_1") == ["x1", "x_1"]
    assert cut(" ", "  ") == ["␣…₁", "␣…₂"]
