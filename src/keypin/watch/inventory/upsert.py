"""Insertions that meet what is there, in the words of either database."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, Table
from sqlalchemy.dialects import postgresql, sqlite

Rows = Sequence[Mapping[str, Any]]


def insert_new(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert the rows whose keys are not there."""
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), rows)


def insert_or_change(
    connection: Connection, table: Table, rows: Rows, *, key: Sequence[str], change: Sequence[str]
) -> None:
    """Insert rows, and write these columns of those whose key is there."""
    if rows:
        insert = _insert(connection, table)
        written = {name: insert.excluded[name] for name in change}
        connection.execute(
            insert.on_conflict_do_update(index_elements=list(key), set_=written), rows
        )


def insert_from(
    connection: Connection, table: Table, columns: Sequence[str], query: Select[*tuple[Any, ...]]
) -> None:
    """Insert the rows that a query gives, without those whose keys are there."""
    insert = _insert(connection, table).from_select(columns, query)
    connection.execute(insert.on_conflict_do_nothing())


def _insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    postgres = connection.dialect.name == "postgresql"
    return postgresql.insert(table) if postgres else sqlite.insert(table)
