"""Grade a class, in local processes or on a Dask cluster, and store each grade as it arrives."""

import gc
import json
import os
import tempfile
from collections import defaultdict
from collections.abc import (
    Callable,
    Collection,
    Generator,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import closing
from dataclasses import replace
from functools import lru_cache, partial
from importlib import import_module
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

from coursekit.course.master import Master
from coursekit.course.notebook_kernel import NO_CLOCKS, run_reference
from coursekit.course.records import CheckRecord
from coursekit.distribution import require
from coursekit.errors import CommandError
from coursekit.grading import grade
from coursekit.grading.assemble import Frame
from coursekit.grading.collect import Submission
from coursekit.grading.gradebook import Gradebook, digest_of
from coursekit.grading.processes import Processes
from coursekit.grading.results import Graded, SubmissionStatus
from coursekit.sandbox.guest.limits import CELL_TIMEOUT
from coursekit.sandbox.host.folders import sweep, temporary_prefix
from coursekit.sandbox.host.levels import LIMITS_ONLY, Sandbox, strongest
from coursekit.sandbox.host.zygote_client import LIBRARIES

MAX_SHARE = 8  # the most submissions in one pytest session
CLUSTER_TIMEOUT = 30  # seconds to wait for the scheduler
REFERENCE = "reference"  # the file with the master and its records
IN_FLIGHT = 16  # submissions that wait for each machine of a cluster
Groups = Mapping[str, Sequence[Submission]]  # submissions by the seed of their cases
Item = tuple[str, str]  # a submission's name, and that of the file that holds it


def grade_class(
    submissions: Sequence[Submission],
    master: str,
    lesson: str,
    book: Gradebook,
    *,
    version: int = 1,
    clocks: Mapping[str, float] = NO_CLOCKS,
    workers: int | None = None,
    scheduler: str | None = None,
    trust: bool = False,
    seconds: float = CELL_TIMEOUT,
    progress: Callable[[Graded], None] = lambda _: None,
) -> int:
    """Grade the submissions that are new or changed; return their number.

    `clocks` are the CPU seconds of each exercise's public check that students were given.
    `workers` local processes do the work, or the Dask cluster at `scheduler`. Every machine in a
    cluster needs a sandbox, unless you `trust` the submissions.
    """
    sweep()
    secret, work = book.seed(lesson), dict(_work(submissions, master, book))

    def enter(key: str, graded: Graded) -> None:
        for one in work[key].new:
            notes = [*one.notes, *(note for note in graded.notes if note not in work[key].notes)]
            entry = replace(graded, student=one.student, notes=notes, collected=one.number)
            if one.lesson not in ("", lesson) and graded.results and not graded.code:
                entry = replace(entry, prose={})  # they answer another lesson's questions
            book.enter(entry, work[key].digest, version, one.text)
            progress(entry)

    groups: dict[str, list[Submission]] = defaultdict(list)  # by the seed of their cases
    for key, each in work.items():
        one = each.new[0]
        if one.problem:
            enter(key, grade.without_results(key, SubmissionStatus.UNREADABLE, one.problem))
        elif known := book.equal(one.student, each.digest):
            enter(key, known)
        else:
            groups[seed_of(secret, each.draw)].append(replace(one, student=key))
    if scheduler:
        grades = _grade_on_cluster(scheduler, groups, master, clocks, seconds, trust=trust)
    else:
        grades = _grade_here(groups, master, clocks, seconds, workers or os.cpu_count() or 1)
    with closing(grades):  # stops the remaining work if we are interrupted
        for graded in grades if groups else ():
            enter(graded.student, replace(graded, draw=work[graded.student].draw))
    sweep()  # the pool's processes do not remove their own cgroups
    return sum(len(each.new) for each in work.values())


class Work(NamedTuple):
    """Equal notebooks of a student, one of which is run."""

    new: Sequence[Submission]  # those that the gradebook does not have
    digest: str
    draw: int
    notes: Collection[str]  # on any of them, from before they were graded


def _work(
    submissions: Iterable[Submission], master: str, book: Gradebook
) -> Iterator[tuple[str, Work]]:
    """Yield what is new or changed, with a name for its time outside the gradebook."""
    equal: dict[tuple[str, str], list[Submission]] = defaultdict(list)
    for one in submissions:
        equal[one.student, digest_of(one.problem or one.text, master)].append(one)
    for k, ((student, digest), each) in enumerate(equal.items()):
        if new := [one for one in each if not book.has(student, digest, one.number)]:
            notes = {note for one in each for note in one.notes}
            yield str(k), Work(new, digest, book.draw(student, digest), notes)


def seed_of(secret: str, draw: int) -> str:
    """Return the seed of everybody's n-th draw of cases; the first is the assignment's secret.

    >>> seed_of("secret", 1), seed_of("secret", 2)
    ('secret', 'secret:2')
    """
    return secret if draw == 1 else f"{secret}:{draw}"


def _grade_here(
    groups: Groups,
    master: str,
    clocks: Mapping[str, float],
    seconds: float,
    workers: int,
) -> Generator[Graded, None, None]:
    """Yield graded submissions as local processes finish them.

    The processes start while the reference runs. Submissions are passed as files, because a
    pool's pipe may block.
    """
    everyone = [one for group in groups.values() for one in group]
    count = min(workers, len(everyone))
    texts = chain([master], (one.text for one in everyone))
    # only the libraries that the class mentions are imported before the fork
    mentioned = {name for text in texts for name in LIBRARIES if name in text}
    libraries = [name for name in LIBRARIES if name in mentioned]
    with tempfile.TemporaryDirectory(prefix=temporary_prefix("class")) as scratch:
        os.chmod(scratch, 0o711)  # a sandbox's user must be able to reach its scratch folder
        folder = Path(scratch, "submissions")
        folder.mkdir(mode=0o700)
        initialize = partial(_initialize, scratch, libraries)
        with Processes(count, initialize, partial(grade_share, folder, seconds), give_up) as pool:
            for number, (seed, group) in enumerate(groups.items()):
                place = folder / str(number)
                place.mkdir()
                checks = run_reference(Master.parse(master), seed, clocks)
                records = [(i, check.to_json()) for i, check in checks.items()]
                (place / REFERENCE).write_text(json.dumps([master, records]), encoding="utf-8")
                shares = _shares([one.student for one in group], count, place.name)
                names = {one.student: k for k, one in enumerate(group)}
                for graded in pool.results(_filed(shares, group, folder)):
                    (place / str(names[graded.student])).unlink()
                    yield graded


def _filed(
    shares: Iterable[list[Item]], group: Iterable[Submission], folder: Path
) -> Iterator[list[Item]]:
    """Yield shares; the texts of each are written to their files when its turn comes."""
    by_student = {one.student: one for one in group}
    for share in shares:
        for student, name in share:
            text = json.dumps(by_student[student].text)
            (folder / name).write_text(text, encoding="utf-8")
        yield share


def _shares(students: Iterable[str], count: int, folder: str) -> Iterator[list[Item]]:
    """Split a class into at least four shares per process; a pytest session costs 17 ms.

    >>> [len(share) for share in _shares("abcdefghij", 1, "0")]
    [3, 2, 2, 1, 1, 1]
    """
    left = [(student, f"{folder}/{k}") for k, student in enumerate(students)]
    while left:
        size = min(MAX_SHARE, -(-len(left) // (4 * count)))  # smaller at the end: less waiting
        yield left[:size]
        del left[:size]


def _initialize(scratch: str, libraries: Sequence[str]) -> None:
    """Prepare a pool process; its temporary files are in a folder that outlives it."""
    tempfile.tempdir = scratch
    grade.zygote().libraries = tuple(libraries)
    gc.set_threshold(50_000, 20, 100)  # 5 % faster: a submission makes 20,000 objects
    grade.zygote().start()
    grade.run_notebooks([], CELL_TIMEOUT)  # the first pytest session imports most of pytest


def grade_share(folder: Path, seconds: float, share: Sequence[Item]) -> list[Graded]:
    """Grade a share of the submissions stored in a folder, next to their reference's outcomes."""
    texts = {
        student: json.loads((folder / name).read_text(encoding="utf-8")) for student, name in share
    }
    place = (folder / share[0][1]).parent
    return list(grade.grade_together(texts, lambda: _frame_in(place), seconds))


@lru_cache(maxsize=2)
def _frame_in(folder: Path) -> Frame:
    master, records = json.loads((folder / REFERENCE).read_text(encoding="utf-8"))
    checks = {i: CheckRecord.from_json(check) for i, check in records}
    return Frame(Master.parse(master), checks)


def give_up(item: Item, error: Exception) -> Graded:
    """Return the record of a submission that could not be graded because of our own error."""
    student, _ = item
    why = f"Grading failed: {type(error).__name__}: {error}"[:200]
    return grade.without_results(student, SubmissionStatus.INFRASTRUCTURE, why)


def _grade_on_cluster(
    scheduler: str,
    groups: Groups,
    master: str,
    clocks: Mapping[str, float],
    seconds: float,
    *,
    trust: bool,
) -> Generator[Graded, None, None]:
    """Yield graded submissions as the cluster finishes them; `scheduler` is its address.

    A few texts for each machine are on their way at a time.

    If a machine dies, Dask gives its tasks to another machine. A submission that kills several
    machines is recorded as an infrastructure failure, and the next run retries it.
    """
    require("distributed", "cluster")
    dask: Any = import_module("distributed")  # few types; takes a second to import
    with _connect(dask, scheduler) as client:
        if not trust:
            _require_sandboxes(client.run(strongest))
        [master_there] = client.scatter([master], broadcast=True)
        submit = partial(client.submit, grade.grade_one, pure=False)
        allowed = tuple(clocks.items())
        work = (
            (submit(one.student, one.text, master_there, seed, seconds, allowed), one.student)
            for seed, group in groups.items()
            for one in group
        )
        at_once = IN_FLIGHT * max(1, len(client.scheduler_info()["workers"]))
        tasks = dict(islice(work, at_once))
        finished = dask.as_completed(list(tasks))
        for task in finished:
            student = tasks.pop(task)
            if task.status == "finished":
                yield task.result()
            else:
                why = f"The cluster gave up on this submission: {task.exception()}"[:200]
                yield grade.without_results(student, SubmissionStatus.INFRASTRUCTURE, why)
            for following, other in islice(work, 1):
                tasks[following] = other
                finished.add(following)


def _connect(dask: Any, scheduler: str) -> Any:
    try:
        return dask.Client(scheduler, timeout=CLUSTER_TIMEOUT)
    except (OSError, ValueError) as error:
        raise CommandError(f"no Dask scheduler answers at {scheduler}: {error}") from None


def _require_sandboxes(sandboxes: Mapping[str, Sandbox]) -> None:
    for machine, sandbox in sandboxes.items():
        if sandbox.level == LIMITS_ONLY:
            raise CommandError(
                f"No sandbox on {machine}: submissions could use its network and files. Install"
                " bubblewrap there, or pass --trust if you trust them."
            )
