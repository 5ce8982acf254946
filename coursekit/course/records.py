"""The records that travel between processes as JSON: cases go in, outcomes come back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NotRequired, Self, TypedDict

from coursekit.sandbox.guest.outcome import timed_out

RECORD = "COURSEKIT_RECORD"  # with a seed in this variable, checks record the reference's values
Json = Any  # plain data: what a JSON file or a message holds
TOLERANCE = 1e-9  # relative; near 0 a thousandth of it, absolute


class Status(StrEnum):
    """The verdict on an answer. The values are stored in gradebooks and must not change."""

    RIGHT = "right"
    WRONG = "wrong"
    LOST = "lost"  # its process ended, or took too long
    NOT_ATTEMPTED = "not attempted"
    READ = "read"  # an answer in prose, graded by a person
    NOT_READ = "not read"  # an answer in prose that nobody has graded yet


class Case(TypedDict):
    """The arguments of one call as plain data: a dict, since masters also write it by hand."""

    args: Sequence[Json]
    unchanged: NotRequired[bool]  # the answer must not modify its arguments
    budget: NotRequired[Mapping[str, int]]  # what is read → how often it may be


class Ending(StrEnum):
    """How the call of an answer ended; each is the key of its outcome's JSON."""

    VALUE = "value"
    ERROR = "error"
    CHANGED = "changed"  # it modified its arguments
    STOPPED = "stopped"  # by its budget or by the time limit
    EMPTY = "empty"  # it is the stub, or calls one
    MISSING = "missing"  # no cell defines it
    INVALID = "invalid"  # not an outcome: only a tampered process sends this


@dataclass(frozen=True, slots=True)
class Step:
    """A line of a traceback, in the student's own cells."""

    line: int
    function: str
    source: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of an answer on one case. Fields that do not belong to its ending are empty."""

    ending: Ending
    value: Json = None  # encoded
    errors: tuple[str, ...] = ()  # names of the error's classes, its own first
    message: str = ""  # of the error, or why the answer was stopped
    trace: tuple[Step, ...] = ()

    @classmethod
    def from_json(cls, data: Json) -> Self:
        """Return the outcome that `data` holds; a student's process may send anything."""
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
        """Return the outcome as `from_json` reads it."""
        match self.ending:
            case Ending.VALUE:
                return {"value": self.value}
            case Ending.ERROR:
                trace = [[step.line, step.function, step.source] for step in self.trace]
                return {"error": list(self.errors), "text": self.message, "trace": trace}
            case Ending.STOPPED:
                return {"stopped": self.message}
        return {self.ending.value: True}

    @property
    def stop_reason(self) -> str:
        """Why the answer was stopped: "more than 12 reads of partials"."""
        return self.message.partition(": ")[2]

    @property
    def timed_out(self) -> bool:
        """Whether the time limit stopped the answer, not its budget."""
        return timed_out(self.to_json())

    @property
    def not_attempted(self) -> bool:
        """Whether there was nothing to call, or only the stub."""
        return self.ending in (Ending.EMPTY, Ending.MISSING)


def _steps(rows: Json) -> tuple[Step, ...]:
    """Return the steps of a traceback, without rows that are not steps."""
    steps = []
    for row in rows if isinstance(rows, list) else []:
        match row:
            case [int(line), str(function), str(source)]:
                steps.append(Step(line, function, source))
    return tuple(steps)


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """The reference's outcomes on the cases of one check, and how answers are judged."""

    exercise: str
    cases: Sequence[Case]
    outcomes: Sequence[Outcome]
    judge: Json = None  # a name, or a function's name and source; None: equal to the outcomes
    within: float = TOLERANCE  # of numbers

    @classmethod
    def from_json(cls, data: Json) -> Self:
        """Return the record that a master's check emitted."""
        return cls(**{**data, "outcomes": [Outcome.from_json(one) for one in data["outcomes"]]})

    def to_json(self) -> Json:
        """Return the record as `from_json` reads it."""
        return {
            "exercise": self.exercise,
            "judge": self.judge,
            "within": self.within,
            "cases": list(self.cases),
            "outcomes": [outcome.to_json() for outcome in self.outcomes],
        }


@dataclass(frozen=True, slots=True)
class Distractor:
    """A known wrong answer as students receive it: its hint and its behaviour, never its source."""

    hint: str
    digests: Sequence[str]  # of its outcome on each public case
