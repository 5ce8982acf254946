"""Turn a master into the students' files: a notebook without answers, and public outcomes."""

import copy
import json
from collections.abc import Mapping
from typing import Any

import nbformat

from coursekit.course.compare import digest
from coursekit.course.headers import Role
from coursekit.course.master import METADATA, QUESTIONS, Cell, Master, Notebook
from coursekit.course.notebook_kernel import ReferenceKernel, reference_kernel
from coursekit.course.records import Ending, Json, Outcome

PUBLIC_SEED = "public"
PLACEHOLDER = "*Write your answer here.*"
RELEASED_FIELDS = ("role", "exercise", "points", "by", "bonus")  # no rubrics and no hints


def release(
    lesson: str, master: Master, version: int, checks: Mapping[str, Json]
) -> dict[str, str]:
    """Return the text of each released file, by name; `checks` are the master's public checks."""
    about = {"lesson": lesson, "version": version}
    data = {**about, "seed": PUBLIC_SEED, "checks": checks}
    outcomes = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return {
        f"{lesson}.ipynb": student_notebook(master, about),
        f"{lesson}.json": f"{outcomes}\n",
    }


def student_notebook(master: Master, about: Mapping[str, Json] | None = None) -> str:
    """Return the students' notebook: stubs for solutions, no hidden checks, no distractors.

    `about`, the lesson and version, is stored in the notebook's metadata.
    """
    notebook = copy.deepcopy(master.node)
    public = [c for c in master.cells if c.role not in (Role.HIDDEN, Role.DISTRACTOR)]
    notebook.cells = [_student_cell(notebook.cells[cell.index], cell) for cell in public]
    head = next((cell for cell in public if cell.type == "markdown"), None)
    if head is not None and head.role is None:
        notebook.cells[public.index(head)].source += f"\n\n{master.points_line}"
    notebook.metadata = copy.deepcopy(METADATA) | ({"coursekit": about} if about else {})
    return f"{nbformat.writes(notebook)}\n"


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
    for cell in student.with_role(*QUESTIONS):
        student.node.cells[cell.index].source = answers.get(cell.exercise, cell.source)
    return str(nbformat.writes(student.node))


def public_checks(master: Master) -> dict[str, Json]:
    """Return what public checks compare answers with: exercise → outcomes and hints, no source."""
    with reference_kernel(PUBLIC_SEED) as kernel:
        checks: dict[str, Json] = {
            record.exercise: {
                "want": [_public_outcome(outcome, record.judge) for outcome in record.outcomes],
                "distractors": [],
            }
            for cell, record in kernel.records(master)
            if cell.role is Role.CHECK
        }
        for cell in master.with_role(Role.DISTRACTOR):
            if check := checks.get(cell.exercise):
                wrong = {"hint": cell.hint, "digests": _digests(kernel, master, cell)}
                check["distractors"].append(wrong)
    return checks


def _public_outcome(outcome: Outcome, judge: Json) -> Json:
    if not judge:
        return outcome.to_json()
    # if a judge decides, the reference's value is only one of many right values
    is_value = outcome.ending is Ending.VALUE
    return {"value": None} if is_value else {"error": list(outcome.errors)}


def _digests(kernel: ReferenceKernel, master: Master, distractor: Cell) -> list[str]:
    """Run a distractor on the public cases, then restore the reference's answer."""
    exercise, at = distractor.exercise, distractor.index
    kernel.run(distractor.source, at, "distractor in ")
    check = next(master.of_exercise(exercise, Role.CHECK))
    record = kernel.record(check.source, at, "check of the distractor in ")
    kernel.run(master.answers[exercise], at, "answer after the distractor in ")
    return list(map(digest, record.outcomes))
