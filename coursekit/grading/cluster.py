"""Run `grade_one` on many machines: each Dask task grades one submission."""

from collections.abc import Generator, Mapping
from importlib import import_module
from typing import Any

from coursekit.distribution import require
from coursekit.errors import CommandError
from coursekit.grading.grade import grade_one, without_results
from coursekit.grading.results import Graded, SubmissionStatus
from coursekit.sandbox.host.levels import LIMITS_ONLY, strongest

TIMEOUT = 30  # seconds to wait for the scheduler


def grade_on_cluster(
    scheduler: str,
    texts: Mapping[str, str],
    master: str,
    seed: str,
    seconds: float,
    *,
    trust: bool,
) -> Generator[Graded, None, None]:
    """Yield graded submissions as the cluster finishes them; `scheduler` is its address.

    If a machine dies, Dask gives its tasks to another machine. A submission that kills several
    machines is recorded as an infrastructure failure, and the next run retries it.
    """
    if not texts:
        return
    require("distributed", "cluster")
    dask: Any = import_module("distributed")  # few types; takes a second to import
    with _connect(dask, scheduler) as client:
        if not trust:
            _require_sandboxes(client)
        [master_there] = client.scatter([master], broadcast=True)
        students = {
            client.submit(grade_one, student, text, master_there, seed, seconds, pure=False): (
                student
            )
            for student, text in texts.items()
        }
        for task in dask.as_completed(list(students)):
            if task.status == "finished":
                yield task.result()
            else:
                why = f"The cluster gave up on this submission: {task.exception()}"[:200]
                yield without_results(students[task], SubmissionStatus.INFRASTRUCTURE, why)


def _connect(dask: Any, scheduler: str) -> Any:
    try:
        return dask.Client(scheduler, timeout=TIMEOUT)
    except (OSError, ValueError) as error:
        raise CommandError(f"no Dask scheduler answers at {scheduler}: {error}") from None


def _require_sandboxes(client: Any) -> None:
    for machine, level in client.run(_level).items():
        if level == LIMITS_ONLY:
            raise CommandError(
                f"No sandbox on {machine}: submissions could use its network and files. Install"
                " bubblewrap there, or pass --trust if you trust them."
            )


def _level() -> str:
    return strongest().level
