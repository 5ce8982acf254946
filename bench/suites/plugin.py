"""The pytest plugin that runs a peer's tests on coursekit, and writes an outcome for each test."""

import json
import os
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import Phase, settings

from bench.suites import on_autograd, on_tensors  # noqa: F401 - they replace the peers' modules
from bench.suites.record import OWN, expressing, record

SKIPPED = "skipped by the peer"
outcomes: list[dict[str, Any]] = []


def wraps(f: Any) -> Any:
    """Return what functools.wraps did before it kept f, whose arguments hypothesis now expects."""

    def wrap(wrapper: Any) -> Any:
        wrapper.__name__, wrapper.__doc__ = f.__name__, f.__doc__
        return wrapper

    return wrap


def pytest_sessionstart() -> None:
    settings.register_profile(
        "suites", deadline=None, derandomize=True, max_examples=50, phases=[Phase.generate]
    )
    settings.load_profile("suites")  # after MyGrad's own


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[Any]:
    with patch("functools.wraps", wraps) if "mygrad" in str(collector.path) else nullcontext():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    record.__init__(in_test=True)
    try:
        with expressing():
            yield
    except (Exception, pytest.fail.Exception):
        if not record.tried:
            pytest.skip(OWN)
        if record.failed or not record.lacks:
            raise
    finally:
        record.in_test = False
    if record.failed:
        raise AssertionError(record.fault)
    if not record.passed:
        pytest.skip(next(iter(record.lacks), OWN))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    report = yield
    why = str(call.excinfo.value) if call.excinfo else ""
    if call.when == "call":
        lacks = dict(record.lacks) or ({why: 1} if report.skipped else {})
        outcomes.append(
            {
                "test": item.nodeid,
                "outcome": "part"
                if lacks and record.passed and not report.failed
                else report.outcome,
                "passed": record.passed,
                "failed": record.failed,
                "lacks": list(lacks),
                "fault": record.fault or why if report.failed else "",
            }
        )
    elif call.when == "setup" and report.skipped:
        outcomes.append({"test": item.nodeid, "outcome": "skipped", "lacks": [SKIPPED]})
    return report


def pytest_sessionfinish() -> None:
    Path(os.environ["OUTCOMES"]).write_text(json.dumps(outcomes, indent=1))
