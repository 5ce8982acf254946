"""Run a notebook's checks in a terminal: each prints what it would show in the notebook."""

from collections.abc import Iterator
from pathlib import Path

from coursekit.course.explain import ALL_PASS
from coursekit.course.headers import Role
from coursekit.course.master import Notebook
from coursekit.course.notebook_kernel import ordinary_kernel


def run_checks(path: Path) -> Iterator[tuple[bool, str]]:
    """Yield (passed, feedback) for each check, and (False, error) for each cell that fails."""
    notebook = Notebook.read(path)
    with ordinary_kernel(cwd=path.parent) as kernel:
        for cell in notebook.cells:
            if not cell.is_code or not cell.source.strip():
                continue
            run = kernel.run(cell.source, f"cell {cell.index}")
            if run.error:
                yield False, f"cell {cell.index}{run.at}: {run.error}"
            elif cell.role is Role.CHECK:
                feedback = "\n".join(data.get("text/plain", "") for data in run.displayed)
                yield ALL_PASS in feedback, feedback
