"""Values of TOML that an inventory passes on without knowing what they mean: frozen, and written.

A rule for alerts is a table whose keys belong to `keypin.alerts`. Here it is only kept, so that
inventories can be compared and written back.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import cast

from keypin.errors import InventoryError
from keypin.pins.toml_write import string

# No rule is nested deeper than an escalation in a list in a table.
MAX_DEPTH = 8

Scalar = str | int | float | bool | datetime | date | time

_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Table:
    """A table, its keys in order."""

    pairs: "tuple[tuple[str, Value], ...]"


Value = Scalar | tuple["Value", ...] | Table


def frozen(value: object, depth: int = MAX_DEPTH) -> Value:
    """Return a value that `tomllib` gave as one that does not change.

    Raises:
        InventoryError: it is nested too deeply, or is no number.
    """
    if isinstance(value, dict | list):
        if not depth:
            raise InventoryError("nested too deeply", expected=f"{MAX_DEPTH} levels at most")
        if isinstance(value, list):
            return tuple(frozen(one, depth - 1) for one in cast("list[object]", value))
        return Table(pairs(cast("dict[str, object]", value), depth - 1))
    if isinstance(value, float) and math.isnan(value):
        raise InventoryError("nan", expected="a number")  # it differs from itself, for ever
    return cast("Scalar", value)


def pairs(table: dict[str, object], depth: int = MAX_DEPTH) -> tuple[tuple[str, Value], ...]:
    """Return the keys of a table with frozen values.

    Raises:
        InventoryError: as `frozen` does.
    """
    return tuple((key, frozen(value, depth)) for key, value in table.items())


def thawed(value: Value) -> object:
    """Return a frozen value as `tomllib` gave it."""
    if isinstance(value, tuple):
        return [thawed(one) for one in value]
    if isinstance(value, Table):
        return {key: thawed(one) for key, one in value.pairs}
    return value


def written(value: Value) -> str:
    """Return a value as TOML, on one line."""
    if isinstance(value, str):
        return string(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, Table):
        inside = ", ".join(lines(value.pairs))
        return f"{{ {inside} }}" if inside else "{}"
    return str(value) if isinstance(value, int | float) else value.isoformat()


def lines(settings: tuple[tuple[str, Value], ...]) -> Iterator[str]:
    """Yield `key = value` for each key."""
    for key, value in settings:
        yield f"{key if _BARE.fullmatch(key) else string(key)} = {written(value)}"
