"""Predict, lock, reveal: every answer is explained once the student has locked one."""

from collections.abc import Mapping
from html import escape
from typing import Any

from coursekit.errors import GraphError
from coursekit.render.text import format_number
from coursekit.widgets.view import View


def quiz(question: str, options: Mapping[str, str], *, answer: str) -> View:
    """Return a multiple-choice question; `options` maps each option to its explanation.

    >>> quiz("How many edges does x·x have?", {"1": "E is a set.", "2": "One pair."}, answer="1")
    How many edges does x·x have?
    ( ) 1
    ( ) 2
    """
    if answer not in options:
        raise GraphError(f"the answer {answer!r} is not among the options: {', '.join(options)}")
    scene = {
        "question": question,
        "answer": list(options).index(answer),
        "options": [{"text": text, "why": why} for text, why in options.items()],
    }
    text = "\n".join([question, *(f"( ) {option}" for option in options)])
    items = "".join(f"<li>{escape(option)}</li>" for option in options)
    return _quiz_view(scene, text, f"<ul>{items}</ul>", options, answer)


def predict(
    question: str, *, answer: float, why: str, wrong: Mapping[float, str], otherwise: str
) -> View:
    """Return a question whose answer is a number, typed in any sensible form.

    `why` explains the answer, `wrong` explains each number that a misconception leads to, and
    `otherwise` is a hint for any other number.

    >>> predict("∂ℓ/∂b at a = 2, b = 1?", answer=5, why="Both routes add.",
    ...         wrong={2: "One of two routes."}, otherwise="Add over out(b).")
    ∂ℓ/∂b at a = 2, b = 1? (a number)
    """
    if answer in wrong:
        raise GraphError(f"{format_number(answer)} is the answer, so it must not be in `wrong`")
    scene = {
        "question": question,
        "number": answer,
        "why": why,
        "wrong": [[number, explanation] for number, explanation in wrong.items()],
        "otherwise": otherwise,
    }
    explanations = {format_number(answer): why}
    explanations |= {format_number(number): text for number, text in wrong.items()}
    explanations["any other number"] = otherwise
    return _quiz_view(scene, f"{question} (a number)", "", explanations, format_number(answer))


def _quiz_view(
    scene: dict[str, Any], text: str, options: str, explanations: Mapping[str, str], answer: str
) -> View:
    question = f"<p><b>{escape(scene['question'])}</b></p>{options}"
    items = "".join(
        f"<li><b>{escape(option)}</b>: {'right' if option == answer else 'no'}. {escape(why)}</li>"
        for option, why in explanations.items()
    )

    def answered_still(locked: str) -> str:
        """Return the still with the locked answer, which the notebook saves."""
        return f"{question}<p>You predicted {escape(locked)}.</p><ul>{items}</ul>"

    still = (
        f"{question}<details><summary>Decide first, then open the answer</summary>"
        f"<ul>{items}</ul></details>"
    )
    return View("quiz", scene, text=text, still=still, answered_still=answered_still)
