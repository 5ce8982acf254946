"""The reference, run: what the master's own answers return on the cases of a seed.

Released, a master runs as any notebook of the instructor's does; `grading` has a sandbox for it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from coursekit.course import master as masters
from coursekit.course.compare import digest
from coursekit.course.notebook_kernel import Kernel, ordinary_kernel
from coursekit.course.records import RECORD, CheckRecord
from coursekit.errors import CommandError
from coursekit.sandbox.guest.check_probe import MIME

Record = Mapping[str, Any]  # exercise, cases, outcomes, judge


@dataclass(frozen=True, slots=True)
class Reference:
    """The records of a master's checks, by the number of the cell."""

    seed: str
    records: Mapping[int, Record]
    distractors: Mapping[str, list[dict[str, Any]]]  # exercise → name, hint and digests of each

    @property
    def checks(self) -> dict[int, CheckRecord]:
        """The record of each check, by the number of its cell."""
        return {i: CheckRecord.from_json(record) for i, record in self.records.items()}


class MasterError(CommandError):
    """A master that cannot be run, and where: a cell counted from 0, a line of it from 1."""

    def __init__(self, sentence: str, cell: int, line: int) -> None:
        super().__init__(f"the master's {sentence}")
        self.cell, self.line = cell, line


class Session:
    """A kernel that runs a master's cells and returns what their checks recorded."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def run(self, source: str, cell: int, of: str = "") -> list[Record]:
        """Return the records that a source emits; an error is the fault of the master's cell."""
        where = f"{of}cell {cell}"
        ran = self._kernel.run(source, f"the master's {where}")
        if ran.error:
            raise MasterError(f"{where}{ran.at} fails: {ran.error}", cell, ran.line or 1)
        return [data[MIME] for data in ran.shown if MIME in data]

    def record(self, source: str, cell: int, of: str = "") -> Record:
        """Return the one record of a check."""
        found = self.run(source, cell, of)
        if len(found) != 1:
            raise MasterError(f"{of}cell {cell} checks {len(found)} times, not once", cell, 1)
        return found[0]

    def records(self, master: Any) -> Iterator[tuple[int, Record]]:
        """Run a master from top to bottom, but for its distractors; yield each check's record."""
        for i, cell in enumerate(master.cells):
            kind = masters.role(cell)
            if kind in ("check", "hidden"):
                yield i, self.record(cell.source, i)
            elif cell.cell_type == "code" and kind != "distractor":
                self.run(cell.source, i)


@contextmanager
def session(seed: str) -> Iterator[Session]:
    """Yield a kernel in which checks record, with cases drawn from the seed."""
    with ordinary_kernel({RECORD: seed}) as kernel:
        yield Session(kernel)


def record(master: Any, seed: str, *, distractors: bool = False) -> Reference:
    """Return what the reference, and if asked each distractor, returns on the cases of a seed."""
    wrong: dict[str, list[dict[str, Any]]] = {}
    master = masters.Master.of(master).node
    with session(seed) as kernel:
        records = dict(kernel.records(master))
        for i, cell in enumerate(master.cells if distractors else ()):
            if masters.role(cell) == "distractor":
                wrong.setdefault(masters.facts(cell)["exercise"], []).append(
                    _wrong(kernel, master, cell, i)
                )
    return Reference(seed, records, wrong)


def _wrong(kernel: Session, master: Any, cell: Any, i: int) -> dict[str, Any]:
    """Return how a distractor behaves on the public cases; the reference's answer comes back."""
    about = masters.facts(cell)
    same = [c for c in master.cells if masters.facts(c).get("exercise") == about["exercise"]]
    kernel.run(cell.source, i, "distractor in ")
    check = next(c for c in same if masters.role(c) == "check")
    outcomes = kernel.record(check.source, i, "check of the distractor in ")["outcomes"]
    answer = next(c for c in same if masters.role(c) == "answer")
    kernel.run(answer.source, i, "answer after the distractor in ")
    return {"name": about["name"], "hint": about["hint"], "digests": list(map(digest, outcomes))}
