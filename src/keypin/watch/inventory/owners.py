"""Owners: the people who act, by name."""

from dataclasses import dataclass

from sqlalchemy import RowMapping

from keypin.errors import InventoryError
from keypin.inventory.entries import Owner
from keypin.watch.inventory.edit import Edit, UnknownError, added, changed, removed
from keypin.watch.store import Scope
from keypin.watch.store.tables import applications, endpoints, owners


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOwner:
    """An owner, as the inventory knows it.

    Attributes:
        id: its number.
        name: its name, as `platform`.
        title: what people call it.
        mail: where it is written to.
    """

    id: int
    name: str
    title: str
    mail: tuple[str, ...]


def listed(scope: Scope) -> tuple[KnownOwner, ...]:
    """Return the owners, by name."""
    return tuple(map(_known, scope.rows(scope.select(owners).order_by(owners.c.name))))


def find(scope: Scope, name: str) -> KnownOwner:
    """Return an owner.

    Raises:
        UnknownError: there is none of this name.
    """
    return _known(_row(scope, name))


def add(scope: Scope, owner: Owner) -> Edit:
    """Add an owner.

    Raises:
        TakenError: there is one of this name.
    """
    return added(scope, owners, "owner", owner.name, name=owner.name, **_values(owner))


def change(scope: Scope, owner: Owner) -> Edit:
    """Give the owner of this name other values.

    Raises:
        UnknownError: there is none of this name.
    """
    row = _row(scope, owner.name)
    return changed(scope, owners, "owner", owner.name, row, **_values(owner))


def remove(scope: Scope, name: str) -> Edit:
    """Remove an owner who owns nothing.

    Raises:
        UnknownError: there is none of this name.
        InventoryError: applications or endpoints are still theirs.
    """
    row = _row(scope, name)
    for table, what in ((applications, "applications"), (endpoints, "endpoints")):
        if scope.row(scope.select(table.c.id).where(table.c.owner == row["id"]).limit(1)):
            raise InventoryError(
                f"{what} belong to the owner {name!r}", next_step="give them to another first"
            )
    return removed(scope, owners, "owner", name, row)


def number_of(scope: Scope, name: str | None) -> int | None:
    """Return the number of an owner, None for nobody.

    Raises:
        UnknownError: there is none of this name.
    """
    return None if name is None else int(_row(scope, name)["id"])


def _row(scope: Scope, name: str) -> RowMapping:
    row = scope.row(scope.select(owners).where(owners.c.name == name))
    if row is None:
        raise UnknownError.of("owner", name)
    return row


def _values(owner: Owner) -> dict[str, object]:
    return {"title": owner.title or "", "mail": list(owner.mail)}


def _known(row: RowMapping) -> KnownOwner:
    return KnownOwner(id=row["id"], name=row["name"], title=row["title"], mail=tuple(row["mail"]))
