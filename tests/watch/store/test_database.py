"""Connections, transactions and moments of both databases."""

import traceback
from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, StatementError

from keypin.watch.store import Database
from keypin.watch.store.database import DatabaseError
from keypin.watch.store.tables import accounts, metadata, organisations, owners, secrets

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def test_a_transaction_that_fails_leaves_nothing(any_database) -> None:
    """All of it, or none of it."""
    with pytest.raises(IntegrityError), any_database.begin(1) as scope:  # noqa: PT012
        scope.add_all(owners, [{"name": "it"}])
        scope.add_all(owners, [{"name": "it"}])
    with any_database.read(1) as scope:
        assert scope.rows(scope.select(owners)) == []


def test_a_moment_comes_back_to_the_microsecond_in_utc(any_database) -> None:
    """Whatever zone it was given in."""
    at = datetime(2026, 11, 29, 13, 0, 0, 123457, tzinfo=timezone(timedelta(hours=1)))
    with any_database.begin_across() as connection:
        connection.execute(organisations.insert().values(name="x", title="X", created_at=at))
        query = select(organisations.c.created_at).where(organisations.c.name == "x")
        kept = connection.execute(query).scalar_one()
    assert (kept, kept.tzinfo) == (at, UTC)


def test_a_moment_without_a_zone_is_refused(database) -> None:
    """Nobody could say when it was."""
    naive = NOON.replace(tzinfo=None)
    values = {"name": "x", "title": "X", "created_at": naive}
    with pytest.raises(StatementError, match="time zone"), database.begin_across() as connection:
        connection.execute(organisations.insert().values(**values))


def test_what_is_said_of_a_statement_that_fails_holds_none_of_its_values(any_database) -> None:
    """By whatever it fails: a row that is there, one that is not, a value that is missing."""
    there = {"mail": "zanzibar@example.com", "name": "Zanzibar", "created_at": NOON}
    with any_database.begin_across() as connection:
        connection.execute(accounts.insert().values(**there))
    seal = {"name": "Zanzibar", "sealed": b"Zanzibar", "changed_at": NOON}
    for statement in (
        accounts.insert().values(**there),
        accounts.insert().values(mail="zanzibar@example.org", password="Zanzibar", created_at=NOON),
        secrets.insert().values(**seal, organisation=404),
    ):
        with pytest.raises(IntegrityError) as caught, any_database.begin_across() as connection:
            connection.execute(statement)
        said = "".join(traceback.format_exception(caught.value)).split("sqlalchemy.exc")[-1]
        said += str(caught.value.orig)
        assert "zanzibar" not in said.lower()
        assert "constraint" in said
        assert "404" not in said


def test_migrating_twice_changes_nothing(any_database) -> None:
    """Every start migrates."""
    any_database.migrate()
    with any_database.read_across() as connection:
        assert len(connection.execute(select(organisations)).all()) == 2


def test_the_migrations_make_the_tables_that_the_code_declares(any_database) -> None:
    """A column that no step makes would be found missing in somebody's installation."""
    with any_database.read_across() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


@pytest.mark.parametrize("url", ["keypin.db", "mysql://host/keypin", ""])
def test_an_address_of_another_kind_is_refused_with_those_that_are_taken(url) -> None:
    """One sentence says what an address looks like."""
    with pytest.raises(DatabaseError, match=r"sqlite:///FILE or postgresql://USER@HOST/NAME"):
        Database(url)


def test_how_tables_are_filled_is_known_to_connections_that_come(any_database) -> None:
    """SQLite chooses among indexes by it; PostgreSQL looks by itself."""
    any_database.analyse()
    if any_database.sqlite:
        with any_database.read_across() as connection:
            query = "SELECT stat FROM sqlite_stat1 WHERE tbl = 'organisations' AND idx IS NOT NULL"
            assert connection.exec_driver_sql(query).scalars().all() == ["2 1"]
