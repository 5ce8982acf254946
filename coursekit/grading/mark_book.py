"""What people enter into a gradebook: marks, comments to use again, decisions."""

from collections.abc import Iterable, Mapping, Sequence

from coursekit.grading.decisions import Decision
from coursekit.grading.gradebook_file import GradebookFile, encodable
from coursekit.grading.marks import Key, Mark, Marking, Marks, marks_of


class MarkBook(GradebookFile):
    """The entries of people; nothing is ever overwritten, and the last one counts."""

    def enter_marks(self, marks: Marks) -> None:
        """Store the marks from a sheet; earlier ones are kept, but no longer count."""
        with self._db:
            self._db.execute("begin immediate")
            for key, mark in marks.items():
                self._insert(key, Marking(0, mark))

    def mark_together(
        self, keys: Sequence[Key], marking: Marking, earlier: Sequence[Key] = (),
        *, typing: bool = False,
    ) -> bool:  # fmt: skip
        """Store a marker's mark of one or more answers, unless another mark came first.

        `marking.number` is the last mark that the marker has seen; `earlier` are the keys that
        an earlier version gave the answers. While a comment is typed, each new text replaces the
        previous one.
        """
        with self._db:
            self._db.execute("begin immediate")
            known = self._known(keys, earlier)
            if max((one.number for one in known), default=0) != marking.number:
                return False
            for key in keys:
                self._insert(key, marking)
            if typing and all(one.marker == marking.marker for one in known):
                self._db.executemany(
                    "delete from marks where rowid = ?", [(one.number,) for one in known]
                )
        return True

    def last_number(self, keys: Sequence[Key], earlier: Sequence[Key]) -> int:
        """Return the number of the last mark of any of these answers, or 0."""
        return max((one.number for one in self._known(keys, earlier)), default=0)

    def _known(self, keys: Sequence[Key], earlier: Sequence[Key]) -> list[Marking]:
        """Return the last marks under these keys; an older sheet may spell a name differently."""
        wanted, codes = {*keys, *earlier}, {key.code for key in keys}
        markings = self.markings().items()
        return [one for key, one in markings if key in wanted or key.code in codes]

    def _insert(self, key: Key, marking: Marking) -> None:
        mark, items = marking.mark, " ".join(map(str, marking.items))
        self._db.execute(
            "insert into marks (student, exercise, answer, points, comment, marker, items)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            (*map(encodable, key), mark.points, encodable(mark.comment),
             encodable(marking.marker), items),
        )  # fmt: skip

    def markings(self, *, in_sheet: bool = False) -> dict[Key, Marking]:
        """Return the last mark of each answer, and who gave it.

        With `in_sheet`, return what words.csv shows as long as nobody edits it: the marks that
        came from it, and those that it had when it was last written.
        """
        rows = self._db.execute(
            "select student, exercise, answer, rowid, points, comment, marker, items"
            " from marks where ? or marker = '' or in_sheet order by rowid",
            (not in_sheet,),
        )
        return {
            Key(*key): Marking(
                number, Mark(points, comment), marker, tuple(map(int, items.split()))
            )
            for *key, number, points, comment, marker, items in rows
        }

    def marks(self, *, in_sheet: bool = False) -> dict[Key, Mark]:
        """Return the current mark of each answer that a person has graded."""
        return marks_of(self.markings(in_sheet=in_sheet))

    def note_sheet(self, markings: Mapping[Key, Marking]) -> None:
        """Note that words.csv shows these marks."""
        last = max((one.number for one in markings.values()), default=0)
        self._db.execute("update marks set in_sheet = 1 where rowid <= ?", (last,))

    def phrases(self, marker: str, exercise: str) -> list[str]:
        """Return the comments that a marker wants to use again for a question."""
        rows = self._db.execute(
            "select phrase from phrases where marker = ? and exercise = ? order by rowid",
            (marker, exercise),
        )
        return [phrase for (phrase,) in rows]

    def set_phrases(self, marker: str, exercise: str, phrases: Iterable[str]) -> None:
        """Store the comments that a marker wants to use again for a question."""
        with self._db:
            self._db.execute("begin immediate")
            self._db.execute(
                "delete from phrases where marker = ? and exercise = ?", (marker, exercise)
            )
            self._db.executemany(
                "insert into phrases values (?, ?, ?)",
                [(marker, exercise, encodable(phrase)) for phrase in phrases],
            )

    def decide(self, decision: Decision) -> None:
        """Store a person's decision; earlier ones are kept, but no longer count."""
        self._db.execute(
            "insert into decisions (student, exercise, points, reason) values (?, ?, ?, ?)",
            (encodable(decision.student), decision.exercise, decision.points, decision.reason),
        )

    def decisions(self) -> list[Decision]:
        """Return every decision, oldest first."""
        rows = self._db.execute(
            "select student, exercise, points, reason, date(entered) from decisions order by rowid"
        )
        return [Decision(*row) for row in rows]
