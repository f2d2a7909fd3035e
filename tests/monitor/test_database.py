"""The file of a monitor's state: transactions, and errors in words of this room.

Who may open it is tested in `test_lock.py`, and what is in it in `test_store.py`.
"""

import sqlite3
from contextlib import suppress

import pytest

from keypin.monitor.database import VERSION, Database, StoreError


@pytest.fixture
def database(tmp_path):
    """Return a database in a directory that is made for it."""
    database = Database(tmp_path / "a" / "b")
    yield database
    database.close()


def rows(database: Database) -> list:
    """Return what is in a table."""
    with database.reading():
        return database._db.execute("SELECT name FROM evidence ORDER BY id").fetchall()


def insert(connection: sqlite3.Connection, name: str) -> None:
    """Write a row."""
    row = (b"", name, b"")
    connection.execute("INSERT INTO evidence (log, name, data) VALUES (?, ?, ?)", row)


def test_it_is_made_and_found_again(database, tmp_path) -> None:
    """Its schema and version are there from the beginning."""
    with database.writing() as connection:
        insert(connection, "kept")
        assert list(connection.execute("PRAGMA user_version")) == [(VERSION,)]
        assert list(connection.execute("PRAGMA journal_mode")) == [("wal",)]
        assert list(connection.execute("PRAGMA synchronous")) == [(2,)]
    database.close()
    database.close()
    again = Database(tmp_path / "a" / "b")
    assert rows(again) == [("kept",)]
    again.close()


@pytest.mark.parametrize("error", [KeyError("x"), KeyboardInterrupt()])
def test_a_transaction_counts_as_a_whole(error, database) -> None:
    """What breaks off leaves nothing, and the next one can begin."""
    with suppress(type(error)), database.writing() as connection:
        insert(connection, "lost")
        raise error
    with database.writing() as connection:
        insert(connection, "kept")
    assert rows(database) == [("kept",)]


def test_a_full_disk(database) -> None:
    """It is said with the file's name; nothing of the transaction stays, and one after can be."""
    with database.writing() as connection:
        [(pages,)] = connection.execute("PRAGMA page_count")
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match=rf"^{database.path}: database or disk is full$"):
        with database.writing() as connection:
            insert(connection, "x" * 1_000_000)
    with database.writing() as connection:
        insert(connection, "kept")
    assert rows(database) == [("kept",)]


def test_what_fails_in_reading(database) -> None:
    """An error of SQLite comes out as one of this room."""
    with pytest.raises(StoreError, match='near "nothing": syntax error'), database.reading():
        database._db.execute("SELECT * FROM nothing")


def test_a_closed_file(database) -> None:
    """Whoever comes late is told."""
    database.close()
    with pytest.raises(StoreError, match="closed database"), database.writing():
        pytest.fail("there is nothing to write to")


def test_where_no_directory_can_be(tmp_path) -> None:
    """A file in its place is told."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match=r"^.*/file/monitor.sqlite: .*(exists|directory)"):
        Database(tmp_path / "file")
