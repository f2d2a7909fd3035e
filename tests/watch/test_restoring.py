"""An installation comes back from a backup, whichever database it was in."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from keypin.watch.core import now
from keypin.watch.folder import Folder, FolderError
from keypin.watch.opening import OpenError, opened
from keypin.watch.restoring import restore
from keypin.watch.settings import Settings
from keypin.watch.store import Database, moved
from keypin.watch.store.backup import BackupError, write
from keypin.watch.store.copying import tables
from keypin.watch.store.tables import organisations, workers
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


def test_an_empty_installation_on_postgresql_is_not_filled_while_it_runs(
    backup: Path, tmp_path: Path, postgresql: Database
) -> None:
    """Its processes may be on other machines."""
    row = {"id": "one", "host": "a", "process": 1, "vantage": "here", "parts": []}
    with postgresql.begin_across() as connection:
        connection.execute(organisations.delete())
        connection.execute(insert(workers).values(**row, started_at=now(), seen_at=now()))
    url = postgresql.url.render_as_string(hide_password=False)
    with pytest.raises(FolderError, match="processes of the watch run on the database; stop them"):
        restore(Settings(data=tmp_path, database=url), backup, _nobody, replace=False)


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


def _killed(settings: Settings, backup: Path, when: str) -> bool:
    """Restore in a process that is killed then; return whether it came so far."""
    program = Path(__file__).with_name("killed.py")
    command = [
        sys.executable,
        str(program),
        str(settings.data),
        settings.database,
        str(backup),
        when,
    ]
    return subprocess.run(command, check=False).returncode == -signal.SIGKILL


def _jobs(settings: Settings) -> list[dict[str, Any]]:
    database = opened(settings)
    jobs = [dict(job) for job in undone(database)]
    database.close()
    return jobs


@pytest.mark.parametrize("table", ["organisations", tables()[-1].name])
def test_half_of_a_database_is_not_taken_for_a_whole_one(
    backup: Path, tmp_path: Path, new_postgresql: Callable[[], str], table: str
) -> None:
    """Nobody starts on it, no other backup is mixed with it, and the same one ends it."""
    settings = Settings(data=tmp_path / "new", database=new_postgresql())
    assert _killed(settings, backup, table)
    with pytest.raises(moved.MovedError, match="is being restored here; wait, or if that was inte"):
        opened(settings)
    other = tmp_path / "other.backup"
    there = Database(f"sqlite:///{tmp_path / 'keypin.db'}")
    write(there, other, [], now(), _nobody)
    there.close()
    with pytest.raises(BackupError, match=r"holds a part of the backup of .*; restore that one"):
        restore(settings, other, _nobody, replace=False)
    restore(settings, backup, _nobody, replace=False)
    assert _names(settings) == ["acme", "rival"]
    assert _jobs(settings) == JOBS


def test_a_database_to_which_another_installation_moves_is_refused(
    backup: Path, tmp_path: Path, postgresql: Database
) -> None:
    """Two would be mixed there."""
    with postgresql.begin_across() as connection:
        connection.execute(organisations.delete())
        moved.note(connection, moved.ARRIVING, {"id": "one"}, now())
    url = postgresql.url.render_as_string(hide_password=False)
    with pytest.raises(BackupError, match="an installation is being moved here"):
        restore(Settings(data=tmp_path, database=url), backup, _nobody, replace=False)


@pytest.mark.once
@pytest.mark.slow
def test_whenever_it_is_killed_there_is_a_database_and_the_same_command_ends_it(
    backup: Path, tmp_path: Path
) -> None:
    """The old one or the new one, never an empty one; and what was there is kept."""
    old = Settings(data=tmp_path / "old")
    restore(old, backup, _nobody, replace=False)
    database = Database(old.database_url)
    with database.begin_across() as connection:
        connection.execute(organisations.delete().where(organisations.c.name == "rival"))
    database.close()
    step = 0
    while True:
        settings = Settings(data=tmp_path / str(step))
        shutil.copytree(old.data, settings.data)
        assert _killed(settings, backup, str(step)), step
        assert (settings.data / "keypin.db").exists(), step
        with suppress(moved.MovedError):
            if _jobs(settings) == JOBS and _names(settings) == ["acme", "rival"]:
                break
            assert _names(settings) == ["acme"], step
        restore(settings, backup, _nobody, replace=True)
        assert _jobs(settings) == JOBS, step
        assert _names(settings) == ["acme", "rival"], step
        aside = f"sqlite:///{settings.data}/keypin.db.replaced"
        assert _names(Settings(data=tmp_path, database=aside)) == ["acme"], step
        assert not list(settings.data.glob("restoring.db*")), step
        step += 1
    assert step > 5


def test_what_lies_beside_a_database_that_is_gone_is_not_read_into_the_new_one(
    backup: Path, tmp_path: Path
) -> None:
    """A log of SQLite's is read into whatever file stands there by its name."""
    settings = Settings(data=tmp_path / "new")
    restore(settings, backup, _nobody, replace=False)
    there = settings.data / "keypin.db"
    database = Database(settings.database_url)
    with database.begin_across() as connection:
        connection.execute(organisations.update().values(title="Old"))
    log = there.with_name("keypin.db-wal").read_bytes()
    database.close()
    there.unlink()
    there.with_name("keypin.db-wal").write_bytes(log)
    restore(settings, backup, _nobody, replace=False)
    database = Database(settings.database_url)
    with database.read_across() as connection:
        assert "Old" not in connection.execute(select(organisations.c.title)).scalars().all()
    database.close()
