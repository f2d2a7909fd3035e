"""Insertions that meet what is there, in the words of either database."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, Table
from sqlalchemy.dialects import postgresql, sqlite

Rows = Sequence[Mapping[str, Any]]

# Of an insertion, SQLAlchemy forgets it otherwise.
_COUNTED = {"preserve_rowcount": True}


def insert_new(connection: Connection, table: Table, rows: Rows) -> int:
    """Insert the rows whose keys are not there, and return how many."""
    if not rows:
        return 0
    insert = _insert(connection, table).on_conflict_do_nothing()
    return connection.execute(insert, rows, execution_options=_COUNTED).rowcount


def insert_one(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row, and say so; False where its key is there, however short a time."""
    insert = _insert(connection, table).values(row).on_conflict_do_nothing()
    return connection.execute(insert, execution_options=_COUNTED).rowcount == 1


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
