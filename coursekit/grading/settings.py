"""What an instructor may choose once for a class; the gradebook remembers it."""

from enum import StrEnum


class By(StrEnum):
    """Which version of the master grades a submission."""

    OWN = "own"  # from which it comes
    NEWEST = "newest"


class Counts(StrEnum):
    """Which of a student's attempts counts."""

    LAST = "last"
    BEST = "best"
    FIRST = "first"
