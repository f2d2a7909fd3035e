"""An acknowledged report goes along, wherever its installation goes."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from keypin.watch.collecting.batches_file import FileOfBatches
from keypin.watch.collecting.batches_open import FILE
from keypin.watch.core import now
from keypin.watch.moving import move
from keypin.watch.restoring import restore
from keypin.watch.settings import Settings
from keypin.watch.store import Database
from keypin.watch.store.backup import write
from keypin.watch.store.tables import intake
from keypin.watch.unsorted import settle, waiting


def _nobody(table: str, rows: int) -> None:
    assert table
    assert rows >= 0


@pytest.fixture
def folder(database: Database) -> Path:
    """Return the folder of an installation with two batches, of which the first is sorted."""
    assert database.path is not None
    file = FileOfBatches(database.path.parent / FILE, database, now)
    file.append(b"first", 1)
    with file.take(1) as taken:
        assert taken.batches == [b"first"]
        assert taken.connection
    file.append(b"second", 2)
    file.append(b"third", 3)
    file.close()
    return database.path.parent


def _in_table(database: Database) -> list[tuple[int, bytes]]:
    with database.read_across() as connection:
        rows = connection.execute(select(intake.c.count, intake.c.batch).order_by(intake.c.id))
        return [(count, batch) for count, batch in rows]


def _in_file(folder: Path, database: Database) -> list[bytes]:
    file = FileOfBatches(folder / FILE, database, now)
    with file.take(9) as taken:
        batches = list(taken.batches)
    file.close()
    return batches


def test_what_is_not_sorted_moves_with_the_installation(
    folder: Path, new_postgresql: Callable[[], str]
) -> None:
    """From the file into the table from which PostgreSQL's machines sort."""
    url = new_postgresql()
    move(Settings(data=folder), url, _nobody)
    target = Database(url)
    assert _in_table(target) == [(2, b"second"), (3, b"third")]
    target.close()


def test_what_was_not_sorted_comes_back_with_a_backup(
    folder: Path, database: Database, tmp_path: Path
) -> None:
    """And is sorted at the next start, once."""
    path = tmp_path / "one.backup"
    write(database, path, [], now(), _nobody, add=waiting(database, folder))
    settings = Settings(data=tmp_path / "new")
    restore(settings, path, _nobody, replace=False)
    back = Database(settings.database_url)
    for _ in range(2):
        settle(back, settings.data, now)
    assert _in_table(back) == []
    assert _in_file(settings.data, back) == [b"second", b"third"]
    assert _in_file(settings.data, back) == []
    back.close()


def test_what_was_sorted_meanwhile_is_not_added(folder: Path, database: Database) -> None:
    """The file is read first, the database later: its mark decides."""
    add = waiting(database, folder)
    assert _in_file(folder, database) == [b"second", b"third"]
    with database.begin_across() as connection:
        add(connection)
    assert _in_table(database) == []


def test_where_nothing_waits_nothing_is_done(
    database: Database, postgresql: Database, tmp_path: Path
) -> None:
    """A collector that never ran has no file, and PostgreSQL needs none."""
    for one in (database, postgresql):
        with one.begin_across() as connection:
            waiting(one, tmp_path)(connection)
        settle(one, tmp_path / "none", now)
    assert not (tmp_path / "none").exists()
