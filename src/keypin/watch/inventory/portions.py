"""Portions of many values: a statement takes only so many."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

# PostgreSQL takes 65,535 values in one statement, SQLite 32,766.
MANY = 5000

_Value = TypeVar("_Value")


def portions(values: Iterable[_Value], size: int = MANY) -> Iterator[tuple[_Value, ...]]:
    """Yield all values, so many at a time."""
    rest = iter(values)
    while some := tuple(islice(rest, size)):
        yield some
