"""Keep the grades in gradebook.sqlite: every attempt, and new grades until they are accepted.

A student's attempts have the numbers of a download, if there is one. Which of them stand, and in
which order, does not depend on the order in which they were graded.
"""

import hashlib
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol, TypeVar

from coursekit.grading.gradebook_file import encodable
from coursekit.grading.mark_book import MarkBook
from coursekit.grading.results import Graded, SubmissionStatus, point_changes


class Numbered(Protocol):
    """An attempt with its number in the gradebook, and its number in a download or 0."""

    @property
    def attempt(self) -> int: ...
    @property
    def collected(self) -> int: ...


T = TypeVar("T", bound=Numbered)


def in_order(attempts: Iterable[T]) -> list[T]:
    """Return attempts, oldest first, in whatever order they were graded.

    Of those with one number in a download, the last stays. One without a number follows those
    that were graded before it.

    >>> one = Graded("Ada", SubmissionStatus.GRADED)
    >>> pairs = [(1, 3), (2, 0), (3, 1), (4, 1)]
    >>> [each.attempt for each in in_order(replace(one, attempt=a, collected=c) for a, c in pairs)]
    [4, 1, 2]
    """
    places, highest = dict[tuple[int, int], T](), 0
    for one in sorted(attempts, key=lambda one: one.attempt):
        highest = max(highest, one.collected)
        places[(one.collected, 0) if one.collected else (highest, one.attempt)] = one
    return [places[place] for place in sorted(places)]


class Entry(NamedTuple):
    """How an attempt is found in the gradebook."""

    attempt: int  # counted in the order in which a student's attempts were graded
    collected: int  # its number in a download, or 0
    digest: str
    draw: int
    status: str
    reported: int

    def has_text_of(self, digest: str) -> bool:
        """Return whether it is the same notebook, graded by any master."""
        return self.digest.partition(".")[0] == digest.partition(".")[0]


class Gradebook(MarkBook):
    """The grades of one lesson."""

    def _entries(self, student: str) -> list[Entry]:
        rows = self._db.execute(
            "select attempt, collected, digest, draw, status, reported from attempts"
            " where student = ? order by attempt",
            (encodable(student),),
        )
        return [Entry(*row) for row in rows]

    def _last(self, student: str) -> int:
        return max((one.attempt for one in self._entries(student)), default=0)

    def _entry(self, student: str, digest: str, number: int) -> Entry | None:
        """Return the entry of a notebook that was handed in, whatever master graded it.

        Without a number, it is the last attempt or a new one. An attempt that was graded before
        a download gave it a number is recognised by its text.
        """
        entries = in_order(self._entries(student))
        if number:
            unnumbered = [one for one in entries if not one.collected and one.has_text_of(digest)]
            entries = [one for one in entries if one.collected == number] or unnumbered
        return entries[-1] if entries and entries[-1].has_text_of(digest) else None

    def has(self, student: str, digest: str, number: int = 0) -> bool:
        """Return whether exactly this attempt has already been graded."""
        entry = self._entry(student, digest, number)
        if not entry or number not in (0, entry.collected):
            return False
        newest = self._db.execute(
            "select digest from pending where student = ? and attempt = ?",
            (encodable(student), entry.attempt),
        ).fetchone() or (entry.digest,)
        return newest == (digest,) and entry.status != SubmissionStatus.INFRASTRUCTURE

    def equal(self, student: str, digest: str) -> Graded | None:
        """Return the grade of an equal notebook of the student by the same master, if any."""
        row = self._db.execute(
            "select graded from attempts where student = ?1 and digest = ?2 and status != ?3"
            " union all select graded from pending where student = ?1 and digest = ?2",
            (encodable(student), digest, SubmissionStatus.INFRASTRUCTURE),
        ).fetchone()
        return Graded.from_json(row[0]) if row else None

    def draw(self, student: str, digest: str) -> int:
        """Return the number of the random cases for a notebook.

        They are other ones once a student may know an earlier grade.
        """
        entries = self._entries(student)
        same = [one.draw for one in entries if one.has_text_of(digest)]
        return (
            same[0] if same else 1 + max((one.draw for one in entries if one.reported), default=0)
        )

    def enter(self, graded: Graded, digest: str, version: int = 1, notebook: str = "") -> None:
        """Store a graded attempt; `graded.collected` is its number in a download, or 0.

        If the same notebook had other points, they stay until `accept_regrades`.
        """
        student, number = encodable(graded.student), graded.collected
        with self._db:
            self._db.execute("begin immediate")
            entry = self._entry(student, digest, number)
            attempt = entry.attempt if entry else self._last(student) + 1
            number = number or (entry.collected if entry else 0)
            graded = replace(
                graded, student=student, attempt=attempt, version=version, collected=number
            )
            self._db.execute(  # without numbers, an earlier attempt is no longer handed in
                "delete from pending where student = ? and (attempt = ? or not ?)",
                (student, attempt, number),
            )
            if entry and self._changes_points(entry, graded):
                row = (student, attempt, digest, graded.to_json())
                self._db.execute("insert into pending values (?, ?, ?, ?)", row)
            else:
                self._store(graded, digest, notebook)

    def _changes_points(self, entry: Entry, graded: Graded) -> bool:
        """Return whether an attempt that has grades already would get other points."""
        settled = (SubmissionStatus.GRADED, SubmissionStatus.UNREADABLE)
        if entry.status not in settled or graded.status not in settled:
            return False
        [text] = self._db.execute(
            "select graded from attempts where student = ? and attempt = ?",
            (graded.student, entry.attempt),
        ).fetchone()
        before = Graded.from_json(text).points_by_exercise
        return bool(point_changes(before, graded.points_by_exercise))

    def _store(self, one: Graded, digest: str, notebook: str) -> None:
        self._db.execute(
            "insert into attempts (student, attempt, digest, graded, notebook, collected, draw,"
            " status, reported) values (?, ?, ?, ?, ?, ?, ?, ?, 0)"
            " on conflict (student, attempt) do update set digest = excluded.digest,"
            " graded = excluded.graded, notebook = excluded.notebook,"
            " collected = excluded.collected, draw = excluded.draw, status = excluded.status",
            (one.student, one.attempt, digest, one.to_json(), zlib.compress(_bytes(notebook)),
             one.collected, one.draw, one.status),
        )  # fmt: skip

    def regrades(self) -> list[tuple[Graded, Graded]]:
        """Return the old and the new grade of each attempt whose points would change."""
        rows = self._db.execute(
            "select attempts.graded, pending.graded from pending"
            " join attempts using (student, attempt) order by student, attempt"
        )
        return [(Graded.from_json(old), Graded.from_json(new)) for old, new in rows]

    def accept_regrades(self) -> None:
        """Let the new grades replace the old ones, all at once."""
        with self._db:
            self._db.execute("begin immediate")
            for *key, digest, text in self._db.execute("select * from pending").fetchall():
                self._db.execute(
                    "update attempts set digest = ?, graded = ?, status = ?"
                    " where student = ? and attempt = ?",
                    (digest, text, Graded.from_json(text).status, *key),
                )
            self._db.execute("delete from pending")

    def note_class(self, handed_in: Mapping[str, Sequence[tuple[int, float]]]) -> None:
        """Note the attempts in each student's folder: number and share that is lost, oldest first.

        If they have numbers, one of them counts; otherwise, one of all that were graded. From now
        on, the students may know these grades.
        """
        rows = self._db.execute(
            "select place, lost, reported, student, attempt, collected from attempts"
        ).fetchall()
        places = {
            encodable(student): {n: (k, share) for k, (n, share) in enumerate(each, start=1)}
            for student, each in handed_in.items()
        }
        with self._db:
            self._db.execute("begin immediate")
            for *before, student, attempt, number in rows:
                if student not in places:
                    continue
                unlisted = (int(0 in places[student]), 0.0)
                after = [*places[student].get(number, unlisted), 1]
                if before != after:  # a row is large
                    self._db.execute(
                        "update attempts set place = ?, lost = ?, reported = ?"
                        " where student = ? and attempt = ?",
                        (*after, student, attempt),
                    )

    def failures(self) -> set[str]:
        """Return the students with an attempt that our own failure kept from a grade."""
        rows = self._db.execute(
            "select student from attempts where place > 0 and status = ?",
            (SubmissionStatus.INFRASTRUCTURE,),
        )
        return {student for (student,) in rows}

    def attempts(self) -> dict[str, list[Graded]]:
        """Return every attempt of each student, in the order in which they were graded."""
        found: dict[str, list[Graded]] = defaultdict(list)
        rows = self._db.execute("select graded from attempts order by student, attempt")
        for one in (Graded.from_json(text) for (text,) in rows):
            found[one.student].append(one)
        return dict(found)

    def standing(self, *, accepted: bool = False) -> dict[str, list[Graded]]:
        """Return the attempts of which one counts, oldest first, maybe with new grades."""
        newest = "coalesce(pending.graded, attempts.graded)" if accepted else "attempts.graded"
        found: dict[str, list[Graded]] = defaultdict(list)
        places: dict[tuple[str, int], int] = {}
        for text, lost, place in self._db.execute(
            f"select {newest}, lost, place from attempts left join pending using (student, attempt)"
            " where place > 0 order by student, attempt"
        ):
            one = replace(Graded.from_json(text), lost=lost)
            found[one.student].append(one)
            places[one.student, one.attempt] = place
        return {
            student: sorted(in_order(each), key=lambda one: places[one.student, one.attempt])
            for student, each in found.items()
        }

    def rows(self) -> list[Graded]:
        """Return each student's last attempt, sorted by student."""
        return [attempts[-1] for attempts in self.standing().values()]

    def notebook(self, student: str, attempt: int) -> str:
        """Return what a student handed in at an attempt."""
        row = self._db.execute(
            "select notebook from attempts where student = ? and attempt = ?",
            (encodable(student), attempt),
        ).fetchone()
        packed = row[0] if row else b""  # an earlier version did not keep it
        return zlib.decompress(packed).decode("utf-8", "surrogatepass") if packed else ""


def digest_of(text: str, master: str) -> str:
    """Return the digests of a submission and of its master, joined by a dot.

    >>> digest_of("mine", "v1").split(".")[0] == digest_of("mine", "v2").split(".")[0]
    True
    """
    return ".".join(hashlib.sha256(_bytes(part)).hexdigest() for part in (text, master))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
