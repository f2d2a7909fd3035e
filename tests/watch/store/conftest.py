"""A database in which every table has rows, whatever columns it has."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Column, Date, Float, Integer, LargeBinary, insert

from keypin.watch.store import Database
from keypin.watch.store.tables import metadata
from keypin.watch.store.tables.base import Moment

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
DOCUMENT = {"text": "größer", "ratio": 0.5, "whole": 1.0, "many": ["a", None, {"b": True}]}


@pytest.fixture
def fill() -> Callable[[Database], None]:
    """Return a function that puts three rows into every table but `organisations`."""

    def filled(database: Database) -> None:
        with database.begin_across() as connection:
            for table in metadata.sorted_tables:
                if table.name != "organisations":
                    rows = [_row(table.columns, number) for number in (1, 2, 3)]
                    connection.execute(insert(table), rows)

    return filled


def _row(columns: Any, number: int) -> dict[str, Any]:
    return {
        column.name: _value(column, number)
        for column in columns
        if column.autoincrement is not True
    }


# Columns that mean something to those who read them.
_NAMED: dict[str, object] = {"organisation": 1, "certificates": [(bytes([1, 0, 255]) * 5).hex()]}


def _value(column: Column[Any], number: int) -> object:
    if column.name in _NAMED:
        return _NAMED[column.name]
    if column.nullable and number == 3:
        return None
    if column.foreign_keys or (column.primary_key and isinstance(column.type, Integer)):
        return number * 10
    for kind, value in _VALUES:
        if isinstance(column.type, kind):
            return value(number)
    return f"{number}{column.name}"[: getattr(column.type, "length", None)]


# Moments are kept as numbers, so their kind is asked for first.
_VALUES: tuple[tuple[Any, Callable[[int], object]], ...] = (
    (Moment, lambda number: NOON + timedelta(minutes=number)),
    (JSON, lambda number: {**DOCUMENT, "number": number}),
    (LargeBinary, lambda number: bytes([number, 0, 255]) * 5),
    (Boolean, lambda number: number == 1),
    (Integer, lambda number: number),
    (Float, lambda number: number / 4),
    (Date, lambda number: date(2026, 11, number)),
)
