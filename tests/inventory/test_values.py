"""Values that are passed on: they do not change, and are written as TOML."""

import tomllib
from datetime import UTC, date, datetime, time

import pytest

from keypin.errors import InventoryError
from keypin.inventory.values import MAX_DEPTH, frozen, lines, pairs, thawed, written

TABLE = {
    "text": 'a "quoted"\n',
    "number": 1,
    "share": 0.5,
    "endless": float("inf"),
    "yes": True,
    "no": False,
    "day": date(2027, 6, 1),
    "moment": datetime(2027, 6, 1, 8, tzinfo=UTC),
    "hour": time(8, 30),
    "list": ["a", ["b"], {}],
    "table": {"a key": {"b": 1}},
}


def test_what_is_frozen_is_thawed_as_it_was() -> None:
    """Lists and tables in any order of nesting."""
    assert thawed(frozen(TABLE)) == TABLE


def test_what_is_written_is_read_back() -> None:
    """Each kind of value, on one line."""
    text = "\n".join(lines(pairs(TABLE)))
    assert tomllib.loads(text) == TABLE
    assert len(text.splitlines()) == len(TABLE)
    assert written(frozen(TABLE["table"])) == '{ "a key" = { b = 1 } }'


def test_frozen_values_are_compared_by_what_they_say() -> None:
    """They can be keys, and an equal table is equal."""
    assert frozen(TABLE) == frozen(dict(TABLE))
    assert hash(frozen(TABLE)) == hash(frozen(dict(TABLE)))


def test_what_cannot_be_compared_or_walked_is_refused() -> None:
    """A number that is none, and nesting without end."""
    with pytest.raises(InventoryError, match="nan; expected a number"):
        frozen([float("nan")])
    value: object = 1
    for _ in range(MAX_DEPTH):
        value = [value]
    assert thawed(frozen(value)) == value
    with pytest.raises(InventoryError, match="nested too deeply; expected 8 levels at most"):
        frozen([value])
