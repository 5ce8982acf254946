"""A film of any algorithm: a frame for each of its reads, with the numbers that it had stored."""

from dataclasses import replace
from typing import Any

from coursekit.engine.linearization import Linearization
from coursekit.recording import Algorithm, Recorder, name_of
from coursekit.render.diagram import numbered_diagram
from coursekit.render.film import Steps
from coursekit.render.picture import picture_of
from coursekit.render.words import describe

BLANK = "Nothing has been read yet."


def steps(algorithm: Algorithm, lin: Linearization[Any], *arguments: Any) -> Steps:
    """Return the frames of an algorithm on a linearization: one for each read, after a blank one.

    An algorithm takes a linearization and these arguments, or `(vertices, out)`. Each frame's text
    says what was read. Save them as pages, numbered images, fragments of a slide, or a film.

    >>> from coursekit import backprop
    >>> from coursekit.examples import kite
    >>> len(steps(backprop, kite()).frames), steps(backprop, kite())
    (6, backprop: 5 partials read; returns x 30, h 5, p 1, q 1, ℓ 1)
    """
    name = name_of(algorithm)
    run = (lambda tape: algorithm(tape, *arguments)) if arguments else algorithm
    recorder = Recorder(name, lin).run(run)
    blank = replace(numbered_diagram(lin), room=recorder.steps[-1].below if recorder.steps else ())
    diagrams, texts = [blank], [BLANK]
    for read in recorder.steps:
        diagrams.append(
            replace(
                blank,
                adjoints=read.below,
                highlight=frozenset(read.highlight),
                wrong=read.wrong,
                unfinished=frozenset(read.unfinished),
            )
        )
        texts.append(read.text)
    n = len(texts)
    frames = [
        picture_of(diagram, alt=f"Step {k} of {n}. {text} {describe(diagram)}")
        for k, (diagram, text) in enumerate(zip(diagrams, texts, strict=True), 1)
    ]
    return Steps(frames, f"{name}: {recorder.cost}; {recorder.ending}", texts)
