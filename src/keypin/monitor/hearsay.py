"""What was heard of a log elsewhere, and is to be compared with what it says here.

Heads wait on disk until that is done: one that is larger than the log shows here, or for which the
log gives no proof, is asked about again, by the next run too. Those who hear and those who compare
may be of different threads.
"""

import sqlite3
from typing import NamedTuple

from keypin.ct.head import TreeHead
from keypin.monitor.store import Store

KEPT = 4096  # of each log: what is more stays with who told it, and is told again


class Heard(NamedTuple):
    """A head from elsewhere, its signature verified.

    Attributes:
        head: the head.
        source: where it is from.
        since: when it was heard, in seconds since 1970.
    """

    head: TreeHead
    source: str
    since: int


class Hearsay:
    """The heads from elsewhere that are not compared yet, of all logs.

    Args:
        store: where they are kept.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, log: bytes, heard: Heard) -> bool:
        """Keep a head until it is compared; False where there is no room for it.

        A tree that a kept head has, signed then or later, has been compared.
        """
        key = _key(log, heard.head)
        row = (*key, heard.head.dumps(), heard.source, heard.since, *key)
        with self._store.writing() as database:
            [(count,)] = database.execute("SELECT count(*) FROM hearsay WHERE log = ?", (log,))
            if count >= KEPT:
                return False
            database.execute(
                "INSERT OR IGNORE INTO hearsay SELECT ?, ?, ?, ?, ?, ?, ?, 0 WHERE NOT EXISTS"
                " (SELECT 1 FROM head WHERE log = ? AND size = ? AND root = ? AND timestamp >= ?)",
                row,
            )
        return True

    def within(self, log: bytes, size: int, count: int = KEPT) -> list[Heard]:
        """Return heads up to a size, the least tried first, and of those the largest."""
        with self._store.writing() as database:
            return _read(
                database.execute(
                    "SELECT body, source, since FROM hearsay WHERE log = ? AND size <= ?"
                    " ORDER BY tries, size DESC LIMIT ?",
                    (log, size, count),
                )
            )

    def beyond(self, log: bytes, size: int) -> list[Heard]:
        """Return heads that are larger than a size, the smallest first."""
        with self._store.writing() as database:
            return _read(
                database.execute(
                    "SELECT body, source, since FROM hearsay WHERE log = ? AND size > ?"
                    " ORDER BY size, timestamp",
                    (log, size),
                )
            )

    def tried(self, log: bytes, head: TreeHead) -> None:
        """Remember that a head could not be compared, so that others come first."""
        self._change("UPDATE hearsay SET tries = tries + 1", log, head)

    def compared(self, log: bytes, head: TreeHead) -> None:
        """Forget a head: it is compared, and what was found is kept."""
        self._change("DELETE FROM hearsay", log, head)

    def _change(self, change: str, log: bytes, head: TreeHead) -> None:
        with self._store.writing() as database:
            database.execute(
                f"{change} WHERE log = ? AND size = ? AND root = ? AND timestamp = ?",
                _key(log, head),
            )


def _key(log: bytes, head: TreeHead) -> tuple[bytes, int, bytes, int]:
    return log, head.size, head.root, head.timestamp_ms


def _read(rows: sqlite3.Cursor) -> list[Heard]:
    return [Heard(TreeHead.of_json(body), source, since) for body, source, since in rows]
