"""The reference, run: what the master's own answers return on the cases of a seed.

The master is the instructor's and runs as any notebook of theirs does, in an ordinary kernel.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from coursekit.course import masters
from coursekit.course.cases import MIME
from coursekit.course.checks import RECORD
from coursekit.course.compare import digest
from coursekit.course.run import at_line, ordinary_kernel
from coursekit.errors import CommandError

Record = Mapping[str, Any]  # exercise, cases, outcomes, judge
SECONDS = 300  # for one cell of the reference


@dataclass(frozen=True, slots=True)
class Reference:
    """The records of a master's checks, by the number of the cell."""

    seed: str
    records: Mapping[int, Record]
    distractors: Mapping[str, list[dict[str, Any]]]  # exercise → name, hint and digests of each


class Session:
    """An ordinary kernel that runs cells and returns what checks recorded."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def run(self, source: str, where: str) -> list[Record]:
        """Return the records that a cell emits; an error is the master's fault, and said."""
        records: list[Record] = []
        errors: list[str] = []

        def hook(message: Mapping[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "error":
                at = at_line(content)
                errors.append(f"{at} fails: {content['ename']}: {content['evalue']}")
            if message["msg_type"] in ("display_data", "execute_result"):
                records.extend(content["data"][MIME] for _ in "x" if MIME in content["data"])

        self._client.execute_interactive(source, output_hook=hook, timeout=SECONDS)
        if errors:
            raise CommandError(f"the master's {where}{errors[0]}")
        return records


@contextmanager
def session(seed: str) -> Iterator[Session]:
    """Yield a kernel in which checks record, with cases drawn from the seed."""
    with ordinary_kernel({RECORD: seed}) as client:
        yield Session(client)


def record(master: Any, seed: str, *, distractors: bool = False) -> Reference:
    """Return what the reference, and if asked each distractor, returns on the cases of a seed."""
    records: dict[int, Record] = {}
    wrong: dict[str, list[dict[str, Any]]] = {}
    with session(seed) as kernel:
        for i, cell in enumerate(master.cells):
            kind = masters.role(cell)
            if cell.cell_type != "code" or kind == "distractor":
                continue
            found = kernel.run(cell.source, f"cell {i}")
            if kind in ("check", "hidden"):
                if len(found) != 1:
                    raise CommandError(f"the master's cell {i} checks {len(found)} times, not once")
                records[i] = found[0]
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
    kernel.run(cell.source, f"distractor in cell {i}")
    check = next(c for c in same if masters.role(c) == "check")
    outcomes = kernel.run(check.source, f"check of distractor {about['name']}")[0]["outcomes"]
    answer = next(c for c in same if masters.role(c) == "answer")
    kernel.run(answer.source, f"answer to {about['exercise']}")
    return {"name": about["name"], "hint": about["hint"], "digests": list(map(digest, outcomes))}
