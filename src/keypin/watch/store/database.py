"""One installation's database: connections, transactions and what each engine needs for them.

SQLite: one file, one writer at a time, readers at any time (write-ahead log), and every commit on
the disk before it returns. PostgreSQL: through psycopg 3. What is said of a statement that fails
goes to logs and to people, so it holds none of the values: among them are hashes, seals and mails.
"""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from sqlite3 import Error as SqliteError
from typing import Any

from psycopg import Connection as PostgresqlConnection
from psycopg import Error as PostgresqlError
from psycopg.rows import TupleRow
from sqlalchemy import URL, Connection, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from keypin.errors import InputError, KeypinError
from keypin.watch.store import guard
from keypin.watch.store.scope import Scope
from keypin.watch.store.texts import Dumper, to_json

# How long a writer waits for the one before it, in milliseconds.
_BUSY = 30_000

_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",  # as libpq takes it too
}

_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    f"busy_timeout = {_BUSY}",
    "temp_store = MEMORY",
    "cache_size = -32000",
    "mmap_size = 268435456",
)

# Seconds after which a connection of SQLite is made anew: it knows how tables were filled when it
# was opened (`Database.analyse`).
_OLD = 3600

# Says that a transaction will write, so that it waits at its start and never in its middle.
_WRITES = "keypin_writes"


class DatabaseError(InputError):
    """The database's address says nothing that can be used."""


class NewerError(KeypinError):
    """The tables are of a version that is not known here; the text goes on after their name."""


class Database:
    """An installation's database.

    Args:
        url: `sqlite:///file` or `postgresql://user@host/name`.
        pool: connections that are kept open at most.

    Attributes:
        url: the address, with its driver.
        engine: SQLAlchemy's engine.

    Raises:
        DatabaseError: the address is none, or of another kind.
    """

    def __init__(self, url: str, *, pool: int = 10) -> None:
        self.url = _url(url)
        self._writer = threading.RLock()
        if self.sqlite:
            self.engine = create_engine(
                self.url,
                pool_size=pool,
                max_overflow=pool,
                pool_recycle=_OLD,
                json_serializer=to_json,
                hide_parameters=True,
            )
            event.listen(self.engine, "connect", _prepare)
            event.listen(self.engine, "begin", _begin)
        else:
            self.engine = create_engine(
                self.url,
                pool_size=pool,
                max_overflow=pool,
                pool_pre_ping=True,
                json_serializer=to_json,
                hide_parameters=True,
            )
            event.listen(self.engine, "connect", _prepare_postgresql)
            event.listen(self.engine, "handle_error", _hide_values)
        guard.watch(self.engine)

    @property
    def sqlite(self) -> bool:
        """Whether it is SQLite."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def path(self) -> Path | None:
        """The file of SQLite, or None."""
        return Path(self.url.database) if self.sqlite and self.url.database else None

    @contextmanager
    def begin(self, organisation: int) -> Generator[Scope]:
        """Begin a transaction that may write, of one organisation alone."""
        with self._writing({guard.SCOPE: organisation}) as connection:
            yield Scope(connection, organisation)

    @contextmanager
    def read(self, organisation: int) -> Generator[Scope]:
        """Begin a transaction that reads, of one organisation alone."""
        with self._reading({guard.SCOPE: organisation}) as connection:
            yield Scope(connection, organisation)

    @contextmanager
    def begin_across(self) -> Generator[Connection]:
        """Begin a transaction that may write, over organisations: for the service's own work."""
        with self._writing({}) as connection:
            yield connection

    @contextmanager
    def read_across(self) -> Generator[Connection]:
        """Begin a transaction that reads, over organisations: for the service's own work."""
        with self._reading({}) as connection:
            yield connection

    def migrate(self) -> None:
        """Bring the tables up to date, or make them.

        Raises:
            NewerError: they are of a newer version, or of another program; nothing was touched.
        """
        from keypin.watch.store.migrations import upgrade  # noqa: PLC0415 - alembic takes 0.1 s

        upgrade(self)

    def analyse(self) -> None:
        """Have SQLite look how its tables are filled, which PostgreSQL does by itself.

        Without, it takes the newest of several indexes, whatever is in the tables. It reads each
        index whole, seconds of ten million rows: of a part it would take one group for all.
        """
        if self.sqlite:
            with self.begin_across() as connection:
                connection.exec_driver_sql("ANALYZE")

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def _writing(self, options: dict[str, Any]) -> Generator[Connection]:
        # Writers of one process queue here, in order; those of others at the database.
        with self._writer if self.sqlite else _nothing():
            engine = self.engine.execution_options(**options, **{_WRITES: True})
            with engine.begin() as connection:
                yield connection

    @contextmanager
    def _reading(self, options: dict[str, Any]) -> Generator[Connection]:
        with self.engine.execution_options(**options).connect() as connection:
            yield connection


@contextmanager
def _nothing() -> Generator[None]:
    yield


def _url(text: str) -> URL:
    try:
        url = make_url(text)
        named = url.set(drivername=_DRIVERS[url.get_backend_name()])
        if url.get_backend_name() != "sqlite" or url.database not in {None, "", ":memory:"}:
            return named
        error = None
    except (ArgumentError, KeyError, ValueError) as refused:  # a port that is no number
        error = refused
    # What stands after the scheme may hold a password.
    scheme, colon, _ = text.partition(":")
    raise DatabaseError(
        f"the database {scheme[:20]}{colon}\N{HORIZONTAL ELLIPSIS}" if colon else "a database",
        expected="sqlite:///FILE or postgresql://USER@HOST/NAME",
    ) from error


def _prepare(connection: SqliteConnection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where `_begin` says
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except SqliteError:
        connection.close()  # nobody else has it yet: the file went away, or is none
        raise


def _prepare_postgresql(connection: PostgresqlConnection[TupleRow], _record: object) -> None:
    connection.adapters.register_dumper(str, Dumper)


def _hide_values(context: ExceptionContext) -> None:
    """Leave out what PostgreSQL adds to its sentence: "Failing row contains (...)"."""
    error, told = context.original_exception, context.sqlalchemy_exception
    if isinstance(error, PostgresqlError) and (primary := error.diag.message_primary):
        whole, error.args = str(error), (primary,)
        if told is not None:
            told.args = (str(told.args[0]).replace(whole, primary), *told.args[1:])


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
