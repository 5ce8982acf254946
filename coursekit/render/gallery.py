"""A page that shows the files of figures, with alt texts, a licence and the LaTeX for slides."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from coursekit.render.palette import THEMES

FOR_LATEX = ("pdf", "png")  # formats that LaTeX includes, the better one first


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture: the beginning of its file's name, its alt text, and its SVG in each theme."""

    stem: str
    alt: str
    svgs: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Entry:
    """A figure with its frames."""

    name: str
    alt: str
    licence: str
    frames: tuple[Frame, ...]


def gallery(title: str, entries: Sequence[Entry], folder: str, forms: Sequence[str]) -> str:
    """Return the page; it needs no other file, and links to those in its folder."""
    themes = list(entries[0].frames[0].svgs)
    contents = "".join(f'<li><a href="#{each.name}">{each.name}</a></li>' for each in entries)
    choice = _choice(themes) if len(themes) > 1 else ""
    sections = "".join(_section(each, themes, folder, forms) for each in entries)
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{escape(title)}'
        '</title>\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{_css()}</style></head>\n<body><main>\n<h1>{escape(title)}</h1>\n"
        f'<nav aria-label="Figures"><ul>{contents}</ul></nav>\n{choice}{sections}'
        f"</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )


def latex(name: str, frames: int, folder: str, theme: str, form: str) -> str:
    r"""Return the LaTeX that shows a figure on a slide, one overlay for each frame.

    >>> latex("05-bill", 1, "figures", "light", "pdf")
    '\\includegraphics[width=\\textwidth]{figures/05-bill-light.pdf}'
    """
    if frames == 1:
        return rf"\includegraphics[width=\textwidth]{{{folder}/{name}-{theme}.{form}}}"
    k = r"0\k" if frames < 10 else r"\ifnum\k<10 0\fi\k"
    picture = rf"\includegraphics[width=\textwidth]{{{folder}/{name}-{k}-{theme}.{form}}}"
    return (
        "% in the preamble: \\usepackage{pgffor}\n"
        rf"\foreach \k in {{1,...,{frames}}}{{\only<\k>{{{picture}}}}}"
    )


def _choice(themes: Sequence[str]) -> str:
    buttons = "".join(
        f'<label><input type="radio" name="theme" id="{theme}"{" checked" * (not k)}>'
        f" {theme}</label>\n"
        for k, theme in enumerate(themes)
    )
    return f"<fieldset><legend>Theme of the pictures</legend>\n{buttons}</fieldset>\n"


def _section(entry: Entry, themes: Sequence[str], folder: str, forms: Sequence[str]) -> str:
    frames = "".join(_frame(each, forms) for each in entry.frames)
    about = f"<p>{escape(entry.alt)}</p>\n" if len(entry.frames) > 1 else ""
    licence = f'<p class="soft">{escape(entry.licence)}</p>\n' if entry.licence else ""
    form = next((each for each in FOR_LATEX if each in forms), "")
    codes = "".join(
        f'<div class="code {theme}"><pre tabindex="0" aria-label="LaTeX of {entry.name}"><code>'
        f"{escape(latex(entry.name, len(entry.frames), folder, theme, form))}</code></pre>"
        '<button type="button">Copy</button></div>\n'
        for theme in themes
    )
    slide = f"<h3>LaTeX</h3>\n{codes}" if form else ""
    return (
        f'<section id="{entry.name}" aria-labelledby="h-{entry.name}">'
        f'<h2 id="h-{entry.name}">{entry.name}</h2>\n{about}<div class="frames">{frames}</div>\n'
        f"{slide}{licence}</section>\n"
    )


def _frame(frame: Frame, forms: Sequence[str]) -> str:
    """Return a picture in each theme, with its alt text and links to its files."""
    return f"<figure>{''.join(_pictures(frame, forms))}</figure>\n"


def _pictures(frame: Frame, forms: Sequence[str]) -> Iterator[str]:
    alt = escape(frame.alt)
    for theme, svg in frame.svgs.items():
        data = base64.b64encode(svg).decode()
        yield f'<img class="{theme}" alt="{alt}" src="data:image/svg+xml;base64,{data}">\n'
    yield f'<figcaption><span aria-hidden="true">{alt}</span>\n'
    for theme in frame.svgs:
        names = [(form, f"{frame.stem}-{theme}.{form}") for form in forms]
        links = " ".join(
            f'<a href="{name}" aria-label="{name}">{form.upper()}</a>' for form, name in names
        )
        yield f'<span class="{theme}">{links}</span>\n'
    yield "</figcaption>"


def _css() -> str:
    light, dark = (
        " ".join(f"--{name}: {colour};" for name, colour in THEMES[theme].items())
        for theme in ("light", "dark")
    )
    return f"""
:root {{ color-scheme: light dark; {light} }}
@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}
{RULES}"""


RULES = """body { margin: 0; background: var(--raised); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 76rem; margin: auto; padding: 1rem; }
h2 { margin: 2.5rem 0 0.5rem; } h3 { margin: 1rem 0 0; font-size: 1rem; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; padding: 0; list-style: none; }
a { color: var(--value); } .soft { color: var(--soft); }
a, label { display: inline-block; padding: 0.25rem 0.5rem 0.25rem 0; }
:focus-visible { outline: 3px solid var(--value); outline-offset: 2px; }
fieldset { border: 1px solid var(--rule); width: fit-content; }
.frames { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr));
  gap: 1rem; align-items: start; }
figure { margin: 0; max-width: 44rem; } figcaption { font-size: 0.9rem; overflow-wrap: anywhere; }
figcaption span { display: block; }
img { display: block; width: 100%; height: auto; border: 1px solid var(--grid); }
.code { display: flex; gap: 0.5rem; align-items: start; }
pre { flex: 1; min-width: 0; margin: 0.5rem 0; padding: 0.5rem; overflow-x: auto;
  background: var(--paper); border: 1px solid var(--grid); }
button { margin: 0.5rem 0; padding: 0.5rem; font: inherit; }
body:has(#dark:checked) .light, body:has(#light:checked) .dark { display: none; }
"""
SCRIPT = """
const dark = document.querySelector("#dark");
if (dark) dark.checked = matchMedia("(prefers-color-scheme: dark)").matches;
for (const button of document.querySelectorAll(".code button")) {
  button.onclick = async () => {
    const code = button.previousElementSibling;
    getSelection().selectAllChildren(code);
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = "Copied";
  };
}
"""
