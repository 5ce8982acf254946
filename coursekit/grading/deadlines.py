"""penalty(submitted, due, extension): what a late submission loses, from a small TOML file.

Points in the gradebook stay as they were earned. The penalty is computed whenever a report is
made, so that a due date may move without grading anything again.
"""

import math
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from coursekit.errors import CommandError, did_you_mean, plural

SECTIONS = ("zone", "due", "late", "extensions")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a late submission loses; each number is one of the keys under [late]."""

    grace_minutes: float = 0
    percent_per_day: float = 0  # of the points that were earned, for each day that has begun
    at_most_percent: float = 100
    closed_after_days: float | None = None  # from then on, no points

    def percent(self, late: timedelta) -> float:
        """Return the percentage that is lost this long after the due time.

        >>> Policy(percent_per_day=10, at_most_percent=50).percent(timedelta(days=1, hours=2))
        20
        """
        if late <= timedelta(minutes=self.grace_minutes):
            return 0
        if self.closed_after_days is not None and late > self.closed_after_days * DAY:
            return 100
        return min(-(-late // DAY) * self.percent_per_day, self.at_most_percent)


def penalty(
    submitted: datetime, due: datetime, extension: datetime | None, policy: Policy
) -> float:
    """Return the share of the points that is lost, from 0 to 1; times need a zone.

    A due time lasts to the end of its minute.

    >>> due = datetime(2026, 9, 5, 23, 59, tzinfo=UTC)
    >>> policy = Policy(percent_per_day=10)
    >>> penalty(due + timedelta(seconds=59), due, None, policy)
    0.0
    >>> penalty(due + timedelta(hours=3), due, None, policy)
    0.1
    >>> penalty(due + timedelta(hours=3), due, due + timedelta(days=2), policy)
    0.0
    """
    return policy.percent(_late(submitted, extension or due)) / 100


def _late(submitted: datetime, due: datetime) -> timedelta:
    """Return how long after the end of the due minute it was, in UTC or by the clock on the wall.

    The shorter counts: nobody is later because the clocks were changed in between.
    """
    end = due.replace(second=due.second or 59, microsecond=999_999)
    wall = submitted.astimezone(end.tzinfo).replace(tzinfo=None) - end.replace(tzinfo=None)
    return min(submitted.astimezone(UTC) - end.astimezone(UTC), wall)


@dataclass(frozen=True, slots=True)
class Lateness:
    """What is known about the time of a submission: a sentence, and the share that is lost."""

    words: str = ""
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The due dates, extensions and late policy of a term."""

    zone: ZoneInfo | None = None
    due: Mapping[str, datetime] = field(default_factory=dict)  # lesson → time
    extensions: Mapping[str, Mapping[str, datetime]] = field(default_factory=dict)  # by lesson
    late: Policy = Policy()

    @classmethod
    def read(cls, path: Path) -> "Deadlines":
        """Read a TOML file; raise CommandError if anything in it is not understood."""
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except OSError as error:
            raise CommandError(f"cannot read {path}: {error.strerror}: check the path") from None
        except ValueError as error:
            raise CommandError(f"{path} is not TOML ({error}): correct it") from None
        return _Reader(path).deadlines(content)

    def of(self, lesson: str, names: set[str], submitted: str, *, is_late: bool) -> Lateness:
        """Return the lateness of a submission by whoever has one of these names or ids.

        `submitted` is a time in ISO 8601, or "" if it is unknown; `is_late` is what the platform
        says.
        """
        if lesson not in self.due:
            return Lateness()
        known = {*map(_folded, names)}
        extended = self.extensions.get(lesson, {}).items()
        extension = max((until for name, until in extended if _folded(name) in known), default=None)
        try:
            when = datetime.fromisoformat(submitted)
        except ValueError:  # "", or what a spreadsheet made of it
            says = ", but late according to the platform" if is_late else ""
            return Lateness(f"time unknown{says}")
        if not when.tzinfo:
            if self.zone is None:
                return Lateness("time zone unknown")
            when = when.replace(tzinfo=self.zone)
        late = _late(when, extension or self.due[lesson])
        share = penalty(when, self.due[lesson], extension, self.late)
        if late <= timedelta(0):
            return Lateness("in time, with an extension" if extension else "in time")
        return Lateness(f"{_length(late)} late", share)

    def strangers(self, lesson: str, names: set[str]) -> list[str]:
        """Return whoever has an extension and none of these names or ids."""
        known = {*map(_folded, names)}
        return [one for one in self.extensions.get(lesson, {}) if _folded(one) not in known]


def _folded(name: str) -> str:
    """Return a name or an id in the form in which they are compared.

    >>> _folded("Jose\N{COMBINING ACUTE ACCENT}") == _folded("JOSÉ")
    True
    """
    return unicodedata.normalize("NFC", name).casefold()


def _length(late: timedelta) -> str:
    """Return a length of time in its largest unit.

    >>> _length(timedelta(hours=30)), _length(timedelta(minutes=90)), _length(timedelta(seconds=9))
    ('2 days', '2 hours', '1 minute')
    """
    for unit, length in (("day", DAY), ("hour", timedelta(hours=1))):
        if late > length:
            return plural(-(-late // length), unit)
    return plural(-(-late // MINUTE), "minute")


class _Reader:
    """Reads the TOML file; every refusal names the file and the key."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.zone: ZoneInfo | None = None

    def deadlines(self, content: Mapping[str, Any]) -> Deadlines:
        self._known("", content, SECTIONS)
        self.zone = self._zone(content["zone"]) if "zone" in content else None
        late = self._table(content, "late")
        self._known("late.", late, [one.name for one in fields(Policy)])
        for key, number in late.items():
            if type(number) not in (int, float) or not 0 <= number < math.inf:
                raise self._refusal(f"late.{key}", number, "a number of at least 0")
        extensions = self._table(content, "extensions")
        return Deadlines(
            self.zone,
            self._times("due", self._table(content, "due")),
            {
                lesson: self._times(f"extensions.{lesson}", self._table(extensions, lesson))
                for lesson in extensions
            },
            Policy(**late),
        )

    def _zone(self, name: Any) -> ZoneInfo:
        try:
            return ZoneInfo(name)
        except (KeyError, TypeError, ValueError, OSError):
            raise self._refusal("zone", name, 'a zone such as "Europe/Berlin"') from None

    def _table(self, content: Mapping[str, Any], key: str) -> dict[str, Any]:
        table = content.get(key, {})
        if not isinstance(table, dict):
            raise self._refusal(key, table, f"a table: [{key}]")
        return table

    def _times(self, where: str, table: Mapping[str, Any]) -> dict[str, datetime]:
        return {key: self._time(f"{where}.{key}", value) for key, value in table.items()}

    def _time(self, key: str, value: Any) -> datetime:
        """Return a time with a zone; a date alone lasts to its end."""
        if type(value) is date:
            value = datetime.combine(value, time(23, 59))
        if not isinstance(value, datetime):
            raise self._refusal(key, value, "a time such as 2026-09-05T23:59:00, without quotes")
        if not value.tzinfo and self.zone is None:
            raise CommandError(f'{self.path}: {key} has no zone: add zone = "Europe/Berlin"')
        return value if value.tzinfo else value.replace(tzinfo=self.zone)

    def _known(self, where: str, table: Mapping[str, Any], keys: Any) -> None:
        for key in table.keys() - {*keys}:
            hint = did_you_mean(key, keys)
            raise CommandError(
                f"{self.path}: {where}{key} is not known{hint}: use {', '.join(keys)}"
            )

    def _refusal(self, key: str, value: object, needed: str) -> CommandError:
        return CommandError(f"{self.path}: {key} is {value}: it must be {needed}")
