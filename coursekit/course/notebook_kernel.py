"""Cells in an ordinary kernel, outside any sandbox: what each shows, how it fails."""

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any

from coursekit.errors import CommandError

SECONDS = 300  # for one cell
START = 60


@dataclass(slots=True)
class Ran:
    """What a cell displayed, each by its kinds, and the error that ended it, if any."""

    shown: list[Mapping[str, Any]] = field(default_factory=list)
    error: str = ""
    line: int = 0  # of the cell, where the error came up; 0 where in none

    @property
    def at(self) -> str:
        """Where the error came up: ", line 3"."""
        return f", line {self.line}" if self.line else ""


class Kernel:
    """A running kernel: a client of its, and whether it still lives."""

    def __init__(self, client: Any, alive: Callable[[], bool]) -> None:
        self._client, self._alive = client, alive

    def run(self, source: str, where: str) -> Ran:
        """Run a cell; one that never ends, or ends its kernel, is an error that says `where`."""
        ran = Ran()
        sent = self._client.execute(source, allow_stdin=False)
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            try:
                message = self._client.get_iopub_msg(timeout=1)
            except Empty:
                if not self._alive():
                    raise CommandError(f"{where} ended its kernel") from None
                continue
            content = message["content"]
            if message["parent_header"].get("msg_id") != sent:
                continue
            if message["msg_type"] in ("display_data", "execute_result"):
                ran.shown.append(content["data"])
            if message["msg_type"] == "error":
                ran.error = f"{content['ename']}: {content['evalue']}"
                plain = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(content["traceback"]))
                lines = re.findall(r"Cell In\[\d+\], line (\d+)", plain)
                ran.line = int(lines[-1]) if lines else 0  # the last that the traceback names
            if content.get("execution_state") == "idle":
                return ran
        raise CommandError(f"{where} does not end within {SECONDS} seconds")


@contextmanager
def ordinary_kernel(
    env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Iterator[Kernel]:
    """Yield a kernel with these variables, in this folder.

    Where there are sockets in the file system it uses those: two processes that start kernels at
    the same time may be given the same free port.
    """
    from jupyter_client.manager import KernelManager

    with tempfile.TemporaryDirectory(prefix=f"coursekit-{os.getpid()}-kernel-") as folder:
        manager = KernelManager(kernel_name="python3")
        if os.name == "posix":
            manager.transport, manager.ip = "ipc", str(Path(folder, "k"))
        manager.start_kernel(
            env=os.environ | (env or {}), cwd=str(cwd or "."), stderr=subprocess.DEVNULL
        )
        client = manager.client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=START)
            yield Kernel(client, manager.is_alive)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
            manager.cleanup_resources()
