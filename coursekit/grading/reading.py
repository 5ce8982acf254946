"""Read a student's notebook: the sources to run and the written answers, as plain data."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from coursekit.course.master import Notebook
from coursekit.course.unreadable import NotebookError
from coursekit.grading.assemble import Frame, Plan
from coursekit.grading.limited import ReadingError, each_limited
from coursekit.grading.prose import find_prose


class Reading(NamedTuple):
    """What a student's notebook contains."""

    plan: Plan
    prose: Mapping[str, str]  # question → written answer


def read_each(
    frame: Frame, texts: Iterable[str]
) -> Iterator[Reading | NotebookError | ReadingError]:
    """Yield what each notebook contains, or why it cannot be read; they are read under limits."""

    def read(text: str) -> Reading:
        notebook = Notebook.parse(text)
        return Reading(frame.plan(notebook), find_prose(frame.master, notebook))

    for outcome in each_limited(read, [*texts]):
        match outcome:
            case [plan, prose]:
                yield Reading(Plan(*plan), prose)
            case _:
                yield outcome
