"""Cases travel in, outcomes travel out: the records that travel, and how each looks as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NotRequired, Self, TypedDict

RECORD = "COURSEKIT_RECORD"  # with a seed in this variable, checks record the reference's values
Json = Any  # plain data: what a JSON file or a message holds
TOLERANCE = 1e-9  # relative; near 0 a thousandth of it, absolute


class Status(StrEnum):
    """What became of an answer. The values are stored in gradebooks and must not change."""

    RIGHT = "right"
    WRONG = "wrong"
    LOST = "lost"  # its process ended, or took too long
    NOT_ATTEMPTED = "not attempted"
    READ = "read"  # an answer in prose, graded by a person
    NOT_READ = "not read"  # an answer in prose that nobody has graded yet


class Case(TypedDict):
    """The arguments of one call as plain data; it is JSON already, for masters build it by hand."""

    args: Sequence[Json]
    unchanged: NotRequired[bool]  # the answer must not modify its arguments
    budget: NotRequired[Mapping[str, int]]  # by what is read: how often


class Ending(StrEnum):
    """How the call of an answer ended; each is the key of its outcome's JSON."""

    VALUE = "value"
    ERROR = "error"
    CHANGED = "changed"  # it modified its arguments
    STOPPED = "stopped"  # by its budget or by the clock
    EMPTY = "empty"  # it is the stub, or calls one
    MISSING = "missing"  # no cell defines it
    INVALID = "invalid"  # not an outcome at all: only a process that was tampered with sends that


@dataclass(frozen=True, slots=True)
class Step:
    """A line of a traceback, in the student's own cells."""

    line: int
    function: str
    source: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an answer on one case. What does not belong to its ending is empty."""

    ending: Ending
    value: Json = None  # encoded
    errors: tuple[str, ...] = ()  # names of the error's classes, its own first
    message: str = ""  # of the error, or why the answer was stopped
    trace: tuple[Step, ...] = ()

    @classmethod
    def from_json(cls, data: Json) -> Self:
        """Return the outcome that `data` holds; data from a student's process may be anything."""
        if not isinstance(data, Mapping):
            return cls(Ending.INVALID)
        ending = next((e for e in Ending if e in data), Ending.INVALID)
        match ending:
            case Ending.VALUE:
                return cls(ending, value=data["value"])
            case Ending.ERROR if errors := _texts(data["error"]):
                return cls(ending, None, errors, _text(data.get("text")), _steps(data.get("trace")))
            case Ending.STOPPED if isinstance(data["stopped"], str):
                return cls(ending, message=data["stopped"])
            case Ending.CHANGED | Ending.EMPTY | Ending.MISSING:
                return cls(ending)
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
        return self.ending is Ending.STOPPED and self.message.startswith("time")

    @property
    def not_attempted(self) -> bool:
        """Whether there was nothing to call, or only the stub."""
        return self.ending in (Ending.EMPTY, Ending.MISSING)


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """What the reference returned on the cases of one check, and how answers are judged there."""

    exercise: str
    cases: Sequence[Case]
    outcomes: Sequence[Outcome]
    judge: Json = None  # a name, or a function's name and source; None compares with the outcomes
    within: float = TOLERANCE  # of numbers

    @classmethod
    def from_json(cls, data: Json) -> Self:
        """Return the record that a master's check emitted."""
        outcomes = [Outcome.from_json(outcome) for outcome in data["outcomes"]]
        return cls(data["exercise"], data["cases"], outcomes, data["judge"], data["within"])

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

    @classmethod
    def from_json(cls, data: Json) -> Self:
        """Return the distractor of a file of public outcomes."""
        return cls(data["hint"], data["digests"])

    def to_json(self) -> Json:
        """Return the distractor as `from_json` reads it."""
        return {"hint": self.hint, "digests": list(self.digests)}


@dataclass(frozen=True, slots=True)
class PublicCheck:
    """What a check in a student's notebook compares with."""

    outcomes: Sequence[Outcome]
    distractors: Sequence[Distractor]

    @classmethod
    def from_json(cls, data: Json) -> Self:
        """Return the check of a file of public outcomes."""
        outcomes = [Outcome.from_json(outcome) for outcome in data["want"]]
        return cls(outcomes, [Distractor.from_json(wrong) for wrong in data["distractors"]])


@dataclass(frozen=True, slots=True)
class PublicOutcomes:
    """The file that students receive beside a notebook: LESSON.json."""

    seed: str
    checks: Mapping[str, PublicCheck]  # by exercise

    @classmethod
    def from_json(cls, data: Json) -> Self:
        """Return the public outcomes that a file holds."""
        checks = {name: PublicCheck.from_json(check) for name, check in data["checks"].items()}
        return cls(data["seed"], checks)


def _text(data: Json) -> str:
    return data if isinstance(data, str) else ""


def _texts(data: Json) -> tuple[str, ...]:
    """Return a list of texts, or nothing where `data` is not one."""
    whole = isinstance(data, list) and all(isinstance(item, str) for item in data)
    return tuple(data) if whole else ()


def _steps(data: Json) -> tuple[Step, ...]:
    """Return the steps of a traceback; what is not a step is left out."""
    rows = data if isinstance(data, list | tuple) else []
    return tuple(
        Step(*row)
        for row in rows
        if isinstance(row, list | tuple) and [*map(type, row)] == [int, str, str]
    )
