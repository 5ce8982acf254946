"""`make lessons`: run every lesson and save its outputs, which are identical on every run."""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from coursekit.course.master import METADATA

WIDGET = "application/vnd.jupyter.widget-view+json"  # not saved: a widget needs a running kernel


def save(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    here = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=60, resources=here).execute()
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = merge_streams(cell.outputs)
            for output in cell.outputs:
                output.get("data", {}).pop(WIDGET, None)
    nbformat.validate(notebook)
    nbformat.write(notebook, path)


def merge_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Merge a cell's consecutive stream outputs: a busy kernel may split one print."""
    merged: list[NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream" and merged and merged[-1].get("name") == output.name:
            merged[-1].text += output.text
        else:
            merged.append(output)
    return merged


if __name__ == "__main__":
    for name in sys.argv[1:] or sorted(Path("notebooks").glob("*.ipynb")):
        save(Path(name))
