"""Run the reference, a master's own answers, on the cases that a seed generates.

A master is trusted, so it runs in an ordinary kernel, outside the sandbox.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from coursekit.course.headers import Role
from coursekit.course.master import Cell, Master
from coursekit.course.notebook_kernel import Kernel, ordinary_kernel
from coursekit.course.records import RECORD, CheckRecord
from coursekit.errors import CommandError, plural
from coursekit.sandbox.guest.check_probe import MIME


class MasterError(CommandError):
    """A master fails to run in a certain cell, counted from 0, and line, counted from 1."""

    def __init__(self, what: str, where: str, cell: int, line: int = 1) -> None:
        super().__init__(f"the master's {where} {what}")
        self.what, self.cell, self.line = what, cell, line


class ReferenceKernel:
    """A kernel in which a master's checks record outcomes instead of comparing them."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def run(self, source: str, cell: int, role: str = "") -> list[CheckRecord]:
        """Run a source and return its records; an error names the master's cell."""
        where = f"{role}cell {cell}"
        run = self._kernel.run(source, f"the master's {where}")
        if run.error:
            raise MasterError(f"fails: {run.error}", f"{where}{run.at}", cell, run.line or 1)
        return [CheckRecord.from_json(data[MIME]) for data in run.displayed if MIME in data]

    def record(self, source: str, cell: int, role: str = "") -> CheckRecord:
        """Run a check and return its single record."""
        records = self.run(source, cell, role)
        if len(records) != 1:
            what = f"calls check {plural(len(records), 'time')}, not once"
            raise MasterError(what, f"{role}cell {cell}", cell)
        return records[0]

    def records(self, master: Master) -> Iterator[tuple[Cell, CheckRecord]]:
        """Run a master from top to bottom, except distractors; yield each check's record."""
        for cell in master.cells:
            if cell.role in (Role.CHECK, Role.HIDDEN):
                yield cell, self.record(cell.source, cell.index)
            elif cell.is_code and cell.role is not Role.DISTRACTOR:
                self.run(cell.source, cell.index)


@contextmanager
def reference_kernel(seed: str) -> Iterator[ReferenceKernel]:
    """Yield a kernel in which checks record their outcomes, with cases generated from the seed."""
    with ordinary_kernel({RECORD: seed}) as kernel:
        yield ReferenceKernel(kernel)


def run_reference(master: Master, seed: str) -> dict[int, CheckRecord]:
    """Run a master on a seed's cases; return the index of each check's cell → its record."""
    with reference_kernel(seed) as kernel:
        return {cell.index: record for cell, record in kernel.records(master)}
