"""Answers in words, as they stand in a submission."""

import hashlib
from typing import Any

from coursekit.course import master as masters
from coursekit.course.release import EMPTY

LONGEST = 20_000  # characters of an answer


def answers(master: Any, student: Any) -> dict[str, str]:
    """Return each answer in words: by its mark, its cell id, or what it stands below."""
    found = {}
    for i, cell in enumerate(master.cells):
        if masters.role(cell) != "written":
            continue
        exercise = masters.facts(cell)["exercise"]
        above = master.cells[i - 1].source.strip() if i else ""
        texts = [
            here.source.strip()
            for before, here in zip([None, *student.cells], student.cells, strict=False)
            if here.cell_type != "code"
            and (
                masters.is_of(here, "written", exercise)
                or masters.same_id(here, cell)
                or (before is not None and above and before.source.strip() == above)
            )
        ]
        given = [text for text in texts if text and text != EMPTY]
        found[exercise] = given[-1][:LONGEST] if given else ""
    return found


def digest(answer: str) -> str:
    """Return what tells an answer from the same student's later one."""
    return hashlib.sha256(answer.encode("utf-8", "replace")).hexdigest()[:8]
