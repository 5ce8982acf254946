"""A notebook's checks, run in a terminal: what each would say in the notebook."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from coursekit.course import masters

SECONDS = 300  # for one cell


def run_checks(path: Path) -> Iterator[tuple[bool, str]]:
    """Yield whether all is well, and what is said: by each check, and of each cell that fails."""
    from jupyter_client.manager import start_new_kernel

    notebook = masters.read(path)
    manager, client = start_new_kernel(
        kernel_name="python3", cwd=str(path.parent or "."), stderr=subprocess.DEVNULL
    )
    try:
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
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def at_line(content: Mapping[str, Any]) -> str:
    """Return ", line 3" where an error came up in a cell: the last that its traceback names."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(content["traceback"]))
    lines = re.findall(r"Cell In\[\d+\], line (\d+)", plain)
    return f", line {lines[-1]}" if lines else ""
