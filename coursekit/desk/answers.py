"""The desk: one question at a time, answers without names, and marks that are saved at once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from coursekit.course.headers import Role
from coursekit.course.master import Cell, Master, find_master
from coursekit.course.versions import released_editions
from coursekit.desk.groups import Group, grouped
from coursekit.desk.rubric import Item, parse_rubric
from coursekit.errors import CommandError
from coursekit.grading.counting import counting_rows
from coursekit.grading.gradebook import Gradebook
from coursekit.grading.marking import DELETE, by_student, comment_of, points_of
from coursekit.grading.marks import Key, Mark, Marking
from coursekit.grading.results import Graded

MAX_COMMENT = 5_000  # characters
MAX_PHRASES = 26  # one for each letter
HEADER = re.compile(r"^\s*<!--.*?-->\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Question:
    """A question, as the master has it."""

    name: str
    max_points: float
    text: str
    reference: str
    rubric: str
    items: Sequence[Item]


class Desk:
    """The written answers in a gradebook, for one marker."""

    def __init__(self, book: Gradebook, questions: Sequence[Question], marker: str) -> None:
        self.book, self.marker = book, marker
        self.questions = {one.name: one for one in questions}
        self.marked: set[Key] = set()  # since the desk was opened
        self.rows: list[Graded] = []
        self.groups: dict[str, dict[str, Group]] = {}
        self.reload()

    def reload(self) -> None:
        """Read the answers again: `coursekit grade` may have stored new ones."""
        max_points = {name: one.max_points for name, one in self.questions.items()}
        self.rows = counting_rows(self.book, max_points)
        self.groups = grouped(self.rows, self.questions, self.marker)

    def overview(self) -> dict[str, Any]:
        """Return what the page shows of all questions, and how much of each is marked."""
        latest = self._latest()
        questions = [{"name": name, **self._progress(name, latest)} for name in self.groups]
        return {"marker": self.marker, "questions": questions}

    def question(self, name: str) -> dict[str, Any]:
        """Return a question with its rubric, the marker's own comments, and its groups."""
        one, latest = self.questions[name], self._latest()
        return {
            "name": name,
            "max": one.max_points,
            "rubric": "" if one.items else one.rubric,
            "items": [item._asdict() for item in one.items],
            "phrases": self.book.phrases(self.marker, name),
            "groups": [
                {"id": group.id, "size": len(group.answers), "marked": group.is_marked(latest)}
                for group in self.groups[name].values()
            ],
        }

    def state(self, group: Group) -> dict[str, Any]:
        """Return a group's mark as the gradebook has it, and the question's progress."""
        latest = self._latest()
        markings = group.markings(latest)
        last = max(markings, key=lambda one: one.number)
        return {
            "number": self.book.last_number(group.keys, group.old_keys),
            "points": last.mark.points_text,
            "comment": last.mark.comment,
            "items": list(last.items),
            "marker": last.marker,
            "marked": group.is_marked(latest),
            "different": len({one.mark for one in markings}) > 1,
            **self._progress(group.question, latest),
        }

    def mark(self, group: Group, wish: Mapping[str, Any]) -> tuple[bool, dict[str, Any]]:
        """Store a mark of a group; return whether it was stored, and the state of the group.

        It is not stored if another mark came first. Raise CommandError for a wrong mark.
        """
        items = tuple(int(item) for item in wish["items"])
        marking = Marking(int(wish["number"]), self._mark(group.question, wish), self.marker, items)
        typing = bool(wish.get("typing"))
        done = self.book.mark_together(group.keys, marking, group.old_keys, typing=typing)
        if done:
            self.marked.update(group.keys)
        return done, self.state(group)

    def _mark(self, question: str, wish: Mapping[str, Any]) -> Mark:
        points, comment = str(wish["points"]).strip(), str(wish["comment"]).strip()
        if len(comment) > MAX_COMMENT:
            raise CommandError(
                f"not saved: the comment is longer than {MAX_COMMENT:,} characters: shorten it"
            )
        if comment.casefold() == DELETE:
            raise CommandError(f"not saved: {comment!r} deletes a comment in words.csv: say more")
        return Mark(
            points_of(points, None, self.questions[question].max_points, "not saved"),
            comment_of(comment, "", "not saved"),
        )

    def keep(self, question: str, phrases: Sequence[str]) -> list[str]:
        """Store the marker's own comments for a question, and return them."""
        kept = list(dict.fromkeys(one.strip()[:MAX_COMMENT] for one in phrases if one.strip()))
        self.book.set_phrases(self.marker, question, kept[:MAX_PHRASES])
        return self.book.phrases(self.marker, question)

    def summary(self) -> tuple[int, int]:
        """Return how many answers this marker gave points here, and how many have none yet."""
        latest = self._latest()
        marked = sum(key in latest and latest[key].mark.points is not None for key in self.marked)
        progress = [self._progress(name, latest) for name in self.groups]
        return marked, sum(one["answers"] - one["done"] for one in progress)

    def _latest(self) -> dict[Key, Marking]:
        return by_student(self.book.markings(), self.rows)

    def _progress(self, question: str, latest: Mapping[Key, Marking]) -> dict[str, int]:
        groups = self.groups[question].values()
        points = [one.mark.points for group in groups for one in group.markings(latest)]
        return {"answers": len(points), "done": sum(one is not None for one in points)}


def open_desk(book: Gradebook, solutions: Path, marker: str) -> Desk:
    """Return the desk of a gradebook; raise CommandError if there is nothing to mark."""
    if not book.lesson:
        raise CommandError("the gradebook is empty: run coursekit grade first")
    newest = Master.read(find_master(solutions, book.lesson))
    editions = released_editions(solutions, book.lesson)
    masters = [*(Master.parse(edition.master) for edition in editions), newest]
    desk = Desk(book, _questions(masters), marker)
    if not desk.groups:
        raise CommandError("nobody has answered a written question: there is nothing to mark")
    return desk


def _questions(masters: Sequence[Master]) -> list[Question]:
    """Return each question, as the newest master that asks it has it."""
    cells = {cell.exercise: (cell, m) for m in masters for cell in m.with_role(Role.PROSE)}
    return [
        Question(
            name, float(cell.points), _text_above(cell, master), HEADER.sub("", cell.source),
            cell.rubric, parse_rubric(cell.rubric, float(cell.points)),
        )
        for name, (cell, master) in cells.items()
    ]  # fmt: skip


def _text_above(question: Cell, master: Master) -> str:
    """Return the text between the previous exercise and a question's cell."""
    above = reversed(master.cells[: question.index])
    texts = takewhile(lambda cell: not cell.is_code and cell.role is None, above)
    return "\n\n".join(reversed([cell.source for cell in texts]))
