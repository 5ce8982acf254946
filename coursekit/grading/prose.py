"""Find the written answers in a submission; a person grades them in words.csv."""

import hashlib
from collections.abc import Iterator
from itertools import pairwise

from coursekit.course.headers import Role
from coursekit.course.master import Cell, Master, Notebook
from coursekit.course.release import PLACEHOLDER

MAX_CHARACTERS = 20_000  # the longest written answer kept


def find_prose(master: Master, student: Notebook) -> dict[str, str]:
    """Return the written answer to each question, or "" if there is none; the last one counts."""
    prose = {}
    for above, question in pairwise([None, *master.cells]):
        if question and question.role is Role.PROSE:
            texts = [t for t in _candidates(student, question, above) if t and t != PLACEHOLDER]
            prose[question.exercise] = texts[-1][:MAX_CHARACTERS] if texts else ""
    return prose


def _candidates(student: Notebook, question: Cell, above: Cell | None) -> Iterator[str]:
    """Yield the text cells that have the question's header or id, or follow the same cell."""
    text_above = above.source.strip() if above else ""
    for before, cell in pairwise([None, *student.cells]):
        is_below = before and text_above and before.source.strip() == text_above
        if cell and not cell.is_code and (cell.answers(question) or is_below):
            yield cell.source.strip()


def digest(answer: str) -> str:
    """Return a short digest that distinguishes an answer from later versions of it."""
    return hashlib.sha256(answer.encode("utf-8", "replace")).hexdigest()[:8]
