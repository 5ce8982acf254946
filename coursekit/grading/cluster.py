"""grade_one on many machines: a Dask cluster takes one submission a task, and gives plain data."""

from collections.abc import Generator, Mapping
from typing import Any

from coursekit.distribution import require
from coursekit.errors import CommandError
from coursekit.grading.grade import grade_one, without_results
from coursekit.sandbox.host.levels import LIMITS_ONLY, strongest

PATIENCE = 30  # seconds for the scheduler to answer


def _level() -> str:
    return strongest().level


def graded_on(
    scheduler: str,
    texts: Mapping[str, str],
    master: str,
    seed: str,
    seconds: float,
    *,
    trust: bool,
) -> Generator[dict[str, Any], None, None]:
    """Yield graded submissions as they come, from the cluster at this address.

    A machine that is lost loses nothing: its tasks go to another. What takes several machines
    with it is called infrastructure; the next run grades it again.
    """
    require("distributed", "cluster")
    import distributed

    dask: Any = distributed  # it carries few types
    try:
        client = dask.Client(scheduler, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise CommandError(f"no Dask scheduler answers at {scheduler}: {error}") from None
    with client:
        for machine, level in client.run(_level).items():
            if level == LIMITS_ONLY and not trust:
                raise CommandError(
                    f"on {machine} submissions would run on limits only: install bubblewrap there,"
                    " or say --trust if you trust them"
                )
        [its] = client.scatter([master], broadcast=True)
        tasks = {
            client.submit(grade_one, student, text, its, seed, seconds, pure=False): student
            for student, text in texts.items()
        }
        for task in dask.as_completed(list(tasks)):
            if task.status == "finished":
                yield task.result()
            else:
                why = f"the cluster gave it up: {task.exception()}"[:200]
                yield without_results(tasks[task], "infrastructure", why)
