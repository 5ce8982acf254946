r"""\alpha ↦ α, and α ↦ \alpha: the commands of LaTeX that labels understand.

A label that is understood goes into LaTeX documents as it is, so that only commands of LaTeX,
amsmath and amssymb may be in these tables.
"""

import unicodedata
from functools import cache
from typing import Any

_SMALL = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa mu nu xi pi rho sigma tau"
    " upsilon phi chi psi omega"
)
_CAPITAL = "Gamma Delta Theta Xi Pi Sigma Upsilon Phi Psi Omega"


def _greek(case: str, name: str) -> str:
    return unicodedata.lookup(f"GREEK {case} LETTER {name.upper()}")


SYMBOLS: dict[str, str] = {
    **{name: _greek("SMALL", name) for name in _SMALL.split()},
    **{name: _greek("CAPITAL", name) for name in _CAPITAL.split()},
    "lambda": "λ", "Lambda": "Λ", "varepsilon": "ε", "vartheta": "ϑ", "varphi": "φ",
    "varrho": "ϱ", "varsigma": "ς",
    "ell": "ℓ", "partial": "∂", "nabla": "∇", "odot": "⊙", "otimes": "⊗", "oplus": "⊕",
    "times": "×", "cdot": "·", "top": "⊤", "bot": "⊥", "circ": "∘", "ast": "∗", "star": "⋆",
    "pm": "±", "div": "÷", "sum": "∑", "prod": "∏", "int": "∫", "infty": "∞", "prime": "′",
    "dagger": "†", "to": "→", "rightarrow": "→", "leftarrow": "←", "mapsto": "↦", "leq": "≤",
    "le": "≤", "geq": "≥", "ge": "≥", "neq": "≠", "ne": "≠", "approx": "≈", "sim": "∼", "in": "∈",
    "mid": "|", "vert": "|", "Vert": "‖", "|": "‖", "langle": "⟨", "rangle": "⟩", "ldots": "…",
    "cdots": "⋯", "dots": "…", "emptyset": "∅", "forall": "∀", "exists": "∃",
    "{": "{", "}": "}", "_": "_", "%": "%", "$": "$", "&": "&", "#": "#",
    ",": " ", ";": " ", ":": " ", " ": " ", "quad": " ", "!": "",
}  # fmt: skip
OPERATORS = frozenset("⊙⊗⊕×·∘∗⋆±÷→←↦≤≥≠≈∼∈|")  # a space after their command is shown
WORDS = frozenset({
    "exp", "log", "ln", "sin", "cos", "tan", "tanh", "max", "min", "arg", "det", "dim", "lim",
    "sup", "inf", "Pr",
})  # fmt: skip
ACCENTS = {
    "hat": "\u0302", "widehat": "\u0302", "bar": "\u0304", "overline": "\u0304",
    "tilde": "\u0303", "widetilde": "\u0303", "dot": "\u0307", "ddot": "\u0308", "vec": "\u20d7",
}  # fmt: skip
_ROMAN: dict[str, Any] = {"italic": False}
_BOLD: dict[str, Any] = {"italic": False, "bold": True}
FONTS: dict[str, dict[str, Any]] = {
    **dict.fromkeys(("mathrm", "operatorname", "mathsf", "mathtt"), _ROMAN),
    "mathbf": _BOLD,
    "boldsymbol": {"bold": True},
    "mathit": {"italic": True},
}
TEXT = {"text": _ROMAN, "textrm": _ROMAN, "textbf": _BOLD, "textit": {"italic": True}}


def _alphabet(kind: str) -> dict[str, str]:
    """Return the letters of an alphabet that most fonts have."""
    names = {c: f"{kind} CAPITAL {c}" for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    found = {}
    for c, name in names.items():
        try:
            found[c] = unicodedata.lookup(name)
        except KeyError:  # Unicode has it only among its newer symbols
            continue
    return found


ALPHABETS = {
    "mathcal": _alphabet("SCRIPT"),
    "mathbb": _alphabet("DOUBLE-STRUCK"),
    "mathfrak": _alphabet("BLACK-LETTER"),
}
_NAMES = {text: name for name, text in reversed(SYMBOLS.items()) if not text.isascii()}
_NAMES["√"] = "surd"
_LETTERS = {text: rf"\\{name}{{{c}}}" for name, of in ALPHABETS.items() for c, text in of.items()}
_MARKS = {mark: name for name, mark in reversed(ACCENTS.items())}


@cache
def command_of(letter: str) -> str | None:
    r"""Return the command of a letter with its accents, in formulas; None if it has none.

    >>> command_of("θ"), command_of("ŷ"), command_of("字")
    ('\\theta ', '\\hat{y}', None)
    """
    if letter in "−′":
        return {"−": "-", "′": "'"}[letter]
    if letter in _LETTERS:
        return _LETTERS[letter]
    if letter in _NAMES:
        return f"\\{_NAMES[letter]} "
    parts = unicodedata.normalize("NFD", letter)
    base, mark = parts[:1], parts[1:]
    if mark not in _MARKS:
        return None
    inner = base if base.isascii() else command_of(base)
    return f"\\{_MARKS[mark]}{{{inner.strip()}}}" if inner else None
