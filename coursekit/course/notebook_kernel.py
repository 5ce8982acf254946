"""Run cells in an ordinary kernel, without a sandbox: a student's own notebook, or a master.

In a reference kernel, a master's checks record the outcomes of the master's own answers (the
reference) on the cases that a seed generates. Masters are trusted.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Empty
from typing import Any

from coursekit.course.headers import Role
from coursekit.course.master import Cell, Master
from coursekit.course.records import RECORD, CheckRecord, Json
from coursekit.errors import CommandError, plural
from coursekit.sandbox.guest import limits
from coursekit.sandbox.guest.check_probe import MIME

CELL_TIMEOUT = 300  # seconds
START_TIMEOUT = 60
COLOUR = re.compile(r"\x1b\[[0-9;]*m")  # IPython colours its tracebacks
# runs ipykernel and dies with us, even if we are killed before ipykernel watches its parent
LAUNCH = """
import ctypes, os, runpy, signal
ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
if os.getppid() == int(os.environ["JPY_PARENT_PID"]):
    runpy.run_module("ipykernel_launcher", run_name="__main__", alter_sys=True)
"""
NO_SEEDS: Mapping[Role, str] = {}  # one seed for all checks
NO_CLOCKS: Mapping[str, float] = {}  # each check measures its own
LINE = re.compile(r"Cell In\[\d+\], line (\d+)")


@dataclass(slots=True)
class CellRun:
    """The items that a cell displayed, as MIME bundles, and its first error, if any."""

    displayed: list[Mapping[str, Json]] = field(default_factory=list)
    error: str = ""
    line: int = 0  # the cell's line that raised the error, or 0

    @property
    def at(self) -> str:
        """The place of the error, for example ", line 3"."""
        return f", line {self.line}" if self.line else ""


class Kernel:
    """A client of a running kernel."""

    def __init__(self, client: Any, interrupt: Callable[[], None]) -> None:
        self._client, self._interrupt = client, interrupt

    def run(self, source: str, where: str, patience: float = CELL_TIMEOUT) -> CellRun:
        """Run a cell, which is interrupted after `patience` seconds.

        Raise an error naming `where` if it still does not finish, or kills the kernel.
        """
        run = CellRun()
        request = self._client.execute(source, allow_stdin=False)
        start = time.monotonic()
        while time.monotonic() < start + CELL_TIMEOUT:
            if not run.error and time.monotonic() > start + patience:
                run.error = f"interrupted after {patience:g} seconds"
                self._interrupt()
            try:
                message = self._client.get_iopub_msg(timeout=1)
            except Empty:
                if not self._client.is_alive():
                    raise CommandError(f"{where} killed its kernel") from None
                continue
            if message["parent_header"].get("msg_id") != request:
                continue
            match message["msg_type"], message["content"]:
                case "display_data" | "execute_result", {"data": data}:
                    run.displayed.append(data)
                case "error", error if not run.error:
                    is_ours = error["ename"] == CommandError.__name__  # a sentence of its own
                    name = "" if is_ours else f"{error['ename']}: "
                    run.error = f"{name}{error['evalue']}"
                    lines = LINE.findall(COLOUR.sub("", "\n".join(error["traceback"])))
                    run.line = int(lines[-1]) if lines else 0  # the innermost line
                case "status", {"execution_state": "idle"}:
                    return run
        raise CommandError(f"{where} did not finish within {CELL_TIMEOUT} seconds")


@contextmanager
def ordinary_kernel(
    env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Iterator[Kernel]:
    """Yield a kernel with these environment variables, in this folder.

    On POSIX systems it uses Unix sockets, because two processes that start kernels at the same time
    may get the same free TCP port.
    """
    from jupyter_client.manager import KernelManager

    with tempfile.TemporaryDirectory(prefix=f"coursekit-{os.getpid()}-kernel-") as folder:
        manager = KernelManager(connection_file=f"{folder}/connection.json")
        if os.name == "posix":
            manager.transport, manager.ip = "ipc", f"{folder}/k"
        spec: Any = manager.kernel_spec
        argv = spec.argv if sys.platform == "linux" else []
        if "ipykernel_launcher" in argv:
            at = argv.index("ipykernel_launcher")  # after -m
            argv[at - 1 : at + 1] = ["-P", "-c", LAUNCH]
        manager.start_kernel(
            extra_arguments=["--HistoryManager.enabled=False"],  # kernels would share one history
            env=os.environ | (env or {}),
            cwd=str(cwd or "."),
            stderr=subprocess.DEVNULL,
        )
        client = manager.client()
        client.start_channels()
        try:
            try:
                client.wait_for_ready(timeout=START_TIMEOUT)
            except RuntimeError as error:
                remedy = "check the free memory, run coursekit doctor, then run the command again"
                raise CommandError(f"Jupyter's kernel did not start ({error}): {remedy}") from None
            yield Kernel(client, manager.interrupt_kernel)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
            manager.cleanup_resources()


class MasterError(CommandError):
    """A master fails in this cell (counted from 0), on this line (counted from 1)."""

    def __init__(self, what: str, where: str, cell: int, line: int = 1) -> None:
        super().__init__(f"the master's {where} {what}")
        self.what, self.cell, self.line = what, cell, line


class ReferenceKernel:
    """A kernel in which a master's checks record outcomes instead of comparing them."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def draw_cases_from(self, seed: str) -> None:
        """Set the seed; unlike a variable of the process, it is invisible to other users."""
        self._kernel.run(f"import os\nos.environ[{RECORD!r}] = {seed!r}", "the seed")

    def limit(self, seconds: float) -> None:
        """Stop answers after `seconds` of CPU time in each check."""
        source = f"import {limits.__name__} as _limits\n_limits.RECORD_TIMEOUT = {seconds}"
        self._kernel.run(source, "the time limit")

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

    def records(
        self, master: Master, seeds: Mapping[Role, str] = NO_SEEDS
    ) -> Iterator[tuple[Cell, CheckRecord]]:
        """Run a master from top to bottom, except distractors; yield each check's record."""
        for cell in master.cells:
            if cell.role in (Role.CHECK, Role.HIDDEN):
                if cell.role in seeds:
                    self.draw_cases_from(seeds[cell.role])
                yield cell, self.record(cell.source, cell.index)
            elif cell.is_code and cell.role is not Role.DISTRACTOR:
                self.run(cell.source, cell.index)


@contextmanager
def reference_kernel(seed: str) -> Iterator[ReferenceKernel]:
    """Yield a kernel in which checks record their outcomes, with cases generated from the seed."""
    with ordinary_kernel() as kernel:
        reference = ReferenceKernel(kernel)
        reference.draw_cases_from(seed)
        yield reference


def run_reference(
    master: Master, seed: str, clocks: Mapping[str, float] = NO_CLOCKS
) -> dict[int, CheckRecord]:
    """Run a master on a seed's cases; return the index of each check's cell → its record.

    Public and hidden checks draw from different seeds: a student may see the cases of public ones.
    The public check of an exercise in `clocks` allows these CPU seconds: students were given them.
    """
    seeds = {Role.CHECK: seed, Role.HIDDEN: f"{seed}:{Role.HIDDEN}"}
    with reference_kernel(seed) as kernel:
        return {
            cell.index: replace(record, seconds=clocks[cell.exercise])
            if cell.role is Role.CHECK and cell.exercise in clocks
            else record
            for cell, record in kernel.records(master, seeds)
        }
