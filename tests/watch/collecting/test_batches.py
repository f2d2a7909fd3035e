"""Both keepers of batches, by one contract: each batch is sorted exactly once."""

import shutil
import sqlite3

import pytest
from sqlalchemy import insert, select

from keypin.watch.collecting.batches import IntakeError
from keypin.watch.collecting.batches_file import FileOfBatches
from keypin.watch.collecting.batches_open import open_batches
from keypin.watch.store.tables import installation


@pytest.fixture
def batches(any_core):
    """Return the keeper of each kind of database in turn."""
    opened = open_batches(any_core)
    yield opened
    opened.close()


def test_the_oldest_are_taken_first_and_once(batches) -> None:
    """What was taken in a transaction that was committed is gone."""
    for number in range(5):
        batches.append(b"%d" % number, count=10)
    assert batches.waiting() == 50
    for most, expected in ((2, [b"0", b"1"]), (9, [b"2", b"3", b"4"]), (9, [])):
        with batches.take(most) as taken:
            assert list(taken.batches) == expected
    assert batches.waiting() == 0


def test_what_cannot_be_sorted_was_never_taken(batches, any_core) -> None:
    """Neither is the batch gone, nor stays anything of what was written."""
    batches.append(b"a", count=1)

    def fail() -> None:
        with batches.take(1) as taken:
            row = {"name": "half", "value": {}, "changed_at": any_core.clock()}
            taken.connection.execute(insert(installation).values(**row))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with any_core.database.read_across() as connection:
        names = connection.execute(select(installation.c.name)).scalars().all()
    assert "half" not in names
    with batches.take(1) as taken:
        assert list(taken.batches) == [b"a"]


def test_a_kill_between_both_files_repeats_nothing(core, tmp_path) -> None:
    """The database says that it is sorted; the file, as it was before, still holds it."""
    batches = open_batches(core)
    batches.append(b"a", count=1)
    for name in ("intake.db", "intake.db-wal"):
        shutil.copy(tmp_path / name, tmp_path / f"{name}.before")
    with batches.take(1) as taken:
        assert taken.connection
    batches.close()
    for name in ("intake.db", "intake.db-wal"):
        shutil.move(tmp_path / f"{name}.before", tmp_path / name)
    batches = open_batches(core)
    assert batches.waiting() == 0
    with batches.take(1) as taken:
        assert list(taken.batches) == []
    batches.append(b"b", count=1)
    with batches.take(1) as taken:
        assert list(taken.batches) == [b"b"]
    batches.close()


def test_another_file_begins_anew(core, tmp_path) -> None:
    """Its numbers begin at one again, and are no lower than the mark of the file before."""
    for number in range(3):
        batches = open_batches(core)
        batches.append(b"%d" % number, count=1)
        with batches.take(1) as taken:
            assert list(taken.batches) == [b"%d" % number]
            assert taken.connection
        batches.close()
        for file in tmp_path.glob("intake.db*"):
            file.unlink()


def test_a_full_disk_takes_nothing_and_then_takes_again(core) -> None:
    """The failure is told to whoever wanted to be acknowledged."""
    batches = open_batches(core)
    pages = batches._file.execute("PRAGMA page_count").fetchone()[0]
    batches._file.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(IntakeError, match="the intake takes no reports: database or disk is full"):
        batches.append(bytes(100_000), count=1)
    batches._file.execute("PRAGMA max_page_count = 100000")
    batches.append(b"a", count=1)
    assert batches.waiting() == 1
    batches.close()


def test_what_is_no_database_is_told(core, tmp_path) -> None:
    """With the file's name, and what to look at."""
    path = tmp_path / "intake.db"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(IntakeError, match=r"intake\.db cannot be used for reports"):
        FileOfBatches(path, core.database, core.clock)


def test_a_database_that_is_away_takes_nothing(postgresql, make_core) -> None:
    """No report is acknowledged that nobody has."""
    batches = open_batches(make_core(postgresql))
    with postgresql.begin_across() as connection:
        connection.exec_driver_sql("DROP TABLE intake")
    with pytest.raises(IntakeError, match="ProgrammingError"):
        batches.append(b"a", count=1)


def test_every_acknowledgement_waits_for_the_disk(core) -> None:
    """The file is synchronised at each commit."""
    batches = open_batches(core)
    assert batches._file.execute("PRAGMA synchronous").fetchone() == (2,)
    batches.close()
    with pytest.raises(IntakeError):
        batches.append(b"a", count=1)
    assert sqlite3.threadsafety > 0
