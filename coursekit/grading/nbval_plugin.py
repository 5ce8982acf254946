"""Extend nbval with our kernel and comparison: each cell is a test, and values are compared.

`coursekit grade` and `pytest --coursekit` use the same collector and the same cells; only the
latter registers this module as a plugin.
"""

import re
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError

from coursekit.course.compare import verdicts
from coursekit.course.headers import Role
from coursekit.course.master import Cell, Master
from coursekit.course.notebook_kernel import run_reference
from coursekit.course.records import CheckRecord, Outcome, Status
from coursekit.course.unreadable import text_of
from coursekit.grading.assemble import HELPER, Assembled, Frame
from coursekit.grading.evidence import evidence
from coursekit.grading.reading import Reading, read_each
from coursekit.grading.results import (
    NotebookResult,
    cell_error,
    cell_title,
    check_result,
    error_notes,
    first_reason,
)
from coursekit.sandbox.guest.check_probe import MIME
from coursekit.sandbox.guest.limits import CELL_SLOWDOWN, CELL_TIMEOUT
from coursekit.sandbox.host.worker_kernel import SandboxKernel, WorkerLostError
from coursekit.sandbox.host.zygote_client import InfrastructureError, ZygoteClient

# control characters, but for line ends and colours, and what changes the direction of text
UNSAFE = re.compile(r"(?!\x1b\[[\d;]*m)[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
MAX_NOTES = 8  # sentences about one notebook
ZYGOTE = pytest.StashKey[ZygoteClient]()  # shared by the notebooks of `pytest --coursekit`


class GradedNotebook(IPyNbFile):  # type: ignore[misc]  # nbval has no type information
    """A student's answers in the master's frame; a worker may use `seconds` of CPU time."""

    def __init__(
        self,
        assemble: Callable[[], Assembled],
        zygote: ZygoteClient,
        seconds: float = CELL_TIMEOUT,
        **node: Any,
    ) -> None:
        super().__init__(**node)
        self.assemble, self.zygote, self.seconds = assemble, zygote, seconds
        self.result = NotebookResult()
        self.lost: dict[str, str] = {}  # exercise → why its worker was lost
        self.raised: dict[str, str] = {}  # exercise → the error that its answer cell raised
        self.errors: dict[str, str] = {}  # error in the student's cells → a sentence about it
        self.earlier: list[tuple[int, str]] = []  # cells that ran: their place and source
        self.ran = 0  # how many of them the current worker has run
        self.rebound: Collection[int] = ()  # hidden checks that cells below them could change
        self.suspect = ""  # an exercise that failed in this worker and may have changed its state

    def collect(self) -> Iterator["GradedCell"]:
        """Yield the cells in order, then the hidden checks, last exercise first.

        Students see errors of the others, so those must not run where hidden cases have been. The
        last hidden check finds the state that it needs, and a failed exercise's check does, too.
        """
        assembled = self.assemble()
        self.rebound = assembled.rebound
        cells = list(enumerate(assembled.cells))
        shown = [one for one in cells if not _is_hidden(one[1])]
        hidden = [one for one in cells if _is_hidden(one[1])]
        for number, cell in shown + hidden[::-1]:
            about, is_probe = cell.metadata["coursekit"], bool(cell.outputs)
            # we set the options: a student's tags and NBVAL comments have no effect
            options = defaultdict(bool, check=is_probe, check_exception=not is_probe)
            name = f"{number}-{about.role or 'frame'}-{about.exercise}"
            yield GradedCell.from_parent(
                self, name=name, cell_num=number, cell=cell, options=options
            )

    def setup(self) -> None:
        self.kernel = SandboxKernel(self.zygote, self.seconds)
        self.end = time.monotonic() + self.seconds * CELL_SLOWDOWN
        self.config.option.nbval_cell_timeout = self.seconds * CELL_SLOWDOWN

    def teardown(self) -> None:
        if self.kernel is not None:
            self.kernel.stop()

    def is_over(self) -> bool:
        """Return whether the cells have used up the notebook's time."""
        return time.monotonic() > self.end

    def get_kernel_message(self, **options: Any) -> Any:
        """Return a message; nbval would copy each part of a record, which may have thousands."""
        message = super().get_kernel_message(**options)
        data = message["content"].get("data")
        if isinstance(data, dict) and MIME in data:
            data[MIME] = Record(data[MIME])
        return message

    def note(self, *sentences: str) -> None:
        """Add sentences to the student's page, up to MAX_NOTES different ones."""
        notes = self.result.notes
        notes[:] = list(dict.fromkeys([*notes, *sentences]))[:MAX_NOTES]

    def prepare(self, cell: "GradedCell") -> None:
        """Start a new worker if a cell needs one, and run the cells above it that it has not run.

        A hidden check runs in the state that the cells above it leave, as at home.
        """
        suspect = self.suspect and self.suspect != cell.about.exercise
        is_changed = cell.about.index in self.rebound and self._has_run_below(cell.cell_num)
        if suspect or is_changed or not self.kernel.is_alive():
            self._restart()
        while not self.is_over() and not self._catch_up(cell.cell_num):
            self._restart()

    def _has_run_below(self, place: int) -> bool:
        return any(number > place for number, _ in self.earlier[: self.ran])

    def _restart(self) -> None:
        self.suspect, self.ran = "", 0
        self.kernel.stop()
        self.kernel.start()

    def _catch_up(self, place: int) -> bool:
        """Run the earlier cells above a place; return False if one lost the worker, and drop it."""
        self.kernel.clock, self.kernel.cases = 0.0, ""
        while self.ran < len(self.earlier) and self.earlier[self.ran][0] < place:
            try:
                sent = self.kernel.execute_cell_input(self.earlier[self.ran][1], allow_stdin=False)
                self.kernel.await_reply(sent, self.seconds * CELL_SLOWDOWN)
                self.kernel.await_idle(sent, 5)
            except (WorkerLostError, Empty):
                del self.earlier[self.ran]
                return False
            self.ran += 1
        return True


@dataclass(frozen=True, slots=True)
class Record:
    """The outcomes that a probe sent, or whatever a student's process sent in their place."""

    plain: Any


def _is_hidden(cell: Any) -> bool:
    return cell.metadata["coursekit"].role is Role.HIDDEN


class GradedCell(IPyNbCell):  # type: ignore[misc]  # nbval has no type information
    """A cell of a submission; a probe's outcomes are compared with the reference's."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.about: Cell = self.cell.metadata["coursekit"]
        self.is_probe = bool(self.cell.outputs)
        self.verdicts: list[bool] = []  # one per case
        self.outcomes: list[Outcome] = []  # one per case
        self.test_outputs: list[Any] = []

    def setup(self) -> None:  # nbval would fail all later cells; we use a new worker
        notebook = self.parent
        notebook.timed_out = False
        if not (self.is_probe and self.about.exercise in notebook.lost):
            notebook.prepare(self)

    def runtest(self) -> None:
        notebook, exercise = self.parent, self.about.exercise
        failure = ""
        try:
            self._stop_early()
            notebook.kernel.clock = (
                self.cell.outputs[0]["data"][MIME].seconds if self.is_probe else 0
            )
            notebook.kernel.cases = self.cell.metadata["cases"]
            super().runtest()
            if not self.is_probe:
                notebook.earlier.append((self.cell_num, self.cell.source))
                notebook.ran += 1
                notebook.raised[exercise] = cell_error(self.test_outputs)
                if self.about == HELPER or self.about.role is Role.ANSWER:
                    notebook.errors |= error_notes(self.cell.source, self.test_outputs)
        except InfrastructureError as error:
            notebook.result.failures.append(str(error))
            raise
        except WorkerLostError as error:
            notebook.lost.setdefault(exercise, str(error))
            if self.about == HELPER:
                notebook.note(f"Your cell {cell_title(self.cell.source)} was stopped: {error}.")
            raise
        except NbCellError as error:
            failure = str(error)
            raise
        finally:
            if self.is_probe:
                self._report(failure)
            self.test_outputs, self.outcomes = [], []  # outputs may be megabytes

    def _stop_early(self) -> None:
        """Raise an error if a check's exercise has lost a worker or the notebook's time is up."""
        notebook = self.parent
        if self.is_probe and (reason := notebook.lost.get(self.about.exercise)):
            raise WorkerLostError(reason)
        if notebook.is_over():
            raise WorkerLostError("the notebook's cells together took too long")

    def compare_outputs(self, test: Any, ref: Any, _: Any = None) -> bool:
        """Compare the probe's output with the reference's output; nbval calls this method."""
        expected: CheckRecord = ref[0]["data"][MIME]
        records = [o["data"][MIME].plain for o in test if MIME in o.get("data", {})]
        fault = _fault(records, expected)
        self.comparison_traceback = [fault]
        if fault:
            return False
        self.outcomes = [Outcome.from_json(outcome) for outcome in records[0]["outcomes"]]
        self.verdicts = verdicts(expected, self.outcomes)
        if any(outcome.timed_out for outcome in self.outcomes):
            self.parent.lost.setdefault(self.about.exercise, first_reason(self.outcomes))
        return all(self.verdicts)

    def repr_failure(self, excinfo: Any) -> str:
        """Return nbval's description; a student's text may colour the terminal, and no more."""
        return UNSAFE.sub(lambda one: ascii(one[0])[1:-1], super().repr_failure(excinfo))

    def _report(self, failure: str) -> None:
        """Attach the check's result to pytest's report; after a failure, distrust the worker."""
        notebook, exercise = self.parent, self.about.exercise
        record: CheckRecord = self.cell.outputs[0]["data"][MIME]
        result = check_result(
            self.about, len(record.cases), self.outcomes, self.verdicts,
            lost=notebook.lost.get(exercise, ""), raised=notebook.raised.get(exercise, ""),
            failure=failure,
        )  # fmt: skip
        found = evidence(record, self.outcomes, self.verdicts)
        result = replace(result, behaviour=found.behaviour, failing=found.failing)
        absent = bool(self.outcomes) and all(o.not_attempted for o in self.outcomes)
        if result.status is not Status.RIGHT:
            shown = "" if _is_hidden(self.cell) else result.why  # how a hidden check failed is not
            notebook.note(*(x for error, x in notebook.errors.items() if error not in shown))
            if not absent:
                notebook.suspect = exercise
        self.user_properties.append(("coursekit", result))


def _fault(records: list[Any], expected: CheckRecord) -> str:
    """Return the problem with the probe's output, or "" if it is one complete result record."""
    if len(records) != 1:
        return f"expected 1 result record, got {len(records)}"
    [record] = records
    if not isinstance(record, dict) or record.get("exercise") != expected.exercise:
        return "the result record belongs to another exercise"
    outcomes = record.get("outcomes")
    if not isinstance(outcomes, list) or len(outcomes) != len(expected.cases):
        return "the result record is incomplete"
    return ""


def pytest_collect_file(file_path: Path, parent: Any) -> Any:
    """Return a collector that grades a submission against the master with the same name."""
    if file_path.suffix != ".ipynb":
        return None
    zygote = parent.config.stash.setdefault(ZYGOTE, ZygoteClient())
    solution = Path(parent.config.option.coursekit_solutions, file_path.name)

    def assemble() -> Assembled:  # called late: pytest asks about other files too
        if not solution.is_file():
            raise pytest.UsageError(f"no master {solution}: pass --coursekit-solutions")
        master = Master.read(solution)
        frame = Frame(master, run_reference(master, secrets.token_hex(16)))
        reading = next(read_each(frame, [text_of(file_path.read_bytes())]))
        if not isinstance(reading, Reading):
            raise pytest.UsageError(f"cannot read {file_path}: it is {reading}")
        return frame.complete(reading.plan)

    return GradedNotebook.from_parent(parent, path=file_path, assemble=assemble, zygote=zygote)
