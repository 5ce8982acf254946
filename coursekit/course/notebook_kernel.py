"""Run cells in an ordinary kernel, without a sandbox, and record their displays and errors."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any

from coursekit.course.records import Json
from coursekit.errors import CommandError

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
LINE = re.compile(r"Cell In\[\d+\], line (\d+)")


@dataclass(slots=True)
class CellRun:
    """The items that a cell displayed, as MIME bundles, and the error that it raised, if any."""

    displayed: list[Mapping[str, Json]] = field(default_factory=list)
    error: str = ""
    line: int = 0  # the cell's line that raised the error, or 0

    @property
    def at(self) -> str:
        """The place of the error, for example ", line 3"."""
        return f", line {self.line}" if self.line else ""

    def add(self, kind: str, content: Json) -> None:
        """Add the content of a kernel message."""
        if kind in ("display_data", "execute_result"):
            self.displayed.append(content["data"])
        if kind == "error":
            self.error = f"{content['ename']}: {content['evalue']}"
            lines = LINE.findall(COLOUR.sub("", "\n".join(content["traceback"])))
            self.line = int(lines[-1]) if lines else 0  # the innermost line


class Kernel:
    """A client of a running kernel."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def run(self, source: str, where: str) -> CellRun:
        """Run a cell; raise an error naming `where` if it never finishes or kills the kernel."""
        run = CellRun()
        request = self._client.execute(source, allow_stdin=False)
        deadline = time.monotonic() + CELL_TIMEOUT
        while time.monotonic() < deadline:
            try:
                message = self._client.get_iopub_msg(timeout=1)
            except Empty:
                if not self._client.is_alive():
                    raise CommandError(f"{where} killed its kernel") from None
                continue
            if message["parent_header"].get("msg_id") != request:
                continue
            run.add(message["msg_type"], message["content"])
            if message["content"].get("execution_state") == "idle":
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
            extra_arguments=["--HistoryManager.enabled=False"],  # kernels would share one file
            env=os.environ | (env or {}),
            cwd=str(cwd or "."),
            stderr=subprocess.DEVNULL,
        )
        client = manager.client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=START_TIMEOUT)
            yield Kernel(client)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
            manager.cleanup_resources()
