"""nbval with another kernel and another comparison: one cell is one test, values decide.

`pytest --coursekit NOTEBOOK` grades one notebook against the master of the same name in
`--coursekit-solutions`; `grade.py` uses the same collector and cells for a class.
"""

import re
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError

from coursekit.course import master as masters
from coursekit.course.compare import verdicts
from coursekit.course.reference import record
from coursekit.grading.assemble import Assembled, Frame
from coursekit.sandbox.guest.check_probe import MIME
from coursekit.sandbox.guest.limits import CELL_SLOWDOWN, CELL_TIMEOUT
from coursekit.sandbox.host.worker_kernel import SandboxKernel, WorkerLostError
from coursekit.sandbox.host.zygote_client import InfrastructureError, ZygoteClient

ABSENT = ("missing", "empty")  # outcomes of an answer that nothing defines, or that is the stub
IN_CELL = re.compile(r" \(\S+\.py, (line \d+)\)$")  # how a SyntaxError says where
CELL_SECONDS = CELL_TIMEOUT
ZYGOTE = pytest.StashKey[ZygoteClient]()  # one for all notebooks of `pytest --coursekit`


class ExerciseFailedError(Exception):
    """A check of an exercise whose answer cost its process."""


class GradedNotebook(IPyNbFile):  # type: ignore[misc]  # nbval publishes no types
    """A student's answers in the master's frame; its outputs are the reference's."""

    submission: Assembled
    zygote: ZygoteClient
    seconds: float = CELL_SECONDS
    broken: list[str]  # failures of our own machinery

    def collect(self) -> Iterator["GradedCell"]:
        for number, cell in enumerate(self.submission.cells):
            about = cell.metadata["coursekit"]
            # a student's tags and NBVAL comments are not looked at
            options = defaultdict(
                bool, check="number" in about, check_exception="number" not in about
            )
            name = f"{number}-{about['role']}-{about['exercise']}"
            yield GradedCell.from_parent(
                self, name=name, cell_num=number, cell=cell, options=options
            )

    def setup(self) -> None:
        self.lost: dict[str, str] = {}  # exercise → why its process was lost
        self.raised: dict[str, str] = {}  # exercise → what its cell raised, instead of defining it
        self.replay: list[str] = []  # sources that ended well, to be run in a fresh process
        self.suspect = ""  # the exercise that went wrong here, and may have left something
        self.kernel = SandboxKernel(self.zygote, self.seconds)
        self.end = time.monotonic() + self.seconds * CELL_SLOWDOWN
        self.config.option.nbval_cell_timeout = self.seconds * CELL_SLOWDOWN

    def teardown(self) -> None:
        if self.kernel is not None:
            self.kernel.stop()

    def is_over(self) -> bool:
        """Return whether all its cells together took as long as one may on a busy machine."""
        return time.monotonic() > self.end

    def fresh(self) -> None:
        """Begin a new process in which the earlier cells are run again."""
        while not self.is_over():
            self.kernel.stop()
            self.kernel.start()
            for source in self.replay:
                try:
                    sent = self.kernel.execute_cell_input(source, allow_stdin=False)
                    self.kernel.await_reply(sent, self.seconds * CELL_SLOWDOWN)
                    self.kernel.await_idle(sent, 5)
                except (WorkerLostError, Empty):  # it does not behave a second time
                    self.replay.remove(source)
                    break
            else:
                return


class GradedCell(IPyNbCell):  # type: ignore[misc]  # nbval publishes no types
    """A cell of a submission; a probe's outcomes are judged against the reference's."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.about = self.cell.metadata["coursekit"]
        self.verdicts: list[bool] = []
        self.outcomes: list[Any] = []
        self.test_outputs: list[Any] = []

    def setup(self) -> None:  # nbval lets all later cells fail; here the next begins afresh
        notebook = self.parent
        notebook.timed_out = False
        suspect = notebook.suspect and notebook.suspect != self.about["exercise"]
        if suspect or not notebook.kernel.is_alive():
            notebook.suspect = ""
            notebook.fresh()

    def runtest(self) -> None:
        notebook, exercise = self.parent, self.about["exercise"]
        is_probe = "number" in self.about
        why = ""
        try:
            if is_probe and exercise in notebook.lost:
                raise ExerciseFailedError(notebook.lost[exercise])
            if notebook.is_over():
                notebook.lost[exercise] = "the notebook takes too long, all its cells together"
                raise ExerciseFailedError(notebook.lost[exercise])
            super().runtest()
            if not is_probe:
                notebook.replay.append(self.cell.source)
                notebook.raised[exercise] = self._raised()
        except InfrastructureError as error:
            notebook.broken.append(str(error))
            raise
        except (WorkerLostError, NbCellError, ExerciseFailedError) as error:
            why = str(error)
            if isinstance(error, WorkerLostError):
                notebook.lost.setdefault(exercise, why)
            raise
        finally:
            if is_probe:
                if not (self.verdicts and all(self.verdicts)) and not self._are(all, *ABSENT):
                    notebook.suspect = exercise
                self.user_properties.append(("coursekit", self._result(why)))
            self.test_outputs, self.outcomes = [], []  # megabytes, maybe, of each cell

    def compare_outputs(self, test: Any, ref: Any, _: Any = None) -> bool:
        """Judge values; nbval hands over what the cell displayed, and the reference's outputs."""
        want = ref[0]["data"][MIME]
        got = [o["data"][MIME] for o in test if MIME in o.get("data", {})]
        self.comparison_traceback: list[str] = []
        if (
            len(got) != 1
            or not isinstance(got[0], dict)
            or got[0].get("exercise") != want["exercise"]
        ):
            self.comparison_traceback.append(f"{len(got)} records of results where 1 is due")
            return False
        outcomes = got[0].get("outcomes")
        if not isinstance(outcomes, list) or len(outcomes) != len(want["cases"]):
            self.comparison_traceback.append("the record of results is not complete")
            return False
        self.outcomes = outcomes
        self.verdicts = verdicts(want, outcomes)
        if any(isinstance(o, dict) and str(o.get("stopped")).startswith("time") for o in outcomes):
            self.parent.lost.setdefault(self.about["exercise"], _first_stop(outcomes))
        return all(self.verdicts)

    def _result(self, why: str) -> dict[str, Any]:
        passed = bool(self.verdicts) and all(self.verdicts)
        points = float(self.about["points"])
        share = sum(self.verdicts) / max(len(self.verdicts), 1) if self.about["by"] == "case" else 0
        exercise = self.about["exercise"]
        lost = self.parent.lost.get(exercise, "")
        missing = f"no cell defines {exercise}" if self._are(all, "missing") else ""
        raised = missing and self.parent.raised.get(exercise, "")
        empty = not raised and self._are(any, *ABSENT)
        status = "not attempted" if empty else "lost" if lost else "wrong"
        return {
            "exercise": exercise,
            "part": self.about["role"],
            "points": points if passed else round(points * share, 2),
            "max_points": points,
            "passed": sum(self.verdicts),
            "cases": len(self.cell.outputs[0]["data"][MIME]["cases"]),
            "status": "right" if passed else status,
            "why": ""
            if passed
            else lost
            or raised
            or missing
            or _first_stop(self._failed())
            or ("" if self.verdicts else why),
        }

    def _raised(self) -> str:
        """Return the error that ended this cell, as plain text, if one did."""
        for out in self.test_outputs:
            if out["output_type"] == "error":
                text, where = out["evalue"], ""
                if found := IN_CELL.search(text):
                    text, where = text[: found.start()], f" on {found[1]}"
                return f"{out['ename']}{where}: {text}"[:200]
        return ""

    def _are(self, quantifier: Callable[[Iterable[bool]], bool], *kinds: str) -> bool:
        """Return whether all outcomes, or any, are of one of these kinds."""
        found = [isinstance(o, dict) and any(k in o for k in kinds) for o in self.outcomes]
        return bool(found) and quantifier(found)

    def _failed(self) -> list[Any]:
        return [o for o, fine in zip(self.outcomes, self.verdicts, strict=True) if not fine]


def _first_stop(outcomes: list[Any]) -> str:
    """Return what stopped an answer first, or the error it raised, as plain text."""
    for outcome in outcomes:
        if isinstance(outcome, dict):
            if isinstance(stopped := outcome.get("stopped"), str):
                return stopped[:200]
            if isinstance(names := outcome.get("error"), list) and names:
                return f"{names[0]}{_line(outcome)}: {outcome.get('text', '')}"[:200]
    return ""


def _line(outcome: Mapping[str, Any]) -> str:
    """Return " on line 3" of the answer's cell, where an outcome says so."""
    match outcome.get("trace"):
        case [*_, [int(line), *_]]:
            return f" on line {line}"
    return ""


@dataclass(slots=True)
class Run:
    """What one notebook gave: the results of its checks, and failures of our own machinery."""

    submission: Assembled
    results: list[dict[str, Any]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    seconds: float = 0.0


class Runs:
    """A pytest plugin that collects assembled notebooks and keeps what their probes said."""

    def __init__(self, seconds: float, runs: Mapping[str, Run], zygote: ZygoteClient) -> None:
        self._seconds, self._zygote = seconds, zygote
        self._runs = runs  # by the name of the file that stands for the notebook

    def pytest_collect_file(self, file_path: Path, parent: Any) -> Any:
        node, run = GradedNotebook.from_parent(parent, path=file_path), self._runs[file_path.name]
        node.submission, node.seconds, node.broken = run.submission, self._seconds, run.broken
        node.zygote = self._zygote
        return node

    def pytest_runtest_logreport(self, report: Any) -> None:
        run = self._runs[report.nodeid.partition("::")[0]]
        run.seconds += report.duration
        if report.when == "call":
            run.results += [value for key, value in report.user_properties if key == "coursekit"]
        elif report.failed:
            run.broken.append(str(report.longrepr)[-300:])


def submission_in(file: Path, parent: Any, solutions: Path) -> GradedNotebook:
    """Return the collector of one submission, to be graded against the master of the same name."""
    solution = solutions / file.name
    if not solution.is_file():
        raise pytest.UsageError(f"there is no master {solution}: see --coursekit-solutions")
    node: GradedNotebook = GradedNotebook.from_parent(parent, path=file)
    master = masters.read(solution)
    frame = Frame(master, record(master, secrets.token_hex(16)).records)
    node.zygote = parent.config.stash.setdefault(ZYGOTE, ZygoteClient())
    node.submission, node.broken = frame.assemble(masters.read(file)), []
    return node
