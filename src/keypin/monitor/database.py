"""The file in which a monitor keeps its state: one SQLite database.

It is written ahead and synchronised on each commit, so that what is committed outlives any end of a
process. One process writes; others may look on meanwhile.
"""

import sqlite3
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import RLock

from keypin.errors import KeypinError
from keypin.monitor.lock import Lock

VERSION = 3
_PATIENCE = 5  # seconds that a transaction waits for another
_SCHEMA = """
CREATE TABLE head (
  log BLOB NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, timestamp INTEGER NOT NULL,
  body TEXT NOT NULL, source TEXT NOT NULL, PRIMARY KEY (log, size, root)
) WITHOUT ROWID;
CREATE TABLE hearsay (
  log BLOB NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, timestamp INTEGER NOT NULL,
  body TEXT NOT NULL, source TEXT NOT NULL, since INTEGER NOT NULL, tries INTEGER NOT NULL,
  PRIMARY KEY (log, size, root, timestamp)
) WITHOUT ROWID;
CREATE TABLE span (
  id INTEGER PRIMARY KEY, log BLOB NOT NULL, begin INTEGER NOT NULL, live INTEGER NOT NULL,
  position INTEGER NOT NULL, peaks BLOB NOT NULL, goal TEXT
);
CREATE TABLE news (
  id INTEGER PRIMARY KEY, log BLOB NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,
  entry INTEGER, state INTEGER NOT NULL, issuance TEXT, final INTEGER NOT NULL,
  at INTEGER NOT NULL, UNIQUE (log, key)
);
CREATE INDEX untold ON news (state, id) WHERE state < 3;
CREATE INDEX issued ON news (issuance, id) WHERE issuance IS NOT NULL;
CREATE TABLE evidence (
  id INTEGER PRIMARY KEY, log BLOB NOT NULL, name TEXT NOT NULL, data BLOB NOT NULL,
  UNIQUE (log, name)
);
"""


class StoreError(KeypinError):
    """The state on disk cannot be used."""


class Database:
    """The state of a monitor; safe for many threads, of one process.

    Args:
        directory: where it is kept; made if it is not there.
        looking: whether to look on only, which goes while a monitor runs; nothing is written.

    Raises:
        StoreError: it cannot be opened, is of another version, or is in use; or nothing is kept
            there to look at.
    """

    def __init__(self, directory: Path, *, looking: bool = False) -> None:
        self.path = directory / "monitor.sqlite"
        self._lock = RLock()
        self._held = ExitStack()
        try:
            self._look() if looking else self._own(directory)
        except StoreError:
            self._held.close()
            raise

    def _own(self, directory: Path) -> None:
        try:
            directory.mkdir(parents=True, exist_ok=True)
            # One process at a time: two would read the same entries and tell them twice.
            self._held.callback(Lock(directory / "monitor.lock").release)
        except BlockingIOError as error:
            raise StoreError(f"{self.path}: in use by another monitor") from error
        except OSError as error:
            raise StoreError(f"{self.path}: {error}") from error
        with self.reading():
            self._connect("rwc")
            self._prepare()

    def _look(self) -> None:
        if not self.path.exists():
            raise StoreError(f"{self.path}: no monitor has kept anything here")
        with self.reading():
            self._connect("ro")
            [(version,)] = self._db.execute("PRAGMA user_version")
            self._check(version)

    def _connect(self, mode: str) -> None:
        self._db = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}",
            isolation_level=None,
            check_same_thread=False,
            timeout=_PATIENCE,
            uri=True,
        )
        self._held.callback(self._db.close)

    def _check(self, version: int) -> None:
        if version != VERSION:
            raise StoreError(f"{self.path}: of version {version}, where {VERSION} is read here")

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        with self.writing():
            [(version,)] = self._db.execute("PRAGMA user_version")
            if version == 0:
                for statement in _SCHEMA.split(";\n"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {VERSION}")
            else:
                self._check(version)

    def close(self) -> None:
        """Close the file, and let others have it."""
        with self._lock:
            self._held.close()

    @contextmanager
    def reading(self) -> Generator[None]:
        """Keep other threads out, and say what goes wrong as this room does.

        Raises:
            StoreError: the file cannot be read, or written.
        """
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise StoreError(f"{self.path}: {error}") from error

    @contextmanager
    def writing(self) -> Generator[sqlite3.Connection]:
        """Give the database for a transaction: all that is done to it counts, or nothing.

        Raises:
            StoreError: the file cannot be written.
        """
        with self.reading():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            finally:
                # Some errors, as of a full disk, have ended the transaction already.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
