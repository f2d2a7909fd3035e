"""What a change of the inventory did, and the errors of those that cannot be made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import RowMapping, Table
from sqlalchemy.exc import IntegrityError

from keypin.errors import InventoryError
from keypin.watch.store import Scope

Row = RowMapping | Mapping[str, Any]


class Did(StrEnum):
    """What was done."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    UNCHANGED = "unchanged"
    """It stood there already, as it was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A change that was made, as the audit log tells it.

    Attributes:
        did: what was done.
        kind: to what kind of entry, as `release`.
        subject: to which, as `shop-ios 3.2`.
        id: its number.
        before: the values that were there and changed.
        after: the values that are there instead.
    """

    did: Did
    kind: str
    subject: str
    id: int
    before: Mapping[str, object] = field(default_factory=dict[str, object])
    after: Mapping[str, object] = field(default_factory=dict[str, object])

    @property
    def detail(self) -> dict[str, object]:
        """Both as JSON holds them, for the audit log."""
        return {"before": _plain(self.before), "after": _plain(self.after)}


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {name: _plain_value(value) for name, value in values.items()}


def _plain_value(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else value


class UnknownError(InventoryError):
    """There is no such entry in this organisation."""

    @classmethod
    def of(cls, kind: str, name: object) -> "UnknownError":
        """Return the error for an entry."""
        return cls(f"no {kind} {name!r}", expected=f"one that the inventory has: list the {kind}s")


class TakenError(InventoryError):
    """Another entry stands where this one should."""

    @classmethod
    def of(cls, kind: str, name: object) -> "TakenError":
        """Return the error for an entry."""
        return cls(f"the {kind} {name!r} is there already", next_step="change it, or name another")


def added(scope: Scope, table: Table, kind: str, subject: str, **values: Any) -> Edit:  # noqa: ANN401 - a column's type
    """Insert one entry.

    Raises:
        TakenError: one of its name is there.
    """
    try:
        with scope.connection.begin_nested():
            number = scope.add(table, **values)
    except IntegrityError as error:
        raise TakenError.of(kind, subject) from error
    return Edit(did=Did.ADDED, kind=kind, subject=subject, id=number, after=values)


def changed(
    scope: Scope,
    table: Table,
    kind: str,
    subject: str,
    row: Row,
    **values: Any,  # noqa: ANN401 - a column's type
) -> Edit:
    """Write the values of a row that are others now, and say which.

    Raises:
        TakenError: one of its new name is there.
    """
    after = {name: value for name, value in values.items() if row[name] != value}
    before = {name: row[name] for name in after}
    if after:
        try:
            with scope.connection.begin_nested():
                scope.execute(scope.update(table).where(table.c.id == row["id"]).values(after))
        except IntegrityError as error:
            raise TakenError.of(kind, subject) from error
    did = Did.CHANGED if after else Did.UNCHANGED
    return Edit(did=did, kind=kind, subject=subject, id=row["id"], before=before, after=after)


def removed(scope: Scope, table: Table, kind: str, subject: str, row: Row) -> Edit:
    """Remove a row."""
    scope.execute(scope.delete(table).where(table.c.id == row["id"]))
    before = {str(name): value for name, value in row.items()}
    return Edit(did=Did.REMOVED, kind=kind, subject=subject, id=row["id"], before=before)
