"""Predict, lock, reveal: a question whose options are each explained once one is chosen."""

from collections.abc import Mapping
from html import escape

from coursekit.errors import GraphError
from coursekit.widgets.view import Shown


def quiz(question: str, options: Mapping[str, str], *, answer: str) -> Shown:
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
    verdicts = {option: "right" if option == answer else "no" for option in options}
    explained = "".join(
        f"<li><b>{escape(option)}</b>: {verdicts[option]}. {escape(why)}</li>"
        for option, why in options.items()
    )
    listed = "".join(f"<li>{escape(option)}</li>" for option in options)
    still = (
        f"<p><b>{escape(question)}</b></p><ul>{listed}</ul>"
        "<details><summary>Decide first, then open the answer</summary>"
        f"<ul>{explained}</ul></details>"
    )
    return Shown(scene, text=text, still=still)
