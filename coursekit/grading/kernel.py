"""What nbval sees as its kernel: an ordinary ipykernel, inside the sandbox.

The seam: anything with the methods of nbval's `RunningKernel` may stand here.
"""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager
from nbval.kernel import RunningKernel

from coursekit.course.checks import RECORD
from coursekit.course.kernel import Kernel
from coursekit.course.reference import Session
from coursekit.grading.sandbox.isolation import Sandbox, scratch_folder, strongest

MOST_OUTPUT = 4 << 20  # bytes, one cell
MOST_SCRATCH = 64 << 20  # bytes beside the connection; /tmp inside is bounded by itself
MOST_FILES = 1000
START = 60  # seconds


class WorkerLostError(Exception):
    """The student's process died, or went over a limit that only ends with it."""


class _Manager(KernelManager):
    """A manager whose kernel starts inside the sandbox."""

    sandbox: Sandbox
    scratch: Path

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
        return self.sandbox.command(super().format_kernel_cmd(extra_arguments), self.scratch)

    def write_connection_file(self, **options: Any) -> None:
        super().write_connection_file(**options)
        owner = self.scratch.stat()
        os.chown(self.connection_file, owner.st_uid, owner.st_gid)


class SandboxKernel(RunningKernel):  # type: ignore[misc]  # nbval publishes no types
    """An ipykernel in a sandbox, with the interface that nbval's cells call."""

    def __init__(self, sandbox: Sandbox | None = None) -> None:
        self.sandbox = sandbox or strongest()
        self.start()

    def start(self) -> None:
        """Start a new kernel with an empty scratch folder."""
        self.scratch = scratch_folder()
        self.km = _Manager(
            transport="ipc",  # no network inside, so no TCP to the outside either
            ip=str(self.scratch / "k"),
            connection_file=str(self.scratch / "connection.json"),
        )
        self.km.sandbox, self.km.scratch = self.sandbox, self.scratch
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        self.km._kernel_spec = KernelSpec(argv=argv, language="python", display_name="sandbox")
        self._waiting: list[Any] = []  # IOPub messages that came before nbval asked
        self._bytes = 0
        log = (self.scratch / "log").open("wb")
        try:
            self.km.start_kernel(stdout=log, stderr=log, cwd=str(self.scratch))
            self.kc = self.km.client()
            self.kc.start_channels()
            self.kc.wait_for_ready(timeout=START)
        except Exception as error:
            told = (self.scratch / "log").read_text(errors="replace")[-500:]
            self.stop()
            raise RuntimeError(f"the sandboxed kernel does not start: {error} {told}") from None
        finally:
            log.close()

    def execute_cell_input(self, cell_input: str, allow_stdin: bool | None = None) -> str:
        self._waiting.clear()
        self._bytes = 0
        return str(super().execute_cell_input(cell_input, allow_stdin=allow_stdin))

    def get_message(self, stream: str, timeout: float | None = None) -> Any:
        if stream == "iopub" and self._waiting:
            return self._waiting.pop(0)
        deadline = time.monotonic() + (timeout if timeout is not None else 3600)
        while True:
            if not self.is_alive():
                raise WorkerLostError("the process ended")
            left = deadline - time.monotonic()
            if left <= 0:
                raise Empty
            try:
                message = super().get_message(stream, timeout=min(left, 0.5))
            except Empty:
                continue
            if stream == "iopub":
                self._count(message)
            return message

    def await_reply(self, msg_id: str, timeout: float | None = None) -> None:
        """Wait for the reply; meanwhile take what the cell prints, so that a flood is seen."""
        deadline = time.monotonic() + (timeout if timeout is not None else 3600)
        while (left := deadline - time.monotonic()) > 0:
            if not self.is_alive():
                raise WorkerLostError("the process ended")
            self._drain()
            if _size(self.scratch) > MOST_SCRATCH:
                self.stop()
                raise WorkerLostError(f"more than {MOST_SCRATCH >> 20} MB of files")
            try:
                reply = RunningKernel.get_message(self, "shell", timeout=min(left, 0.05))
            except Empty:
                continue
            if reply["parent_header"].get("msg_id") == msg_id:
                return
        raise Empty

    def _drain(self) -> None:
        while True:
            try:
                message = RunningKernel.get_message(self, "iopub", timeout=0)
            except Empty:
                return
            self._count(message)
            self._waiting.append(message)

    def _count(self, message: Any) -> None:
        self._bytes += len(repr(message["content"]))
        if self._bytes > MOST_OUTPUT:
            self.stop()
            raise WorkerLostError(f"more than {MOST_OUTPUT >> 20} MB of output")

    def interrupt(self) -> None:
        """End a cell that does not end by itself: bubblewrap passes no signal on."""
        self.stop()
        raise WorkerLostError("the cell does not end")

    def stop(self) -> None:
        """End the kernel with all that it started, and remove its scratch folder."""
        if hasattr(self, "kc"):
            self.kc.stop_channels()
            del self.kc
        if hasattr(self, "km"):
            if self.km.has_kernel:
                self.km.shutdown_kernel(now=True)
            self.km.cleanup_resources()
            del self.km
        shutil.rmtree(self.scratch, ignore_errors=True)


@contextmanager
def sandboxed(seed: str) -> Iterator[Session]:
    """Yield a session for a master's cells: in the sandbox, with the whole kit and this seed."""
    kernel = SandboxKernel(strongest().of_a_master(**{RECORD: seed}))
    try:
        yield Session(Kernel(kernel.kc, kernel.is_alive))
    finally:
        kernel.stop()


def _size(folder: Path) -> int:
    """Return the bytes in a folder that the sandbox writes to; very many files are too many."""
    total, left, folders = 0, MOST_FILES, [folder]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    left -= 1
                    if left < 0:
                        return MOST_SCRATCH + 1
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(Path(entry.path))
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
        except OSError:  # it changes while it is read
            continue
    return total
