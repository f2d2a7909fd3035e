"""Everything from one database into another, of either kind, and the proof that it arrived.

Rows keep their numbers. What was interrupted goes on where it ended: rows are copied in the order
of their keys, a batch at a time, and the batches that arrived are there. In the end each table is
read again on both sides, and must hold the same number of rows with the same digest.
"""

import hashlib
import json
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import Connection, Integer, LargeBinary, Table, delete, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from keypin.errors import KeypinError
from keypin.watch.store.database import Database
from keypin.watch.store.tables import installation, metadata, workers

# What is of processes and of the place, and not of the installation's data.
_LEFT = {installation.name, workers.name}

_BATCH = 2000

# PostgreSQL has no NUL in text.
_NUL = str.maketrans({"\0": "\N{REPLACEMENT CHARACTER}"})

_Nested = dict[str, Any] | list[Any]

# Told of each table when it was copied: its name, and how many rows it has.
Tell = Callable[[str, int], None]


class CopyError(KeypinError):
    """What arrived is not what was sent."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a table holds: the number of its rows, and a digest that knows no order."""

    rows: int
    digest: str


def tables() -> list[Table]:
    """Return the tables that are copied, each after those that it refers to."""
    return [table for table in metadata.sorted_tables if table.name not in _LEFT]


@contextmanager
def snapshot(database: Database) -> Generator[Connection]:
    """Read all tables as they are at one moment, whatever is written meanwhile."""
    with database.read_across() as connection:
        if not database.sqlite:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        yield connection


def copy(source: Connection, target: Database, tell: Tell) -> None:
    """Copy every table, or what is missing of it.

    Args:
        source: a `snapshot`, of which nobody writes more than what is here until the end.
        target: a migrated database that is empty, or holds the first part of the same copy.
        tell: is told of each table.

    Raises:
        CopyError: a table is not the same on both sides.
    """
    for table in tables():
        _copy(source, target, table)
        with target.read_across() as arrived:
            sent, there = content(source, table), content(arrived, table)
        if sent != there:
            raise CopyError(
                f"the table {table.name} arrived with {there.rows} rows of {sent.rows}, or with "
                "others; nothing was changed at the source: copy into an empty database again"
            )
        tell(table.name, sent.rows)
    if not target.sqlite:
        _count_on(target)


def content(connection: Connection, table: Table) -> Content:
    """Return what a table holds."""
    total, rows = 0, 0
    for row in _stream(connection, table):
        line = json.dumps([_plain(value) for value in row.values()], sort_keys=True)
        # A sum knows no order, and databases differ in how they sort text.
        total += int.from_bytes(hashlib.sha256(line.encode()).digest())
        rows += 1
    return Content(rows, f"{total % (1 << 256):064x}")


def _copy(source: Connection, target: Database, table: Table) -> None:
    last = _last(target, table)
    if last is None and not _is_ordered(table):
        with target.begin_across() as connection:
            connection.execute(delete(table))
    for rows in _batches(_stream(source, table, after=last)):
        try:
            with target.begin_across() as connection:
                connection.execute(insert(table), rows)
        except DBAPIError as error:
            # SQLite takes text that is longer than its column; PostgreSQL does not.
            raise CopyError(f"the table {table.name} is not taken there: {error.orig}") from error


def _last(target: Database, table: Table) -> int | bytes | None:
    """Return the key of the last row that arrived; None where none did, or there is no order."""
    if not _is_ordered(table):
        return None
    (key,) = table.primary_key
    query = select(key).order_by(key.desc()).limit(1)
    with target.read_across() as connection:
        return connection.execute(query).scalar()


def _is_ordered(table: Table) -> bool:
    """Tell whether both kinds of database sort the keys alike: numbers and bytes, not text."""
    key, *more = table.primary_key
    return not more and isinstance(key.type, Integer | LargeBinary)


def _stream(
    connection: Connection, table: Table, *, after: int | bytes | None = None
) -> Iterator[dict[str, Any]]:
    query = select(table).order_by(*table.primary_key)
    if after is not None:
        (key,) = table.primary_key
        query = query.where(key > after)
    found = connection.execution_options(yield_per=_BATCH).execute(query)
    for row in found.mappings():
        yield {name: _without_nul(value) for name, value in row.items()}


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _count_on(target: Database) -> None:
    """Let PostgreSQL give numbers after those that were copied."""
    with target.begin_across() as connection:
        for table in tables():
            if "id" not in table.c or not _is_ordered(table):
                continue
            highest = connection.execute(select(func.max(table.c.id))).scalar()
            sequence = func.pg_get_serial_sequence(table.name, "id")
            connection.execute(select(func.setval(sequence, highest or 1, highest is not None)))


def _without_nul(value: Any) -> Any:  # noqa: ANN401 - a column's value is anything
    if isinstance(value, str) and "\0" in value:
        return value.translate(_NUL)
    return _each(cast("_Nested", value), _without_nul) if isinstance(value, dict | list) else value


def _plain(value: Any) -> Any:  # noqa: ANN401 - as above
    """Return what is the same of a value whichever database it was read from."""
    match value:
        case bytes():
            return value.hex()
        case date():  # a moment too
            return value.isoformat()
        case float() if value.is_integer():  # PostgreSQL's documents know no floats
            return int(value)
        case dict() | list():
            return _each(cast("_Nested", value), _plain)
        case _:
            return value


def _each(document: _Nested, change: Callable[[Any], Any]) -> _Nested:
    """Return a document with each of its members changed."""
    if isinstance(document, list):
        return [change(one) for one in document]
    return {change(name): change(one) for name, one in document.items()}
