"""What a monitor knows, on disk: heads, the verified trees, and what it has to tell.

A process that dies at any moment goes on from the last verified tree. What is told goes through an
outbox: a row is marked before it leaves and after, so that after a crash a row in between is told
again, as a repetition, and nothing is told twice as new or not at all.
"""

from collections.abc import Container, Iterable, Sequence
from enum import IntEnum
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from keypin.ct.entry import LogEntry
from keypin.ct.head import TreeHead
from keypin.ct.merkle import HASH_SIZE, Tree
from keypin.monitor.database import Database, StoreError

__all__ = ["KEPT_HEADS", "News", "Span", "State", "Store", "StoreError", "Told"]

KEPT_HEADS = 4096  # of each log: at one a minute some three days


class State(IntEnum):
    """How far a piece of news is: found but not verified, to be told, on its way, told."""

    HELD = 0
    NEW = 1
    TELLING = 2
    TOLD = 3


class Span(NamedTuple):
    """A stretch of a log that is read: the verified tree at its position, and where it ends."""

    id: int
    begin: int
    live: bool
    tree: Tree
    goal: TreeHead | None


class News(NamedTuple):
    """Something to tell.

    Attributes:
        key: what it is, the same for the same thing: it is told once.
        body: JSON.
        entry: the index of the entry that it is about, None where it is about none.
        issuance: what is the same for entries about one certificate, in whatever log.
        final: whether it is about a certificate, not a precertificate.
        at: when it was found, in seconds since 1970.
        subject: the entry, for as long as it is not on disk.
    """

    key: str
    body: str
    entry: int | None = None
    issuance: str | None = None
    final: bool = False
    at: int = 0
    subject: LogEntry | None = None


class Told(NamedTuple):
    """A piece of news on its way out.

    Attributes:
        id: its number.
        log: of which log.
        body: JSON.
        repeated: whether it may have been told before, by a process that died then.
        known: the body of what was told of the same issuance first; None where nothing was.
    """

    id: int
    log: bytes
    body: str
    repeated: bool
    known: str | None = None


class Store(Database):
    """The state of a monitor; see `Database`."""

    def __init__(self, directory: Path, *, looking: bool = False) -> None:
        super().__init__(directory, looking=looking)
        if not looking:
            # What was found and not verified is found again.
            with self.writing():
                self._db.execute("DELETE FROM news WHERE state = ?", (State.HELD,))

    # Heads

    def heads(self, log: bytes, count: int = 1024) -> tuple[TreeHead, ...]:
        """Return the largest heads of a log that were kept."""
        with self.reading():
            rows = self._db.execute(
                "SELECT body FROM head WHERE log = ? ORDER BY size DESC LIMIT ?", (log, count)
            ).fetchall()
        return tuple(TreeHead.of_json(body) for (body,) in rows)

    def keep_head(self, log: bytes, head: TreeHead, source: str) -> None:
        """Keep a head, with where it came from; of equal trees the first."""
        row = (log, head.size, head.root, head.timestamp_ms, head.dumps(), source)
        with self.writing():
            self._db.execute("INSERT OR IGNORE INTO head VALUES (?, ?, ?, ?, ?, ?)", row)
            self._db.execute(
                "DELETE FROM head WHERE log = ? AND size < (SELECT size FROM head WHERE log = ?"
                " ORDER BY size DESC LIMIT 1 OFFSET ?)",
                (log, log, KEPT_HEADS - 1),
            )

    def logs(self) -> list[bytes]:
        """Return the logs of which heads are kept."""
        with self.reading():
            rows = self._db.execute("SELECT DISTINCT log FROM head ORDER BY log").fetchall()
        return [log for (log,) in rows]

    # Spans

    def spans(self, log: bytes) -> list[Span]:
        """Return what is being read of a log, the newest first."""
        with self.reading():
            rows = self._db.execute(
                "SELECT id, begin, live, position, peaks, goal FROM span WHERE log = ?"
                " ORDER BY begin DESC",
                (log,),
            ).fetchall()
        return [
            Span(id_, begin, bool(live), _tree(position, peaks), goal and TreeHead.of_json(goal))
            for id_, begin, live, position, peaks, goal in rows
        ]

    def open_live(
        self, log: bytes, tree: Tree, behind: Tree | None = None, goal: TreeHead | None = None
    ) -> None:
        """Begin to follow a log after a verified tree.

        Args:
            log: which.
            tree: what is before the first entry that is read live.
            behind: an earlier tree, from which a backlog is read.
            goal: the head at which the backlog ends.
        """
        with self.writing():
            self._open(log, tree, None)
            if behind is not None:
                self._open(log, behind, goal)

    def go_on(self, log: bytes, spans: Iterable[Span]) -> None:
        """Go on in a log where another monitor ended, whatever is known of it here.

        What was told here of entries behind that place is forgotten: it is found and told again.

        Args:
            log: which.
            spans: what the other one was reading, as `spans` returned it; none to begin anew.
        """
        with self.writing():
            self._db.execute("DELETE FROM span WHERE log = ?", (log,))
            for span in spans:
                self._open(log, span.tree, span.goal)
                self._db.execute(
                    "DELETE FROM news WHERE log = ? AND state = ? AND entry >= ?",
                    (log, State.TOLD, span.tree.size),
                )

    def leap(self, live: Span, goal: TreeHead, tree: Tree) -> None:
        """Make the live stretch a backlog up to a head, and begin another one there."""
        with self.writing():
            [(log,)] = self._db.execute("SELECT log FROM span WHERE id = ?", (live.id,))
            self._db.execute(
                "UPDATE span SET live = 0, goal = ? WHERE id = ?", (goal.dumps(), live.id)
            )
            self._open(log, tree, None)

    def _open(self, log: bytes, tree: Tree, goal: TreeHead | None) -> None:
        peaks = b"".join(tree.peaks)
        row = (log, tree.size, goal is None, tree.size, peaks, goal.dumps() if goal else None)
        self._db.execute(
            "INSERT INTO span (log, begin, live, position, peaks, goal) VALUES (?, ?, ?, ?, ?, ?)",
            row,
        )

    def verified(self, log: bytes, span: Span, tree: Tree, news: Iterable[News]) -> None:
        """Keep how far a stretch is verified, together with what was found on the way.

        What was held of it is to be told from now on.
        """
        with self.writing():
            self._insert(log, news, State.NEW)
            self._db.execute(
                "UPDATE news SET state = ?"
                " WHERE log = ? AND state = ? AND entry >= ? AND entry < ?",
                (State.NEW, log, State.HELD, span.begin, tree.size),
            )
            if span.goal and not span.live and tree.size >= span.goal.size:
                self._db.execute("DELETE FROM span WHERE id = ?", (span.id,))
            else:
                self._db.execute(
                    "UPDATE span SET position = ?, peaks = ? WHERE id = ?",
                    (tree.size, b"".join(tree.peaks), span.id),
                )

    def hold(self, log: bytes, news: Iterable[News]) -> None:
        """Keep what was found in entries that are not verified; it is not told yet."""
        with self.writing():
            self._insert(log, news, State.HELD)

    def drop_held(self, log: bytes, begin: int, end: int) -> None:
        """Forget what was held of entries that turned out not to be the log's."""
        with self.writing():
            self._db.execute(
                "DELETE FROM news WHERE log = ? AND state = ? AND entry >= ? AND entry < ?",
                (log, State.HELD, begin, end),
            )

    # What is told

    def add(self, log: bytes, news: Sequence[News]) -> None:
        """Keep news that rests on no entry; what is known already is not new."""
        with self.writing():
            self._insert(log, news, State.NEW)

    def _insert(self, log: bytes, news: Iterable[News], state: State) -> None:
        self._db.executemany(
            "INSERT OR IGNORE INTO news (log, key, body, entry, state, issuance, final, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (log, one.key, one.body, one.entry, state, one.issuance, one.final, one.at)
                for one in news
            ),
        )

    def take(self, count: int = 1000, apart_from: Container[int] = ()) -> list[Told]:
        """Return what is to be told, oldest first; call `told` when it has left.

        Args:
            count: the most.
            apart_from: the numbers of news that is not wanted now.
        """
        with self.reading():
            every = self._db.execute(
                "SELECT id, log, body, state FROM news WHERE state IN (?, ?) ORDER BY id",
                (State.NEW, State.TELLING),
            )
            rows = list(islice((row for row in every if row[0] not in apart_from), count))
            every.close()
            if rows:
                self._mark(State.TELLING, (row[0] for row in rows))
            return [
                Told(id_, log, body, state == State.TELLING, self._known(id_))
                for id_, log, body, state in rows
            ]

    def _known(self, news: int) -> str | None:
        """Return what was found of an issuance before this, and was told or goes out before it.

        What was found later never counts: it may have been passed over for the sake of this.
        """
        found = self._db.execute(
            "SELECT first.body FROM news AS this JOIN news AS first"
            " ON first.issuance = this.issuance AND first.id < this.id AND first.state IN (?, ?)"
            " WHERE this.id = ? ORDER BY first.id LIMIT 1",
            (State.TOLD, State.TELLING, news),
        ).fetchone()
        return found[0] if found else None

    def alone(self, before: int) -> list[tuple[bytes, str, str]]:
        """Return precertificates whose certificate was not seen: log, issuance, and what was told.

        Args:
            before: in seconds since 1970; those found later are not asked for.
        """
        with self.reading():
            return self._db.execute(
                "SELECT log, issuance, body FROM news WHERE issuance IS NOT NULL AND state = ?"
                " GROUP BY issuance HAVING max(final) = 0 AND max(at) < ? AND min(id) = id"
                " AND NOT EXISTS (SELECT 1 FROM news AS said WHERE said.log = news.log"
                " AND said.key = 'alone ' || news.issuance)",
                (State.TOLD, before),
            ).fetchall()

    def told(self, news: Iterable[Told]) -> None:
        """Remember that news have left."""
        self._mark(State.TOLD, (one.id for one in news))

    def _mark(self, state: State, numbers: Iterable[int]) -> None:
        with self.writing():
            self._db.executemany(
                "UPDATE news SET state = ? WHERE id = ?", ((state, number) for number in numbers)
            )

    def keep_evidence(self, log: bytes, name: str, data: bytes) -> None:
        """Keep bytes that prove something, or that nobody could read; the first of a name stay."""
        with self.writing():
            self._db.execute(
                "INSERT OR IGNORE INTO evidence (log, name, data) VALUES (?, ?, ?)",
                (log, name, data),
            )

    def evidence(self, log: bytes) -> list[tuple[str, bytes]]:
        """Return what was kept of a log, by name."""
        with self.reading():
            return self._db.execute(
                "SELECT name, data FROM evidence WHERE log = ? ORDER BY id", (log,)
            ).fetchall()


def _tree(position: int, peaks: bytes) -> Tree:
    return Tree(position, [peaks[n : n + HASH_SIZE] for n in range(0, len(peaks), HASH_SIZE)])
