"""An installation is upgraded: here by a second step, which a newer version would bring."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from keypin.watch.core import now
from keypin.watch.opening import OpenError, opened
from keypin.watch.restoring import restore
from keypin.watch.settings import Settings
from keypin.watch.store import Database, migrations
from keypin.watch.store.backup import BackupError, write
from keypin.watch.store.copying import content, tables

Fill = Callable[[Database], None]

SECOND = """
    from alembic import op
    from sqlalchemy import Column, Integer, String, text

    revision = "0002"
    down_revision = "0001"

    def upgrade():
        op.add_column("owners", Column("place", String(100), nullable=False, server_default="?"))
        op.execute(text("UPDATE owners SET place = name"))
        op.create_table("places", Column("id", Integer, primary_key=True))
"""


START = """
import sys
from pathlib import Path
from keypin.watch.store import Database, migrations
migrations.VERSIONS = Path(sys.argv[1])
Database(sys.argv[2]).migrate()
"""


@pytest.fixture
def newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that makes this the newer version, or the old one again."""
    own, folder = migrations.VERSIONS, tmp_path / "versions"
    shutil.copytree(own, folder, ignore=shutil.ignore_patterns("__pycache__"))

    def become(*, step: str = SECOND, newer: bool = True) -> None:
        (folder / "v0002_second.py").write_text(dedent(step))
        monkeypatch.setattr(migrations, "VERSIONS", folder if newer else own)

    return become


def version(database: Database) -> str:
    """Return the last step that was applied."""
    with database.read_across() as connection:
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())


def held(database: Database) -> dict[str, object]:
    """Return what every table of today holds."""
    with database.read_across() as connection:
        return {table.name: content(connection, table) for table in tables()}


def settings_of(database: Database, tmp_path: Path) -> Settings:
    """Return the settings of the installation."""
    url = database.url.render_as_string(hide_password=False)
    return Settings(data=tmp_path / "data", database=url)


def test_the_first_start_of_a_newer_version_brings_the_tables_up_to_date(
    any_database, fill: Fill, newer, tmp_path
) -> None:
    """Every row stays, and the audit log can still be changed by nobody."""
    fill(any_database)
    before = held(any_database)
    newer()
    database = opened(settings_of(any_database, tmp_path))
    assert version(database) == "0002"
    assert held(database) == before
    with database.read_across() as connection:
        rows = connection.execute(text("SELECT name, place FROM owners")).all()
        assert inspect(connection).has_table("places")
    assert rows
    assert all(name == place for name, place in rows)
    with (
        pytest.raises(DBAPIError, match="cannot be changed"),
        database.begin_across() as connection,
    ):
        connection.execute(text("DELETE FROM audit_log"))
    database.close()


def test_an_old_process_refuses_newer_tables_and_touches_nothing(
    any_database, fill: Fill, newer, tmp_path
) -> None:
    """In one sentence, with the ways on."""
    fill(any_database)
    newer()
    any_database.migrate()
    before = held(any_database)
    newer(newer=False)
    with pytest.raises(OpenError) as caught:
        opened(settings_of(any_database, tmp_path))
    assert str(caught.value).endswith(
        " was made by a newer version of keypin, or by another program; install that version, "
        "restore a backup of this one into another database, or name another"
    )
    assert (version(any_database), held(any_database)) == ("0002", before)


def test_a_step_that_fails_leaves_all_as_it_was(any_database, newer) -> None:
    """It is one transaction on both kinds of database; the old version starts again."""
    newer(step=f"{SECOND}        op.create_table('places')\n")  # which is there already
    with pytest.raises(DBAPIError):
        any_database.migrate()
    assert version(any_database) == "0001"
    with any_database.read_across() as connection:
        found = inspect(connection)
        assert "place" not in {column["name"] for column in found.get_columns("owners")}
        assert not found.has_table("places")
    newer(newer=False)
    any_database.migrate()


def test_of_processes_that_start_at_once_one_upgrades(any_database, newer, tmp_path) -> None:
    """The others wait, and find nothing to do."""
    newer()
    url = settings_of(any_database, tmp_path).database
    command = [sys.executable, "-c", START, str(migrations.VERSIONS), url]
    several = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert [one.communicate(timeout=60)[1] for one in several] == [""] * 3
    assert version(any_database) == "0002"


def _nobody(table: str, rows: int) -> None:
    assert table
    assert rows >= 0


def test_one_goes_back_by_a_backup_of_the_old_version(
    database, fill: Fill, newer, tmp_path
) -> None:
    """Though what stands there is newer; that is put aside."""
    fill(database)
    before, path = held(database), tmp_path / "old.backup"
    write(database, path, [], now(), _nobody)
    newer()
    database.migrate()
    database.close()
    newer(newer=False)
    settings = settings_of(database, tmp_path)
    restore(settings, path, _nobody, replace=True)
    back = opened(settings)
    assert version(back) == "0001"
    assert {**held(back), "workers": None} == {**before, "workers": None}
    back.close()
    aside = Database(f"sqlite:///{database.path}.replaced")
    assert version(aside) == "0002"
    aside.close()


def test_a_backup_of_the_old_version_is_upgraded_when_it_comes_back(
    any_database, fill: Fill, newer, new_postgresql, tmp_path
) -> None:
    """By the newer version, into either kind of database."""
    fill(any_database)
    path = tmp_path / "old.backup"
    write(any_database, path, [], now(), _nobody)
    newer()
    for url in ("", _empty(new_postgresql())):
        settings = Settings(data=tmp_path / "new", database=url)
        restore(settings, path, _nobody, replace=False)
        back = opened(settings)
        assert version(back) == "0002"
        assert held(back) == held(any_database)
        back.close()


def _empty(url: str) -> str:
    """Return the address of a database whose tables were made away with."""
    database = Database(url)
    with database.begin_across() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    database.close()
    return url


def test_a_backup_of_a_newer_version_is_refused(database, newer, tmp_path) -> None:
    """Before anything is touched."""
    newer()
    database.migrate()
    path = tmp_path / "newer.backup"
    write(database, path, [], now(), _nobody)
    newer(newer=False)
    settings = Settings(data=tmp_path / "other")
    with pytest.raises(BackupError, match=r"newer\.backup: was made by a newer version of keypin"):
        restore(settings, path, _nobody, replace=False)
    assert not (settings.data / "keypin.db").exists()
