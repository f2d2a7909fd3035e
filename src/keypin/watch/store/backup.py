"""One file that holds everything: written while the service runs, checked before it is believed.

The file is a database of SQLite with the tables of the installation, whichever kind of database
those are in, and a row that says which version wrote it, what each table holds, and which jobs were
not done. The keys that seal secrets are not in it: who finds a backup does not find those.
"""

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, func, literal_column, select
from sqlalchemy import table as named
from sqlalchemy.exc import DatabaseError

from keypin.errors import KeypinError
from keypin.watch.store.copying import Tell, copy, snapshot, tables
from keypin.watch.store.database import Database, NewerError
from keypin.watch.store.disk import keep_names
from keypin.watch.store.moved import forget, note, read
from keypin.watch.store.tables import organisations, workers

VERSION = 1
_ROW = "backup"
_BATCH = 2000
_MAGIC = b"SQLite format 3\0"

# What SQLite keeps beside a file, and reads into whatever file stands there by that name.
BESIDE = ("-wal", "-shm", "-journal")


class BackupError(KeypinError):
    """A backup cannot be written, or what is to be restored is none, or not whole."""


def write(
    database: Database,
    path: Path,
    jobs: Iterable[Mapping[str, Any]],
    at: datetime,
    tell: Tell,
    *,
    add: Callable[[Connection], None] | None = None,
) -> None:
    """Write a backup, whole or not at all.

    Args:
        database: the installation's, as it is at one moment.
        path: the new file.
        jobs: what was submitted and is not done, from `keypin.watch.work.undone`.
        at: the time.
        tell: is told of each table.
        add: adds to the copy what is not in the database, before it is sealed.

    Raises:
        BackupError: the file is there already.
    """
    if path.exists():
        raise BackupError(f"{path}: the file is there already; name another, or remove it")
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    try:
        _fill(database, part)
        _seal(part, list(jobs), at, tell, add)
        part.replace(path)
        keep_names(path.parent)
    finally:
        part.unlink(missing_ok=True)


def recognise(path: Path) -> None:
    """Refuse what does not begin as a backup does.

    Raises:
        BackupError: it cannot be read, or is no backup.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        raise _unreadable(path, error) from error
    if magic != _MAGIC:
        raise BackupError(f"{path}: is no backup of the watch")


@contextmanager
def unpacked(path: Path, folder: Path) -> Generator[tuple[Database, dict[str, Any]]]:
    """Read a backup whole, and give it as a database of today's version.

    Args:
        path: the backup; it is not touched.
        folder: where a copy finds its place for a while.

    Yields:
        The copy, and what the backup says of itself: `version`, `written_at`, `tables` with the
        number of rows and a digest of each, and `jobs`.

    Raises:
        BackupError: it is no backup, or not as it was written.
    """
    copied = folder / "restoring.db"
    recognise(path)
    _remove(copied)  # of a restore that was interrupted
    try:
        shutil.copyfile(path, copied)
    except OSError as error:
        raise _unreadable(path, error) from error
    database = Database(f"sqlite:///{copied}")
    try:
        try:
            said = _checked(database, path)
            database.migrate()
            with database.begin_across() as connection:
                forget(connection, _ROW)
        except NewerError as error:
            raise BackupError(f"{path}: {error}") from error
        except DatabaseError as error:
            raise _damaged(path, error.orig) from error
        yield database, said
    finally:
        database.close()
        _remove(copied)


def plain_file(path: Path) -> None:
    """Leave one file, that needs no others beside it, and is on the disk."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    with path.open("rb") as file:
        os.fsync(file.fileno())


def is_empty(database: Database) -> bool:
    """Tell whether a migrated database holds no organisation."""
    with database.read_across() as connection:
        return not connection.execute(select(func.count()).select_from(organisations)).scalar()


def _fill(database: Database, part: Path) -> None:
    if database.sqlite:
        with database.engine.connect() as connection, closing(sqlite3.connect(part)) as target:
            source = cast("sqlite3.Connection", connection.connection.driver_connection)
            source.backup(target)
        return
    copied = Database(f"sqlite:///{part}")
    copied.migrate()
    with snapshot(database) as connection:
        copy(connection, copied, _nobody)
    copied.close()


def _nobody(table: str, rows: int) -> None:
    """Tell nobody: the same is told when the backup is sealed."""
    del table, rows


def _seal(
    part: Path,
    jobs: list[Mapping[str, Any]],
    at: datetime,
    tell: Tell,
    add: Callable[[Connection], None] | None,
) -> None:
    """Say in the backup what it holds."""
    database = Database(f"sqlite:///{part}")
    with database.begin_across() as connection:
        connection.execute(workers.delete())
        if add is not None:
            add(connection)
        held: dict[str, tuple[int, str]] = {}
        for table in tables():
            held[table.name] = _content(connection, table.name)
            tell(table.name, held[table.name][0])
        document = {"version": VERSION, "written_at": at.isoformat(), "tables": held, "jobs": jobs}
        note(connection, _ROW, document, at)
    database.close()
    plain_file(part)


def _remove(path: Path) -> None:
    for end in ("", *BESIDE):
        path.with_name(f"{path.name}{end}").unlink(missing_ok=True)


def _unreadable(path: Path, error: OSError) -> BackupError:
    return BackupError(f"{path}: cannot be read: {error.strerror}")


def _damaged(path: Path, why: object) -> BackupError:
    return BackupError(
        f"{path}: is no backup of the watch, or damaged: {why}; restore another backup"
    )


def _checked(database: Database, path: Path) -> dict[str, Any]:
    with database.read_across() as connection:
        said = _said(connection, path)
        # What is read from the tables says nothing of their indices.
        whole = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
        if whole != "ok":
            raise _damaged(path, str(whole).splitlines()[-1])
        _compare(connection, said["tables"], path)
        return said


def _said(connection: Connection, path: Path) -> dict[str, Any]:
    """Return what a backup says of itself, if it is of the form that a backup has."""
    try:
        said = read(connection, _ROW)
    except (ValueError, RecursionError) as error:
        raise _damaged(path, f"what it says of itself cannot be read: {error}") from error
    if said is None:
        raise BackupError(f"{path}: is a database, but no backup of the watch")
    match said:
        case {"version": int(version)} if version > VERSION:
            raise BackupError(f"{path}: is of a newer version of keypin; install that first")
        case {
            "version": int(),
            "written_at": str(),
            "tables": {**held},
            "jobs": [*jobs],
        } if all(map(_is_content, held.values())) and all(map(_is_job, jobs)):
            return said
        case _:
            raise _damaged(path, "what it says of itself is not of the form of a backup")


def _is_content(held: object) -> bool:
    match held:
        case [int(), str()]:
            return True
        case _:
            return False


def _is_job(job: object) -> bool:
    match job:
        case {"id": str(), "queue": str(), "arguments": list()}:
            return True
        case _:
            return False


def _compare(connection: Connection, held: dict[str, tuple[int, str]], path: Path) -> None:
    """Read every table that the backup says it has, with the columns of then."""
    for name, written in held.items():
        if _content(connection, name) != tuple(written):
            raise BackupError(f"{path}: the table {name} is not as it was written")


def _content(connection: Connection, name: str) -> tuple[int, str]:
    """Return how many rows a table of the file has, and a digest of them, whatever its columns."""
    everything: ColumnElement[Any] = literal_column("*")
    query = select(everything).select_from(named(name))
    found = connection.execution_options(yield_per=_BATCH).execute(query)
    rows, total = 0, _number(tuple(found.keys()))
    for row in found:
        rows, total = rows + 1, total + _number(tuple(row))  # a sum knows no order
    return rows, f"{total % (1 << 256):064x}"


def _number(values: tuple[object, ...]) -> int:
    return int.from_bytes(hashlib.sha256(repr(values).encode()).digest())
