"""An installation comes back from a backup, into the place that the settings say.

The place says that it is being restored from before the first row until the last job is there: no
process starts on half of it, and what is interrupted is ended by the same command.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from keypin.watch.core import now
from keypin.watch.folder import Folder, FolderError
from keypin.watch.opening import told
from keypin.watch.settings import Settings
from keypin.watch.shares import living
from keypin.watch.store import Database, moved
from keypin.watch.store.backup import (
    BESIDE,
    BackupError,
    is_empty,
    plain_file,
    recognise,
    unpacked,
)
from keypin.watch.store.copying import Tell, copy, snapshot
from keypin.watch.store.disk import keep_names
from keypin.watch.work.clock import SharedClock
from keypin.watch.work.dbos_engine import file_of
from keypin.watch.work.undone import hand_over


def restore(settings: Settings, path: Path, tell: Tell, *, replace: bool) -> dict[str, Any]:
    """Bring back what a backup holds; nothing is touched before all of it was checked.

    Args:
        settings: where to.
        path: the backup.
        tell: is told of each table.
        replace: whether what is there may go. With SQLite it is kept beside, as
            `keypin.db.replaced`; PostgreSQL must be empty.

    Returns:
        What the backup says of itself.

    Raises:
        BackupError: it is no backup, or something is in its way.
        DatabaseError: the database's address is none.
        FolderError: a process of the installation runs.
        OpenError: the database cannot be used.
    """
    target = Database(settings.database_url)
    recognise(path)
    folder = Folder(settings.data)
    try:
        with told(target), unpacked(path, _beside(target, settings)) as (source, said):
            if target.path is None:
                _into(source, target, said, tell)
            else:
                _instead(source, target, said, replace=replace)
                _told(said, tell)
            hand_over(target, said["jobs"])
            with target.begin_across() as connection:
                moved.forget(connection, moved.RESTORING)
    finally:
        target.close()
        folder.close()
    return said


def _beside(target: Database, settings: Settings) -> Path:
    """Return the folder in which a copy can take the place of the database."""
    folder = settings.data if target.path is None else target.path.parent
    if not folder.is_dir():
        raise BackupError(f"{folder}: there is no such folder; make it, or name another database")
    return folder


def _into(source: Database, target: Database, said: dict[str, Any], tell: Tell) -> None:
    """Copy into an empty database, or go on where that was interrupted."""
    target.migrate()
    if living(target, SharedClock(target, now)()):
        raise FolderError("processes of the watch run on the database; stop them, and restore then")
    with target.begin_across() as connection:
        half = moved.read(connection, moved.RESTORING)
        if half is None:
            _demand_nothing(target, connection)
        elif half["written_at"] != said["written_at"]:
            raise BackupError(
                f"the database holds a part of the backup of {half['written_at']}; restore that "
                "one, or make a new database"
            )
        _note(connection, said)
    with snapshot(source) as connection:
        copy(connection, target, tell)


def _demand_nothing(target: Database, connection: Connection) -> None:
    if (why := moved.why_not_here(connection)) is not None:
        raise BackupError(why)
    if not is_empty(target):
        raise BackupError("the database is not empty; make a new one, and restore into that")


def _note(connection: Connection, said: dict[str, Any]) -> None:
    moved.note(connection, moved.RESTORING, {"written_at": said["written_at"]}, now())


def _instead(source: Database, target: Database, said: dict[str, Any], *, replace: bool) -> None:
    """Put the copy of the backup where the database was, so that there always is one."""
    there, copied = target.path, source.path
    if there is None or copied is None:  # pragma: no cover - the caller asked
        raise BackupError("both are files")
    if there.exists() and not _is_half(target):
        if not replace:
            target.migrate()
            if not is_empty(target):
                raise BackupError(f"{there} is not empty; keep it aside and go on with --replace")
        _keep_aside(target, there)
    target.close()
    with source.begin_across() as connection:
        _note(connection, said)
    source.close()
    plain_file(copied)
    for end in BESIDE:
        there.with_name(f"{there.name}{end}").unlink(missing_ok=True)
    copied.replace(there)
    keep_names(there.parent)
    work = file_of(target)
    if work is not None:
        for one in work.parent.glob(f"{work.name}*"):
            one.unlink()  # what the backup had to do is handed over


def _is_half(target: Database) -> bool:
    """Tell whether what is there comes from a restore that was interrupted."""
    with suppress(SQLAlchemyError, ValueError), target.read_across() as connection:
        return moved.read(connection, moved.RESTORING) is not None
    return False


def _keep_aside(target: Database, there: Path) -> None:
    """Give what is there a second name, whatever it is: damaged, or of a newer version."""
    with suppress(SQLAlchemyError), target.begin_across():
        pass  # the last connection, when it closes, folds what is beside the file into it
    target.close()
    aside = there.with_name(f"{there.name}.replaced")
    if aside.exists() and aside.samefile(there):
        return  # as far as a restore came that was interrupted
    try:
        for end in (*BESIDE, ""):
            _link(there.with_name(f"{there.name}{end}"), aside.with_name(f"{aside.name}{end}"))
    except OSError as error:
        raise BackupError(
            f"{there}: cannot be kept aside: {error.strerror}; move it away, and restore again"
        ) from error
    keep_names(there.parent)


def _link(one: Path, aside: Path) -> None:
    if not one.exists():
        aside.unlink(missing_ok=True)
        return
    part = aside.with_name(f"{aside.name}.part")
    part.unlink(missing_ok=True)
    part.hardlink_to(one)
    part.replace(aside)
    part.unlink(missing_ok=True)  # it stays where both are one file already


def _told(said: dict[str, Any], tell: Tell) -> None:
    for name, (rows, _) in said["tables"].items():
        tell(name, rows)
