"""A new key for secrets: the old one opens nothing any more, and nothing is lost."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from keypin.watch.core import now
from keypin.watch.folder import Folder, FolderError
from keypin.watch.keys import SEALED, renew
from keypin.watch.settings import Settings
from keypin.watch.store import Database, Purpose, Sealer, SealError
from keypin.watch.store.tables import metadata, secrets, workers


@pytest.fixture
def settings(database: Database) -> Settings:
    """Return the settings of an installation that has a key."""
    assert database.path is not None
    return Settings(data=database.path.parent)


def _secret(database: Database) -> bytes:
    with database.read(1) as scope:
        return bytes(scope.value(scope.select(secrets.c.sealed)))


def _keep(database: Database, sealed: bytes) -> None:
    with database.begin(1) as scope:
        scope.add(secrets, name="oidc", sealed=sealed, changed_at=now())


def test_every_secret_is_sealed_by_the_new_key(settings: Settings, database: Database) -> None:
    """The file holds the new key alone, for its owner alone."""
    old = Sealer.at(settings.key_file)
    _keep(database, old.seal(b"hunter2", Purpose.SECRET))
    assert renew(settings) == 1
    assert Sealer.at(settings.key_file).open(_secret(database), Purpose.SECRET) == b"hunter2"
    with pytest.raises(SealError):
        old.open(_secret(database), Purpose.SECRET)
    assert settings.key_file.stat().st_mode & 0o777 == 0o600
    assert len(settings.key_file.read_text().split()) == 1


def test_a_secret_that_does_not_open_keeps_the_old_keys(
    any_database: Database, tmp_path: Path
) -> None:
    """Nothing is changed, and the same command can end it once the key is found."""
    url = any_database.url.render_as_string(hide_password=False)
    settings = Settings(data=tmp_path, database=url)
    old = Sealer.at(settings.key_file)
    sealed = Sealer.at(settings.data / "other").seal(b"hunter2", Purpose.SECRET)
    _keep(any_database, sealed)
    with pytest.raises(SealError, match="its key is not among the keys"):
        renew(settings)
    assert _secret(any_database) == sealed
    assert Sealer.at(settings.key_file).open(old.seal(b"x", Purpose.SECRET), Purpose.SECRET) == b"x"


def test_no_process_may_run_meanwhile(
    settings: Settings, new_postgresql: Callable[[], str]
) -> None:
    """Neither here nor on another machine: it would open nothing any more."""
    with Folder(settings.data), pytest.raises(FolderError, match="another process"):
        renew(settings)
    there = Settings(data=settings.data, database=new_postgresql())
    database = Database(there.database_url)
    row = {"id": "one", "host": "a", "process": 1, "vantage": "here", "parts": []}
    with database.begin_across() as connection:
        connection.execute(insert(workers).values(**row, started_at=now(), seen_at=now()))
    with pytest.raises(FolderError, match="stop all, and give all the new key"):
        renew(there)
    with pytest.raises(FolderError, match="stop all"):  # it goes by the database's clock
        renew(there, clock=lambda: now() + timedelta(minutes=1))
    with database.read_across() as connection:
        assert connection.execute(select(workers.c.id)).scalar() == "one"
    database.close()
    assert not there.key_file.exists()


def test_every_sealed_column_is_known() -> None:
    """One that is not would be lost with the old key."""
    named = {
        column for table in metadata.tables.values() for column in table.c if "seal" in column.name
    }
    assert named <= set(SEALED)
