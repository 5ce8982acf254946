"""A master into what students get: the notebook without answers, and the public outcomes."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat

from coursekit.course import master as masters
from coursekit.course.reference import Reference, record

PUBLIC_SEED = "public"
EMPTY = "*Write your answer here.*"
KEPT = ("role", "exercise", "points", "by", "bonus")  # a rubric or a hint is the instructor's


def release(
    name: str, master: Any, version: int = 1, public: Reference | None = None
) -> dict[str, str]:
    """Return the text of each released file, by name: the same bytes each time.

    `public` is what the reference returned on the public cases, if it has run already.
    """
    about = {"lesson": name, "version": version}
    return {
        f"{name}.ipynb": notebook(master, about),
        f"{name}.json": outcomes(name, master, version, public or public_reference(master)),
    }


def notebook(master: Any, about: Mapping[str, Any] | None = None) -> str:
    """Return the students' notebook: solutions emptied, hidden checks and distractors gone.

    `about` is what the notebook says of itself: its lesson and its version.
    """
    master = masters.Master.of(master).node
    released = copy.deepcopy(master)
    released.cells = [c for c in released.cells if masters.role(c) not in ("hidden", "distractor")]
    head = next((c for c in released.cells if c.cell_type == "markdown"), None)
    if head is not None and masters.role(head) is None:
        head.source += f"\n\n{masters.worth(master)}"
    for cell in released.cells:
        kind, facts = masters.role(cell), masters.facts(cell)
        if kind == "answer":
            cell.source = masters.emptied(cell.source)
        elif kind == "written":
            cell.source = EMPTY
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        cell.metadata = {"coursekit": {k: facts[k] for k in KEPT if k in facts}} if kind else {}
    released.metadata = copy.deepcopy(masters.METADATA) | ({"coursekit": about} if about else {})
    writes: Any = nbformat.writes  # it carries no types
    return f"{writes(released)}\n"


def answered(master: Any, answers: Mapping[str, str]) -> str:
    """Return the students' notebook with these answers, by exercise, in their places."""
    student = masters.parse(notebook(master))
    for cell in masters.cells(student, "answer", "written"):
        cell.source = answers.get(masters.facts(cell)["exercise"], cell.source)
    writes: Any = nbformat.writes  # it carries no types
    return str(writes(student))


def public_reference(master: Any) -> Reference:
    """Return what the reference and each distractor return on the public cases."""
    return record(master, PUBLIC_SEED, distractors=True)


def outcomes(name: str, master: Any, version: int, public: Reference) -> str:
    """Return what public checks compare with, as JSON: outcomes and hints, no source."""
    checks = {}
    master = masters.Master.of(master).node
    for i, found in public.records.items():
        if masters.role(master.cells[i]) == "check":
            exercise = found["exercise"]
            # where a predicate judges, the reference's value is one right value of many
            want = [_bare(w) if found["judge"] else w for w in found["outcomes"]]
            wrong = [{"hint": d["hint"], "digests": d["digests"]}
                     for d in public.distractors.get(exercise, [])]  # fmt: skip
            checks[exercise] = {"want": want, "distractors": wrong}
    data = {"lesson": name, "version": version, "seed": PUBLIC_SEED, "checks": checks}
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n"


def _bare(outcome: dict[str, Any]) -> dict[str, Any]:
    return {"value": None} if "value" in outcome else {"error": outcome["error"]}


def write(files: Mapping[str, str], notebooks: Path, data: Path) -> list[Path]:
    """Write the released files; return those that changed."""
    changed = []
    for name, text in files.items():
        path = (notebooks if name.endswith(".ipynb") else data) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed
