"""An installation comes back from a backup, whichever database it was in."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from keypin.watch.core import now
from keypin.watch.folder import Folder, FolderError
from keypin.watch.opening import OpenError
from keypin.watch.restoring import restore
from keypin.watch.settings import Settings
from keypin.watch.store import Database
from keypin.watch.store.backup import BackupError, write
from keypin.watch.store.tables import organisations
from keypin.watch.work.undone import undone

JOBS = [{"id": "mail/1", "queue": "keypin-mail", "arguments": ["mail", {"to": "ada"}]}]


def _nobody(table: str, rows: int) -> None:
    assert table
    assert rows >= 0


@pytest.fixture
def backup(database: Database, tmp_path: Path) -> Path:
    """Return a backup of an installation with two organisations and one job to do."""
    path = tmp_path / "one.backup"
    write(database, path, JOBS, now(), _nobody)
    return path


def _names(settings: Settings) -> list[str]:
    database = Database(settings.database_url)
    with database.read_across() as connection:
        names = connection.execute(select(organisations.c.name)).scalars().all()
    database.close()
    return sorted(names)


def test_it_comes_back_where_nothing_is(backup: Path, tmp_path: Path) -> None:
    """With the jobs that were not done."""
    settings = Settings(data=tmp_path / "new")
    said = restore(settings, backup, _nobody, replace=False)
    assert said["tables"]["organisations"][0] == 2
    assert _names(settings) == ["acme", "rival"]
    database = Database(settings.database_url)
    assert undone(database) == JOBS
    database.close()
    assert backup.exists()


def test_it_comes_back_into_postgresql(
    backup: Path, tmp_path: Path, new_postgresql: Callable[[], str]
) -> None:
    """Which must be empty: nothing is removed there."""
    settings = Settings(data=tmp_path / "new", database=new_postgresql())
    restore(settings, backup, _nobody, replace=False)
    assert _names(settings) == ["acme", "rival"]
    database = Database(settings.database_url)
    assert undone(database) == JOBS
    database.close()
    with pytest.raises(BackupError, match="the database is not empty"):
        restore(settings, backup, _nobody, replace=True)


def test_what_is_there_is_put_aside_only_when_told(backup: Path, tmp_path: Path) -> None:
    """And it is kept."""
    settings = Settings(data=tmp_path / "new")
    restore(settings, backup, _nobody, replace=False)
    database = Database(settings.database_url)
    with database.begin_across() as connection:
        connection.execute(organisations.delete().where(organisations.c.name == "rival"))
    database.close()
    with pytest.raises(BackupError, match="keep it aside and go on with --replace"):
        restore(settings, backup, _nobody, replace=False)
    restore(settings, backup, _nobody, replace=True)
    assert _names(settings) == ["acme", "rival"]
    aside = Settings(data=tmp_path, database=f"sqlite:///{tmp_path}/new/keypin.db.replaced")
    assert _names(aside) == ["acme"]


def test_a_running_service_is_not_pulled_away(backup: Path, tmp_path: Path) -> None:
    """It holds its folder."""
    with Folder(tmp_path / "new"), pytest.raises(FolderError, match="another process"):
        restore(Settings(data=tmp_path / "new"), backup, _nobody, replace=True)


def test_a_damaged_backup_touches_nothing(backup: Path, tmp_path: Path) -> None:
    """It is read whole before anything is."""
    settings = Settings(data=tmp_path / "new")
    restore(settings, backup, _nobody, replace=False)
    (tmp_path / "bad.backup").write_bytes(b"SQLite format 3\0" + bytes(600))
    with pytest.raises(BackupError, match="damaged"):
        restore(settings, tmp_path / "bad.backup", _nobody, replace=True)
    assert _names(settings) == ["acme", "rival"]


def test_what_is_damaged_is_put_aside_when_told(backup: Path, tmp_path: Path) -> None:
    """As it is, for whoever wants to look at it."""
    settings = Settings(data=tmp_path / "new")
    settings.data.mkdir()
    there = settings.data / "keypin.db"
    there.write_bytes(b"no database" * 1000)
    with pytest.raises(OpenError, match=r"file is not a database; check its file$"):
        restore(settings, backup, _nobody, replace=False)
    restore(settings, backup, _nobody, replace=True)
    assert _names(settings) == ["acme", "rival"]
    assert there.with_name("keypin.db.replaced").read_bytes() == b"no database" * 1000
