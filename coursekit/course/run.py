"""A notebook's checks, run in a terminal: what each would say in the notebook."""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from coursekit.course import masters

SECONDS = 300  # for one cell
START = 60


@contextmanager
def ordinary_kernel(env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Iterator[Any]:
    """Yield a client of a kernel of the caller's own, outside any sandbox.

    Where there are sockets in the file system it uses those: two processes that start kernels at
    the same time may be given the same free port.
    """
    from jupyter_client.manager import KernelManager

    with tempfile.TemporaryDirectory(prefix="coursekit-kernel-") as folder:
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
            yield client
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
            manager.cleanup_resources()


def run_checks(path: Path) -> Iterator[tuple[bool, str]]:
    """Yield whether all is well, and what is said: by each check, and of each cell that fails."""
    notebook = masters.read(path)
    with ordinary_kernel(cwd=path.parent) as client:
        for i, cell in enumerate(notebook.cells):
            if cell.cell_type != "code" or not cell.source.strip():
                continue
            told: list[str] = []
            errors: list[str] = []

            def hook(
                message: Mapping[str, Any], i: int = i, told: list[str] = told, errors: Any = errors
            ) -> None:
                content = message["content"]
                if message["msg_type"] == "execute_result":
                    told.append(content["data"].get("text/plain", ""))
                if message["msg_type"] == "error":
                    said = f"{content['ename']}: {content['evalue']}"
                    errors.append(f"cell {i}{at_line(content)}: {said}")

            client.execute_interactive(cell.source, output_hook=hook, timeout=SECONDS)
            if errors:
                yield False, errors[0]
            elif masters.role(cell) == "check" or cell.source.startswith("# check:"):
                yield "All public checks pass" in "".join(told), "\n".join(told)


def at_line(content: Mapping[str, Any]) -> str:
    """Return ", line 3" where an error came up in a cell: the last that its traceback names."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(content["traceback"]))
    lines = re.findall(r"Cell In\[\d+\], line (\d+)", plain)
    return f", line {lines[-1]}" if lines else ""
