"""An installation comes back from a backup, into the place that the settings say."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from keypin.watch.folder import Folder
from keypin.watch.opening import told
from keypin.watch.settings import Settings
from keypin.watch.store import Database
from keypin.watch.store.backup import BackupError, is_empty, recognise, unpacked
from keypin.watch.store.copying import Tell, copy, snapshot
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
                _into(source, target, tell)
            else:
                _instead(source, target, replace=replace)
                _told(said, tell)
            hand_over(target, said["jobs"])
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


def _into(source: Database, target: Database, tell: Tell) -> None:
    target.migrate()
    if not is_empty(target):
        raise BackupError("the database is not empty; make a new one, and restore into that")
    with snapshot(source) as connection:
        copy(connection, target, tell)


def _instead(source: Database, target: Database, *, replace: bool) -> None:
    """Put the copy of the backup where the database was."""
    there, copied = target.path, source.path
    if there is None or copied is None:  # pragma: no cover - the caller asked
        raise BackupError("both are files")
    if there.exists():
        if not replace:
            target.migrate()
            if not is_empty(target):
                raise BackupError(f"{there} is not empty; keep it aside and go on with --replace")
        _put_aside(target, there)
    work = file_of(target)
    if work is not None:
        for one in work.parent.glob(f"{work.name}*"):
            one.unlink()  # what the backup had to do is handed over
    source.close()
    copied.replace(there)


def _put_aside(target: Database, there: Path) -> None:
    """Keep what is there, whatever it is: damaged, or of a newer version."""
    with suppress(SQLAlchemyError), target.begin_across():
        pass  # the last connection, when it closes, folds what is beside the file into it
    target.close()
    for end in ("", "-wal", "-shm"):
        one = there.with_name(f"{there.name}{end}")
        if one.exists():
            one.replace(there.with_name(f"{there.name}.replaced{end}"))


def _told(said: dict[str, Any], tell: Tell) -> None:
    for name, (rows, _) in said["tables"].items():
        tell(name, rows)
