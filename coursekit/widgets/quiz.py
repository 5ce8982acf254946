"""Predict, lock, reveal: each possible answer is explained, and none before one is locked."""

from collections.abc import Mapping
from html import escape
from typing import Any

from coursekit.errors import GraphError
from coursekit.render.text import format_number
from coursekit.widgets.view import View, ViewWidget


def quiz(question: str, options: Mapping[str, str], *, answer: str) -> View:
    """Return a question with its options; each option's text maps to what is said of it.

    >>> quiz("How many edges has x·x?", {"1": "E is a set.", "2": "One pair."}, answer="1")
    How many edges has x·x?
    ( ) 1
    ( ) 2
    """
    if answer not in options:
        raise GraphError(f"the answer {answer!r} is none of the options: {', '.join(options)}")
    scene = {
        "kind": "quiz",
        "question": question,
        "answer": list(options).index(answer),
        "options": [{"text": text, "why": why} for text, why in options.items()],
    }
    text = "\n".join([question, *(f"( ) {option}" for option in options)])
    listed = "".join(f"<li>{escape(option)}</li>" for option in options)
    return _shown(scene, text, f"<ul>{listed}</ul>", dict(options), answer)


def predict(
    question: str, *, answer: float, why: str, wrong: Mapping[float, str], otherwise: str
) -> View:
    """Return a question that is answered by a number, typed in any sensible form.

    `why` explains the answer, `wrong` each number that a misconception leads to, `otherwise` what
    to look at for any other.

    >>> predict("∂ℓ/∂b at a = 2, b = 1?", answer=5, why="Both routes add.",
    ...         wrong={2: "One of two routes."}, otherwise="Add over out(b).")
    ∂ℓ/∂b at a = 2, b = 1? (a number)
    """
    if answer in wrong:
        raise GraphError(f"{format_number(answer)} is the answer, and among the wrong ones, too")
    scene = {
        "kind": "quiz",
        "question": question,
        "number": answer,
        "why": why,
        "wrong": [[value, said] for value, said in wrong.items()],
        "otherwise": otherwise,
    }
    explained = {format_number(answer): why} | {format_number(x): said for x, said in wrong.items()}
    explained["any other number"] = otherwise
    return _shown(scene, f"{question} (a number)", "", explained, format_number(answer))


def _shown(
    scene: dict[str, Any], text: str, asked: str, explained: Mapping[str, str], answer: str
) -> View:
    question = f"<p><b>{escape(scene['question'])}</b></p>{asked}"
    notes = "".join(
        f"<li><b>{escape(option)}</b>: {'right' if option == answer else 'no'}. {escape(why)}</li>"
        for option, why in explained.items()
    )

    def kept(view: ViewWidget) -> str:
        """Return the still once an answer is locked: what was answered stays in the notebook."""
        given = view.given or list(explained)[view.answer]
        return f"{question}<p>You predicted {escape(given)}.</p><ul>{notes}</ul>"

    still = (
        f"{question}<details><summary>Decide first, then open the answer</summary>"
        f"<ul>{notes}</ul></details>"
    )
    return View(scene, text=text, still=still, kept=kept)
