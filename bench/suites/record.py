"""The single checks of the test that is running, and what coursekit lacks for the others."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NoReturn

import pytest

VALUE = "the value or shape of a vertex while the graph is built"
OWN = "not a derivative: the peer's own classes"
LACKS = {  # what an error says → what coursekit lacks
    r"\bnumpy\.([\w.]+) (?:asks|differs)": "numpy.{}, which has another meaning",
    r"\bnumpy\.([\w.]+)": "numpy.{}",
    r"'([\w.]+)' is not an operation": "{}",
    r"module 'numpy[\w.]*' has no attribute '(\w+)'": "numpy.{}",
    r"no attribute '(?:shape|ndim|size|dtype)'": VALUE,
    r"no attribute '(\w+)'": "vertex.{}",
    r"(\w+) takes \d+ argument\S*, not": "numpy.{} with settings",
    r"(\w+) has no setting": "numpy.{} with settings",
    r"needs a value|asks for a number|has no len|to scalar": VALUE,
    r"unsupported operand|bad operand|not iterable": VALUE,
    r"does not depend on": "a constant function",
    r"is (?:not a|no) vertex of this graph": "a derivative of a derivative",
    r"j\)? is neither a number": "complex numbers",
    r"Cannot sample from": "an older hypothesis",
    r"for arrays, use hessian": "a derivative of a derivative",
    r"would change the vertex": "x[i] = y",
    r"no callable (\w+) method": "numpy.{}",
}


@dataclass
class Record:
    """The outcomes of one test."""

    passed: Counter[str] = field(default_factory=Counter)  # by way
    failed: Counter[str] = field(default_factory=Counter)
    lacks: Counter[str] = field(default_factory=Counter)  # by reason
    fault: str = ""  # the first one
    in_test: bool = False
    tried: bool = False  # whether the test has built a graph

    def check(self, way: str, right: Callable[[], bool | None]) -> None:
        """Count a single check: `right` returns None if the way does not apply."""
        try:
            outcome, why = right(), "wrong"
        except Exception as error:
            outcome, why = False, repr(error)
        if outcome is not None:
            (self.passed if outcome else self.failed)[way] += 1
            self.fault = self.fault or (not outcome and f"{way}: {why}") or ""


record = Record()


def lack(reason: str) -> NoReturn:
    """End the check: coursekit cannot express it."""
    pytest.skip(reason)


@contextmanager
def expressing() -> Iterator[None]:
    """Turn an error about something that coursekit lacks into `lack`."""
    try:
        yield
    except AssertionError:
        raise
    except Exception as error:
        for pattern, reason in LACKS.items():
            if found := re.search(pattern, str(error)):
                lack(reason.format(*found.groups()))
        raise
