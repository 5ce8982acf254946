"""Turn a master into the students' files: a notebook without answers, and public outcomes."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

import nbformat

from coursekit.course.compare import digest, secret
from coursekit.course.earlier import ENCODING
from coursekit.course.headers import Role
from coursekit.course.master import METADATA, QUESTIONS, Cell, Master
from coursekit.course.notebook_kernel import ReferenceKernel, reference_kernel
from coursekit.course.records import Case, CheckRecord, Ending, Json, Outcome
from coursekit.course.structure import REVEALING

PUBLIC_SEED = "public"
PLACEHOLDER = "*Write your answer here.*"
ATTACHMENT = re.compile(r"attachment:([^\s()<>\"']+)")  # in Markdown or HTML
RELEASED_FIELDS = ("role", "exercise", "points", "by", "bonus")  # no rubrics and no hints


def release(
    lesson: str, master: Master, version: int, checks: Mapping[str, Json]
) -> dict[str, str]:
    """Return the text of each released file, by name; `checks` are the master's public checks."""
    about = {"lesson": lesson, "version": version}
    data = {**about, "encoding": ENCODING, "seed": PUBLIC_SEED, "checks": checks}
    outcomes = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return {
        f"{lesson}.ipynb": student_notebook(master, about),
        f"{lesson}.json": f"{outcomes}\n",
    }


def revealed(master: Master, files: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each secret line in released files: of solutions, hidden checks, …."""
    public = "\n".join(cell.stub for cell in master.with_role(None, Role.ANSWER, Role.CHECK))
    secrets = {
        line.strip(): cell
        for cell in master.with_role(Role.ANSWER, Role.HIDDEN, Role.DISTRACTOR, Role.PROSE)
        for line in (*cell.source.splitlines(), cell.rubric)
        if len(line.strip()) >= REVEALING and line.strip() not in public
    }
    for file, text in files.items():
        strings = list(_strings(json.loads(text)))
        for line, cell in secrets.items():
            if any(line in string for string in strings):
                what = f"the {cell.role} cell of {cell.exercise}"
                yield f"{file} would contain {line!r}, which belongs to {what}"


def _strings(data: Json) -> Iterator[str]:
    """Yield every string in JSON data, except in the values that public checks expect."""
    parts = [data]
    while parts:
        part = parts.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict | list):
            parts += part if isinstance(part, list) else (v for k, v in part.items() if k != "want")


def student_notebook(master: Master, about: Mapping[str, Json] | None = None) -> str:
    """Return the students' notebook: stubs for solutions, no hidden checks, no distractors.

    `about`, the lesson and version, is stored in the notebook's metadata.
    """
    public = [c for c in master.cells if c.role not in (Role.HIDDEN, Role.DISTRACTOR)]
    cells = [_student_cell(master.node.cells[cell.index], cell) for cell in public]
    head = next((cell for cell in public if cell.type == "markdown"), None)
    if head is not None and head.role is None:
        cells[public.index(head)]["source"] += f"\n\n{master.points_line}"
    notebook = {
        "cells": cells,
        "metadata": METADATA | ({"coursekit": about} if about else {}),
        "nbformat": master.node.nbformat,
        "nbformat_minor": master.node.nbformat_minor,
    }
    return f"{nbformat.writes(nbformat.from_dict(notebook))}\n"


def _student_cell(node: Any, cell: Cell) -> dict[str, Json]:
    """Return a cell made of nothing but what students need, since anything else may be secret."""
    source = cell.source
    if cell.role is Role.ANSWER:
        source = cell.stub
    elif cell.role is Role.PROSE:
        source = PLACEHOLDER
    released = {key: cell.fields[key] for key in RELEASED_FIELDS if key in cell.fields}
    student: dict[str, Json] = {
        "cell_type": cell.type,
        "metadata": {"coursekit": released} if cell.role else {},
        "source": source,
    }
    if cell.id:
        student["id"] = cell.id
    if cell.is_code:
        student |= {"outputs": [], "execution_count": None}
    named = {unquote(name) for name in ATTACHMENT.findall(source)}
    shown = {k: v for k, v in node.get("attachments", {}).items() if k in named}
    return student | ({"attachments": shown} if shown else {})


def answered_notebook(master: Master, answers: Mapping[str, str]) -> str:
    """Return the students' notebook with these answers filled in."""
    student = Master.parse(student_notebook(master))
    for cell in student.with_role(*QUESTIONS):
        student.node.cells[cell.index].source = answers.get(cell.exercise, cell.source)
    return str(nbformat.writes(student.node))


def public_checks(master: Master) -> dict[str, Json]:
    """Return what public checks compare answers with: exercise → outcomes and hints, no source."""
    with reference_kernel(PUBLIC_SEED) as kernel:
        checks: dict[str, Json] = {
            record.exercise: {
                "want": [
                    _public_outcome(outcome, case, record)
                    for case, outcome in zip(record.cases, record.outcomes, strict=True)
                ],
                "distractors": [],
                "seconds": record.seconds,
            }
            for cell, record in kernel.records(master)
            if cell.role is Role.CHECK
        }
        for cell in master.with_role(Role.DISTRACTOR):
            if check := checks.get(cell.exercise):
                kernel.limit(check["seconds"])
                wrong = {"hint": cell.hint, "digests": _digests(kernel, master, cell)}
                check["distractors"].append(wrong)
    return checks


def _public_outcome(outcome: Outcome, case: Case, record: CheckRecord) -> Json:
    if outcome.ending is not Ending.VALUE:
        return {"error": list(outcome.errors)}  # its traceback shows lines of the solution
    if record.judge:  # the reference's value is only one of many right values
        return {"value": None}
    # the value of a variable is the solution
    is_secret = case.get("variable")
    return {"value": secret(outcome.value, record.tolerance.zero) if is_secret else outcome.value}


def _digests(kernel: ReferenceKernel, master: Master, distractor: Cell) -> list[str]:
    """Run a distractor on the public cases, then restore the reference's answer."""
    exercise, at = distractor.exercise, distractor.index
    kernel.run(distractor.source, at, "distractor in ")
    check = next(master.of_exercise(exercise, Role.CHECK))
    record = kernel.record(check.source, at, "check of the distractor in ")
    kernel.run(master.answers[exercise], at, "answer after the distractor in ")
    return list(map(digest, record.outcomes))
