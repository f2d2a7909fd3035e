"""Batches in a file of SQLite beside the database, so that no acknowledgement waits for the latter.

Two files know no common transaction. So the database keeps a mark, the number of the last batch
that was sorted, in the transaction that sorts it; the batch itself is removed afterwards, and a
batch up to the mark is never sorted again. The mark names the file: another file begins anew.
"""

import sqlite3
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from weakref import finalize

from sqlalchemy import Connection, select

from keypin.watch.collecting.batches import IntakeError, Taken
from keypin.watch.inventory.upsert import insert_or_change
from keypin.watch.store import Database
from keypin.watch.store.tables import installation

# AUTOINCREMENT: no number is ever given twice, even when the file is empty.
_TABLES = """
CREATE TABLE IF NOT EXISTS file (id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS batches (
  id INTEGER PRIMARY KEY AUTOINCREMENT, count INTEGER NOT NULL, batch BLOB NOT NULL
);
"""

_PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 10000")


class FileOfBatches:
    """Batches in a file; see `keypin.watch.collecting.batches.Batches`.

    Args:
        path: the file, which is made.
        database: where the mark is kept.
        clock: tells when the mark was set.

    Raises:
        IntakeError: the file cannot be used.
    """

    def __init__(self, path: Path, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        try:
            self._file = _open(path)
            finalize(self, self._file.close)  # whoever forgets to close it leaves nothing open
            self._name = f"intake {_name(self._file)}"
        except sqlite3.Error as error:
            raise IntakeError(
                f"{path} cannot be used for reports: {error}; check that the folder can be "
                "written to, and has room"
            ) from error

    def append(self, batch: bytes, count: int) -> None:
        """Keep a batch."""
        try:
            with self._lock, self._file:
                self._file.execute(
                    "INSERT INTO batches (count, batch) VALUES (?, ?)", (count, batch)
                )
        except sqlite3.Error as error:
            raise IntakeError(f"the intake takes no reports: {error}") from error

    @contextmanager
    def take(self, most: int) -> Generator[Taken]:
        """Take the oldest batches. There is one process, and one sorter in it."""
        with self._database.read_across() as connection:
            mark = self._mark(connection)
        query = "SELECT id, batch FROM batches WHERE id > ? ORDER BY id LIMIT ?"
        with self._lock:
            rows = self._file.execute(query, (mark, most)).fetchall()
        if rows:
            mark = rows[-1][0]
        with ExitStack() as stack:
            begin = self._database.begin_across
            taken = Taken([batch for _, batch in rows], lambda: stack.enter_context(begin()))
            yield taken
            if rows:
                self._set_mark(taken.connection, mark)
        with self._lock, self._file:
            self._file.execute("DELETE FROM batches WHERE id <= ?", (mark,))

    def waiting(self) -> int:
        """Return how many entries wait to be sorted."""
        with self._database.read_across() as connection:
            mark = self._mark(connection)
        query = "SELECT coalesce(sum(count), 0) FROM batches WHERE id > ?"
        with self._lock:
            return int(self._file.execute(query, (mark,)).fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._file.close()

    def _mark(self, connection: Connection) -> int:
        query = select(installation.c.value).where(installation.c.name == self._name)
        value = connection.execute(query).scalar()
        return int(value["sorted"]) if value else 0

    def _set_mark(self, connection: Connection, mark: int) -> None:
        row = {"name": self._name, "value": {"sorted": mark}, "changed_at": self._clock()}
        insert_or_change(
            connection, installation, [row], key=["name"], change=["value", "changed_at"]
        )


def _open(path: Path) -> sqlite3.Connection:
    file = sqlite3.connect(path, timeout=10, check_same_thread=False)
    try:
        for pragma in _PRAGMAS:
            file.execute(f"PRAGMA {pragma}")
        file.executescript(_TABLES)
    except sqlite3.Error:
        file.close()
        raise
    return file


def _name(file: sqlite3.Connection) -> str:
    """Return the name of a file, which is given to it when it is first opened."""
    with file:
        file.execute("BEGIN IMMEDIATE")
        found = file.execute("SELECT id FROM file").fetchone()
        if found is None:
            found = (token_hex(8),)
            file.execute("INSERT INTO file (id) VALUES (?)", found)
    return str(found[0])
