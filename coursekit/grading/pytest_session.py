"""One session of pytest over several submissions: nbval's collector and cells, no command line."""

import io
import os
import tempfile
import threading
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from coursekit.grading.assemble import Assembled
from coursekit.grading.nbval_plugin import Run, Runs
from coursekit.sandbox.host.folders import temporary_prefix
from coursekit.sandbox.host.zygote_client import ZygoteClient

UNUSED = (  # plugins of pytest's own that a submission has no use for: each costs time
    "cacheprovider", "unraisableexception", "threadexception", "faulthandler", "doctest",
    "unittest", "junitxml", "pastebin", "stepwise", "recwarn", "logging", "setuponly",
    "setupplan", "tmpdir", "monkeypatch", "debugging", "subtests", "warnings",
)  # fmt: skip
PYTEST = ["-q", "--noconftest", "-c", os.devnull, "--color=no", "--tb=line", "-s",
          "-p", "nbval.plugin", *(f"-pno:{name}" for name in UNUSED)]  # fmt: skip
_one_at_a_time = threading.RLock()  # pytest is process-global


def run(submissions: Sequence[Assembled], seconds: float, zygote: ZygoteClient) -> list[Run]:
    """Return what each submission gave, a cell of which may work for so many seconds."""
    import pytest

    runs = {f"{k}.ipynb": Run(one) for k, one in enumerate(submissions)}
    with _one_at_a_time, tempfile.TemporaryDirectory(prefix=temporary_prefix("grade")) as folder:
        for name in runs:
            Path(folder, name).touch()  # what pytest collects; the notebook itself stays in memory
        told = io.StringIO()
        before = os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        try:
            with redirect_stdout(told), redirect_stderr(told):
                here = [f"--rootdir={folder}", f"--confcutdir={folder}", folder]
                code = pytest.main([*PYTEST, *here], plugins=[Runs(seconds, runs, zygote)])
        finally:
            if before is None:
                del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
            else:
                os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = before
    for one in runs.values():
        if int(code) not in (0, 1) or len(one.results) != one.submission.checks():
            one.broken.append(told.getvalue()[-300:] or "the run of nbval did not end")
    return list(runs.values())
