"""Turn a master into the students' files: a notebook without answers, and public outcomes."""

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from coursekit.course.headers import Role
from coursekit.course.master import METADATA, Cell, Master, Notebook, notebook_text
from coursekit.course.records import CheckRecord, Distractor, Ending, Json, Outcome
from coursekit.course.reference import Reference, run_reference

PUBLIC_SEED = "public"
PLACEHOLDER = "*Write your answer here.*"
RELEASED_FIELDS = ("role", "exercise", "points", "by", "bonus")  # no rubrics and no hints
REMOVED = (Role.HIDDEN, Role.DISTRACTOR)


def release(
    lesson: str, master: Master, version: int = 1, public: Reference | None = None
) -> dict[str, str]:
    """Return the text of each released file, by name; the same master gives the same bytes.

    `public` is the reference's run on the public cases, if there already was one.
    """
    about = {"lesson": lesson, "version": version}
    return {
        f"{lesson}.ipynb": student_notebook(master, about),
        f"{lesson}.json": public_outcomes(about, master, public or public_reference(master)),
    }


def student_notebook(master: Master, about: Mapping[str, Json] | None = None) -> str:
    """Return the students' notebook: stubs for solutions, no hidden checks, no distractors.

    `about`, the lesson and version, is stored in the notebook's metadata.
    """
    notebook = copy.deepcopy(master.node)
    public = [cell for cell in master.cells if cell.role not in REMOVED]
    notebook.cells = [_student_cell(notebook.cells[cell.index], cell) for cell in public]
    head = next((cell for cell in public if cell.type == "markdown"), None)
    if head is not None and head.role is None:
        notebook.cells[public.index(head)].source += f"\n\n{master.points_line}"
    notebook.metadata = copy.deepcopy(METADATA) | ({"coursekit": about} if about else {})
    return f"{notebook_text(notebook)}\n"


def _student_cell(node: Any, cell: Cell) -> Any:
    if cell.role is Role.ANSWER:
        node.source = cell.stub
    elif cell.role is Role.PROSE:
        node.source = PLACEHOLDER
    if cell.is_code:
        node.outputs, node.execution_count = [], None
    released = {key: cell.fields[key] for key in RELEASED_FIELDS if key in cell.fields}
    node.metadata = {"coursekit": released} if cell.role else {}
    return node


def answered_notebook(master: Master, answers: Mapping[str, str]) -> str:
    """Return the students' notebook with these answers filled in."""
    student = Notebook.parse(student_notebook(master))
    for cell in student.with_role(Role.ANSWER, Role.PROSE):
        student.node.cells[cell.index].source = answers.get(cell.exercise, cell.source)
    return notebook_text(student.node)


def public_reference(master: Master) -> Reference:
    """Run the reference and each distractor on the public cases."""
    return run_reference(master, PUBLIC_SEED, distractors=True)


def public_outcomes(about: Mapping[str, Json], master: Master, public: Reference) -> str:
    """Return the file that public checks compare answers with: outcomes and hints, no source."""
    checks = {
        record.exercise: _public_check(record, public.distractors.get(record.exercise, []))
        for index, record in public.records.items()
        if master.cells[index].role is Role.CHECK
    }
    data = {**about, "seed": PUBLIC_SEED, "checks": checks}
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n"


def _public_check(record: CheckRecord, distractors: Sequence[Distractor]) -> Json:
    # if a judge decides, the reference's value is only one of many right values
    to_json = _without_value if record.judge else Outcome.to_json
    return {
        "want": [to_json(outcome) for outcome in record.outcomes],
        "distractors": [asdict(distractor) for distractor in distractors],
    }


def _without_value(outcome: Outcome) -> Json:
    is_value = outcome.ending is Ending.VALUE
    return {"value": None} if is_value else {"error": list(outcome.errors)}


def write_release(files: Mapping[str, str], notebooks: Path, data: Path) -> list[Path]:
    """Write the released files into two folders; return those that changed."""
    changed = []
    for name, text in files.items():
        path = (notebooks if name.endswith(".ipynb") else data) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed
