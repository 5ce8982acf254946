"""Records that are sent between processes as JSON: cases go in, outcomes come back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple, NotRequired, Self, TypedDict

from coursekit.sandbox.guest.canonical import sizes
from coursekit.sandbox.guest.check_probe import timed_out
from coursekit.sandbox.guest.limits import CASE_TIMEOUT

RECORD = "COURSEKIT_RECORD"  # if this variable contains a seed, checks record instead of comparing
Json = Any  # plain data, as in a JSON file or a message
TOLERANCE = 1e-9  # relative tolerance
NEAR_ZERO = 1e-3  # the part of it that is the absolute tolerance


class Tolerance(NamedTuple):
    """How far apart two numbers may be that count as equal."""

    within: float = TOLERANCE  # relative
    zero: float = TOLERANCE * NEAR_ZERO  # absolute


class Status(StrEnum):
    """The verdict on an answer. The values are stored in gradebooks and must not change."""

    RIGHT = "right"
    WRONG = "wrong"
    LOST = "lost"  # its process died or took too long
    NOT_ATTEMPTED = "not attempted"
    READ = "read"  # a written answer that a person has graded
    NOT_READ = "not read"  # a written answer that nobody has graded yet


class Case(TypedDict):
    """The arguments of one call as plain data; a dict, because masters may write it by hand."""

    args: Sequence[Json]
    unchanged: NotRequired[bool]  # the answer must not modify its arguments
    budget: NotRequired[Mapping[str, int]]  # what is read → maximum number of reads
    returns: NotRequired[Sequence[int | str]]  # arguments or files that are the value
    printed: NotRequired[bool]  # what the answer prints is the value
    variable: NotRequired[bool]  # the answer, which is not called, is the value
    typed: NotRequired[str]  # what `input()` reads
    files: NotRequired[Mapping[str, Json]]  # name → content
    drive: NotRequired[Mapping[str, str]]  # a function that calls the answer: name and source


class Ending(StrEnum):
    """The ways in which a call can end; each value is a key in the outcome's JSON."""

    VALUE = "value"
    ERROR = "error"
    CHANGED = "changed"  # it modified its arguments
    STOPPED = "stopped"  # it exceeded its budget or the time limit
    EMPTY = "empty"  # it is the stub, or calls one
    MISSING = "missing"  # no cell defines it
    INVALID = "invalid"  # not an outcome; sent only by a tampered process


class Step(NamedTuple):
    """One line of a traceback, in the student's cells."""

    line: int
    function: str
    source: str

    def __str__(self) -> str:
        return f"line {self.line}, in {self.function}: {self.source}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer's outcome on one case; fields that do not apply to its ending are empty."""

    ending: Ending
    value: Json = None  # encoded
    errors: tuple[str, ...] = ()  # class names of the error, most specific first
    message: str = ""  # the error's message, or why the answer was stopped
    trace: tuple[Step, ...] = ()

    @classmethod
    def from_json(cls, data: Json) -> Self:
        """Parse an outcome from `data`, which may be anything a student's process sent."""
        match data:
            case {"value": value}:
                return cls(Ending.VALUE, value)
            case {"error": [str(), *_] as names, **more}:
                message, trace = str(more.get("text", "")), _steps(more.get("trace"))
                return cls(Ending.ERROR, None, tuple(map(str, names)), message, trace)
            case {"stopped": str(reason)}:
                return cls(Ending.STOPPED, message=reason)
            case {"changed": _} | {"empty": _} | {"missing": _}:
                return cls(next(ending for ending in Ending if ending in data))
        return cls(Ending.INVALID)

    def to_json(self) -> Json:
        """Return the outcome in the form that `from_json` parses."""
        match self.ending:
            case Ending.VALUE:
                return {"value": self.value}
            case Ending.ERROR:
                trace = list(map(list, self.trace))
                return {"error": list(self.errors), "text": self.message, "trace": trace}
            case Ending.STOPPED:
                return {"stopped": self.message}
        return {self.ending.value: True}

    @property
    def stop_reason(self) -> str:
        """The reason for the stop, for example "more than 12 reads of partials"."""
        return self.message.partition(": ")[2]

    @property
    def timed_out(self) -> bool:
        """Whether the time limit, not the budget, stopped the answer."""
        return timed_out(self.to_json())

    @property
    def not_attempted(self) -> bool:
        """Whether the answer was missing or still the stub."""
        return self.ending in (Ending.EMPTY, Ending.MISSING)


def advice_on(value: Json) -> str:
    """Return advice on an encoded value that is hardly ever meant, or "".

    >>> advice_on(None)
    'Does every path through the function reach a return?'
    """
    if value is None:
        return "Does every path through the function reach a return?"
    if value == {"t": "other", "v": "coroutine"}:
        return "Define the function with def, not async def."
    return ""


def _steps(rows: Json) -> tuple[Step, ...]:
    """Return the steps of a traceback, skipping invalid rows."""
    steps = []
    for row in rows if isinstance(rows, list) else []:
        match row:
            case [int(line), str(function), str(source)]:
                steps.append(Step(line, function, source))
    return tuple(steps)


@dataclass(frozen=True)
class CheckRecord:
    """The reference's outcomes on the cases of one check, and how answers are judged."""

    exercise: str
    cases: Sequence[Case]
    outcomes: Sequence[Outcome]
    judge: Json = None  # a name, or a function's name and source; None requires equality
    within: float = TOLERANCE  # relative, for numbers
    seconds: float = CASE_TIMEOUT  # of CPU time, for all cases together

    @cached_property
    def tolerance(self) -> Tolerance:
        """How far apart numbers may be; near 0, this depends on the largest expected number."""
        largest = max((size for one in self.outcomes for size in sizes(one.value)), default=1.0)
        return Tolerance(self.within, self.within * NEAR_ZERO * min(largest, 1.0))

    @classmethod
    def from_json(cls, data: Json) -> Self:
        """Parse the record that a master's check emitted."""
        return cls(**{**data, "outcomes": [Outcome.from_json(one) for one in data["outcomes"]]})

    def to_json(self) -> Json:
        """Return the record in the form that `from_json` parses."""
        plain = {one.name: getattr(self, one.name) for one in fields(self)}
        return plain | {"outcomes": [outcome.to_json() for outcome in self.outcomes]}
