"""Everything is copied from one kind of database to the other, and found the same."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import func, insert, select

from keypin.watch.store import Database, copying
from keypin.watch.store.copying import CopyError, content, copy, snapshot, tables
from keypin.watch.store.tables import metadata, organisations, sessions, settings

Fill = Callable[[Database], None]


def _held(database: Database) -> dict[str, object]:
    with database.read_across() as connection:
        return {table.name: content(connection, table) for table in tables()}


def _told() -> tuple[dict[str, int], Callable[[str, int], None]]:
    told: dict[str, int] = {}
    return told, told.__setitem__


@pytest.fixture
def empty(new_postgresql: Callable[[], str]) -> Iterator[Database]:
    """Return an empty migrated database of PostgreSQL."""
    database = Database(new_postgresql())
    yield database
    database.close()


def test_every_table_arrives_as_it_was_and_goes_back(
    database: Database, empty: Database, fill: Fill, tmp_path
) -> None:
    """From SQLite to PostgreSQL and back; what is of processes and of the place stays."""
    fill(database)
    told, tell = _told()
    with snapshot(database) as connection:
        copy(connection, empty, tell)
    assert told == dict.fromkeys(told, 3) | {"organisations": 2}
    assert told.keys() == {table.name for table in metadata.sorted_tables} - {
        "installation",
        "workers",
    }
    back = Database(f"sqlite:///{tmp_path / 'back.db'}")
    back.migrate()
    with snapshot(empty) as connection:
        copy(connection, back, tell)
    assert _held(back) == _held(empty) == _held(database)
    back.close()


def test_what_is_added_later_has_a_number_of_its_own(
    database: Database, empty: Database, fill: Fill
) -> None:
    """PostgreSQL counts on after the numbers that were copied."""
    fill(database)
    with snapshot(database) as connection:
        copy(connection, empty, _told()[1])
    with empty.begin(1) as scope:
        values = {"name": "new", "value": {}, "changed_at": _any_moment(database)}
        assert scope.add(settings, **values) == 31


def test_a_copy_that_was_interrupted_goes_on(
    database: Database, empty: Database, fill: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a batch that is smaller than a table, and a crash after any of them."""
    fill(database)
    monkeypatch.setattr(copying, "_BATCH", 2)
    told, tell = _told()

    def crash(table: str, rows: int) -> None:
        tell(table, rows)
        if table == "releases":
            raise KeyboardInterrupt

    with snapshot(database) as connection:
        with pytest.raises(KeyboardInterrupt):
            copy(connection, empty, crash)
        assert "releases" in told
        assert len(told) < len(tables())
        copy(connection, empty, tell)
    assert _held(empty) == _held(database)


def test_what_arrived_otherwise_is_found(database: Database, empty: Database) -> None:
    """A row that somebody added there meanwhile is not taken for ours."""
    with empty.begin_across() as connection:
        row = {"id": 9, "name": "x", "title": "", "created_at": _any_moment(database)}
        connection.execute(insert(organisations), row)
    with snapshot(database) as connection:
        with pytest.raises(CopyError, match="organisations arrived with 1 rows of 2"):
            copy(connection, empty, _told()[1])


def _any_moment(database: Database) -> object:
    with database.read_across() as connection:
        return connection.execute(select(func.min(organisations.c.created_at))).scalar()


def test_what_postgresql_cannot_hold_is_marked(
    database: Database, empty: Database, fill: Fill
) -> None:
    """It has no NUL in text: a replacement character stands for it, and the rest is there."""
    fill(database)
    with database.begin_across() as connection:
        connection.execute(sessions.update().values(agent="curl\0/8"))
    with snapshot(database) as connection:
        copy(connection, empty, _told()[1])
    with empty.read_across() as connection:
        agents = connection.execute(select(sessions.c.agent)).scalars().all()
    assert set(agents) == {"curl\N{REPLACEMENT CHARACTER}/8"}


def test_a_row_that_is_not_taken_is_told_by_its_table(
    database: Database, empty: Database, fill: Fill
) -> None:
    """SQLite keeps what is longer than its column may be."""
    fill(database)
    with database.begin_across() as connection:
        connection.execute(sessions.update().values(agent="x" * 301))
    with snapshot(database) as connection:
        with pytest.raises(CopyError, match="the table sessions is not taken there: value too"):
            copy(connection, empty, _told()[1])
