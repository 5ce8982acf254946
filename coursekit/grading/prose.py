"""Find the written answers: all text that a student added from a question to the next cell.

The answer may be in the cell for it, in the question's cell, in several cells, in a code cell, or
be a picture. Cells that were handed out are recognised by their metadata, cell id or text, even if
the student edited them; the answer ends where the next one begins.
"""

import ast
import re
from collections import defaultdict
from itertools import takewhile

from coursekit.course.headers import Role
from coursekit.course.master import Cell, Master, Notebook
from coursekit.course.release import PLACEHOLDER
from coursekit.grading.definitions import names_of, parse
from coursekit.grading.pictures import cut_out, with_pictures

MAX_CHARACTERS = 20_000  # the longest written answer kept
SAME_WORDS = 0.8  # the share of words by which an edited cell is recognised
MIN_WORDS = 5  # in a shorter text, the share means nothing
EMPHASIS = "*_. \t\n"


_Parts = dict[str, list[tuple[str, str]]]  # the text of a cell → names and URIs of its pictures


def find_prose(master: Master, student: Notebook) -> dict[str, str]:
    """Return the written answer to each question with its pictures, or "" if there is none.

    New code below a question counts if there is no text: the answer may be a formula. Code that
    answers an exercise does not count.
    """
    exercises = {cell.exercise for cell in master.with_role(Role.ANSWER)}
    texts: dict[str, _Parts] = defaultdict(dict)
    code: dict[str, _Parts] = defaultdict(dict)
    handed_out = _HandedOut(master)
    current = ""  # the question whose answer may be here
    for cell in student.cells:
        original = handed_out.original(cell)
        if original is None:
            text, is_text = _text(cell), _is_prose(cell)
            if not is_text and names_of(cell.source).bound & exercises:
                continue
        elif original.role is Role.PROSE:
            current, text, is_text = original.exercise, _text(cell), True
        else:
            current = handed_out.questions.get(original.index, "")
            text, is_text = handed_out.added(cell, original) if current else "", True
        text, pictures = cut_out(text)
        named = [one for one in cell.attachments if f"attachment:{one[0]}" in text]
        if text:
            (texts if is_text else code)[current].setdefault(text, [*named, *pictures])
    questions = [cell.exercise for cell in master.with_role(Role.PROSE)]
    return {question: _answer(texts[question] or code[question]) for question in questions}


def _answer(parts: _Parts) -> str:
    """Return an answer as it is stored, from the texts of its cells and their pictures."""
    text = "\n\n".join(parts)[:MAX_CHARACTERS]
    return with_pictures(text, (one for pictures in parts.values() for one in pictures))


class _HandedOut:
    """The cells that students receive, and which of them ask a question."""

    def __init__(self, master: Master) -> None:
        self.cells = [c for c in master.cells if c.role not in (Role.HIDDEN, Role.DISTRACTOR)]
        self.questions: dict[int, str] = {}  # index of a question's cell → its name
        for place, cell in enumerate(self.cells):
            if cell.role is Role.PROSE:
                above = reversed(self.cells[:place])
                for text in takewhile(lambda c: not c.is_code and c.role is None, above):
                    self.questions.setdefault(text.index, cell.exercise)
        self._points = master.points_line  # was added to the first cell
        self._words = {cell.index: _words(cell.source) for cell in self.cells if not cell.is_code}

    def original(self, cell: Cell) -> Cell | None:
        """Return the cell from which a student's cell was made, or None if it is new."""
        source = cell.source.strip()
        for one in self.cells:
            if (one.role and cell.answers(one)) or (cell.id and cell.id == one.id):
                return one
        for one in self.cells:
            if one.role is not Role.PROSE and source in (one.source.strip(), one.stub.strip()):
                return one
        return None if cell.is_code else self._edited(cell)

    def _edited(self, cell: Cell) -> Cell | None:
        """Return the text from which a student's text was made; a question may have grown."""
        words = _words(cell.source)
        for one in self.cells:
            before = self._words.get(one.index, frozenset())
            if one.role is None and len(before) >= MIN_WORDS:
                whole = before if one.index in self.questions else before | words
                if len(before & words) >= SAME_WORDS * len(whole):
                    return one
        return None

    def added(self, cell: Cell, question: Cell) -> str:
        """Return the text that a student added to a question's cell."""
        known = {line.strip() for line in f"{question.source}\n{self._points}".splitlines()}
        longest_first = sorted(known, key=len, reverse=True)
        lines = []
        for line in cell.source.splitlines():
            begins = next((old for old in longest_first if line.strip().startswith(old)), "")
            if line.strip() not in known:
                lines.append(line.strip()[len(begins) :] if _words(begins) else line)
        text = "\n".join(lines).strip()
        return text if _words(text) else ""


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text[:MAX_CHARACTERS].casefold()))


def _text(cell: Cell) -> str:
    """Return a cell's text and the pictures in it that the text does not mention, or ""."""
    text = cell.source.strip()
    if text.strip(EMPHASIS).casefold() == PLACEHOLDER.strip(EMPHASIS).casefold():
        text = ""
    pictures = (f"attachment:{name}" for name, _ in cell.attachments)
    return "\n".join([text, *(f"![]({one})" for one in pictures if one not in text)]).strip()


def _is_prose(cell: Cell) -> bool:
    """Return whether a new cell is text: it is not code, or its code is only text."""
    return not cell.is_code or (cell.role is None and _is_only_text(cell.source))


def _is_only_text(source: str) -> bool:
    """Return whether a code cell consists of comments and strings, or is not valid Python."""
    body = parse(source).body
    phrases = [statement for statement in body if _is_phrase(statement)]
    names = [one for one in body if isinstance(one, ast.Expr) and isinstance(one.value, ast.Name)]
    return not body or (bool(phrases) and len(phrases) + len(names) == len(body))


def _is_phrase(statement: ast.stmt) -> bool:
    """Return whether a statement shows or names a text, such as print("My answer is …")."""
    values = [node.value for node in ast.walk(statement) if isinstance(node, ast.Constant)]
    has_text = any(isinstance(value, str) and " " in value.strip() for value in values)
    return has_text and isinstance(statement, ast.Expr | ast.Assign)
