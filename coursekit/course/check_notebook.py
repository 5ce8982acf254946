"""A notebook's checks, run in a terminal: what each would say in the notebook."""

from collections.abc import Iterator
from pathlib import Path

from coursekit.course import master as masters
from coursekit.course.notebook_kernel import ordinary_kernel


def run_checks(path: Path) -> Iterator[tuple[bool, str]]:
    """Yield whether all is well, and what is said: by each check, and of each cell that fails."""
    notebook = masters.read(path)
    with ordinary_kernel(cwd=path.parent) as kernel:
        for i, cell in enumerate(notebook.cells):
            if cell.cell_type != "code" or not cell.source.strip():
                continue
            ran = kernel.run(cell.source, f"cell {i}")
            if ran.error:
                yield False, f"cell {i}{ran.at}: {ran.error}"
            elif masters.role(cell) == "check":
                told = "\n".join(data.get("text/plain", "") for data in ran.shown)
                yield "All public checks pass" in told, told
