"""Group equal answers to a question, in an order that is a marker's own."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from coursekit.desk.content import plain
from coursekit.grading.marks import Key, Marking, answered, earlier_keys_of, key_of
from coursekit.grading.pictures import pictures_of, without_pictures
from coursekit.grading.results import Graded

NOT_MARKED = Marking(0)


class Answer(NamedTuple):
    """A student's answer to a question."""

    row: Graded
    question: str

    @property
    def stored(self) -> str:
        """The text and the pictures, as the gradebook has them."""
        return self.row.prose[self.question]

    @property
    def id(self) -> str:
        """A name that equal answers share. Pictures that are missing are equal to none."""
        text, pictures = without_pictures(self.stored), [*pictures_of(self.stored)]
        incomplete = "attachment:" in text or "data:image/" in text
        same = [one.content for one in pictures] or [self.row.student if incomplete else ""]
        return _digest(self.question, plain(text), *same)


@dataclass(frozen=True, slots=True)
class Group:
    """Equal answers to a question, which are marked together. Its id tells nothing of a student."""

    id: str
    question: str
    answers: Sequence[Answer]

    @property
    def keys(self) -> list[Key]:
        """The key of each answer."""
        return [key_of(*one) for one in self.answers]

    @property
    def old_keys(self) -> list[Key]:
        """The keys that earlier versions gave to the answers."""
        return [key for one in self.answers for key in earlier_keys_of(*one)]

    def markings(self, latest: Mapping[Key, Marking]) -> list[Marking]:
        """Return the last mark of each answer."""
        keys = ((key_of(*one), *earlier_keys_of(*one)) for one in self.answers)
        return [
            next((latest[key] for key in each if key in latest), NOT_MARKED) for each in keys
        ]  # fmt: skip

    def is_marked(self, latest: Mapping[Key, Marking]) -> bool:
        """Return whether every answer has points."""
        return all(one.mark.points is not None for one in self.markings(latest))


def grouped(
    rows: Sequence[Graded], questions: Iterable[str], marker: str
) -> dict[str, dict[str, Group]]:
    """Return the groups of each question by id, in a marker's order, which new answers keep."""
    found: dict[str, dict[str, list[Answer]]] = defaultdict(lambda: defaultdict(list))
    for answer in (Answer(*one) for one in answered(rows)):
        found[answer.question][answer.id].append(answer)
    return {
        question: {
            name: Group(name, question, found[question][name])
            for name in sorted(found[question], key=lambda name: _digest(marker, name))
        }
        for question in questions if question in found
    }  # fmt: skip


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode("utf-8", "replace")).hexdigest()[:16]
