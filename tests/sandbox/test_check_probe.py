"""Time limits when an answer runs on a case, and platforms without timers."""

import subprocess
import sys
import time

import pytest

from coursekit.sandbox.guest import limits
from coursekit.sandbox.guest.check_probe import TIMERS, outcome_of, outcomes_of


def work(seconds, at_least=0.0):
    """Use `seconds` of CPU time, then sleep until `at_least` wall-clock seconds have passed."""
    begin, started = time.process_time(), time.monotonic()
    while time.process_time() - begin < seconds:
        pass
    time.sleep(max(0.0, started + at_least - time.monotonic()))
    return seconds


def test_waiting_for_a_busy_processor_does_not_count(monkeypatch):
    monkeypatch.setattr(limits, "CASE_TIMEOUT", 1)
    assert "value" in outcome_of(work, {"args": [0.5, 1.5]})
    assert outcome_of(work, {"args": [600]}) == {"stopped": "time limit: no result after 1 second"}


def test_all_cases_of_a_check_share_one_clock():
    cases = [{"args": [seconds]} for seconds in (0.4, 0.4, 0.4, 0.0)]
    stopped = {"stopped": "time limit: no result after 1 second"}
    outcomes = outcomes_of(work, cases, 1)
    assert ["value" in one for one in outcomes] == [True, True, False, False]
    assert outcomes[2:] == [stopped, stopped]


def test_an_answer_that_sleeps_is_stopped_later(monkeypatch):
    monkeypatch.setattr(limits, "CASE_TIMEOUT", 1)
    monkeypatch.setattr(limits, "CASE_PATIENCE", 1)
    assert outcome_of(time.sleep, {"args": [600]})["stopped"].startswith("time limit")


@pytest.mark.parametrize("missing", [*TIMERS, "*"])
def test_on_a_platform_without_timers_answers_run_without_a_time_limit(missing):
    """Pyodide lacks `setitimer`; Windows lacks both `setitimer` and SIGPROF."""
    code = f"""
import signal
for name in {TIMERS if missing == "*" else [missing]!r}:
    delattr(signal, name)
from coursekit.sandbox.guest.check_probe import outcome_of
print(outcome_of(lambda x: x + 1, {{"args": [1]}}))
"""
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    assert done.stdout == "{'value': {'t': 'int', 'v': '0x2'}}\n"


def test_a_thread_other_than_the_main_one_has_no_time_limit():
    code = """
from threading import Thread
from coursekit.sandbox.guest.check_probe import outcome_of
thread = Thread(target=lambda: print(outcome_of(lambda x: x + 1, {"args": [1]})))
thread.start()
thread.join()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "{'value': {'t': 'int', 'v': '0x2'}}\n"
