"""Owners: the people who act, by name."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping, String, cast, func

from keypin.alerts.toml import route_of, rule_of
from keypin.errors import InventoryError, Place
from keypin.inventory.entries import Owner
from keypin.watch.inventory.edit import Edit, UnknownError, added, changed, removed
from keypin.watch.store import Scope
from keypin.watch.store.tables import (
    alert_routes,
    alert_rules,
    applications,
    endpoints,
    owners,
)

# What names an owner is told by so many names of a kind.
_TOLD = 3


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
    """Remove an owner whom nothing names.

    Raises:
        UnknownError: there is none of this name.
        InventoryError: something names them; the text says what.
    """
    row = _held(scope, name)
    naming = tuple(filter(None, _naming(scope, row)))
    if naming:
        raise InventoryError(
            f"the owner {name!r} is named by {', and '.join(naming)}",
            next_step="name another there first",
        )
    return removed(scope, owners, "owner", name, row)


def check_there(scope: Scope, names: Collection[str], where: str, key: str) -> None:
    """Refuse to name an owner who is not there.

    Args:
        scope: whose.
        names: of owners.
        where: what names them, as `the rule expiry`.
        key: the key that they stand at.

    Raises:
        InventoryError: one is not there.
    """
    if not names:
        return
    query = scope.select(owners.c.name).where(owners.c.name.in_(names))
    known = {row["name"] for row in scope.rows(query)}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InventoryError(
            f"{where} names the owner {unknown[0]}, whom there is not",
            next_step="add the owner first",
            place=Place(key=key),
        )


def number_of(scope: Scope, name: str | None) -> int | None:
    """Return the number of an owner, None for nobody.

    Raises:
        UnknownError: there is none of this name.
    """
    return None if name is None else int(_held(scope, name, others=True)["id"])


def _naming(scope: Scope, owner: RowMapping) -> Iterator[str]:
    """Yield what names an owner, a clause for each kind; empty where none does."""
    places = endpoints.c.host.concat(":").concat(cast(endpoints.c.port, String))
    for kind, table, column in (
        ("application", applications, applications.c.name),
        ("endpoint", endpoints, places),
    ):
        query = scope.select(column.label("name"), func.count().over().label("count"))
        query = query.where(table.c.owner == owner["id"]).order_by("name").limit(_TOLD)
        rows = scope.rows(query)
        yield _told(kind, [row["name"] for row in rows], rows[0]["count"] if rows else 0)
    for kind, table, read in (("route", alert_routes, route_of), ("rule", alert_rules, rule_of)):
        rows = scope.rows(scope.select(table.c.definition).order_by(table.c.name))
        read_ones = (read(row["definition"]) for row in rows)
        found = [one.name for one in read_ones if owner["name"] in one.match.owners]
        yield _told(kind, found, len(found))


def _told(kind: str, names: Sequence[str], count: int) -> str:
    """Return names of one kind as a person reads them: the first, and how many more."""
    if not names:
        return ""
    more = [f"{count - _TOLD:,} more"] if count > _TOLD else []
    plural = "s" if count > 1 else ""
    return f"the {kind}{plural} {_joined([*names[:_TOLD], *more])}"


def _joined(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _row(scope: Scope, name: str) -> RowMapping:
    row = scope.row(scope.select(owners).where(owners.c.name == name))
    if row is None:
        raise UnknownError.of("owner", name)
    return row


def _held(scope: Scope, name: str, *, others: bool = False) -> RowMapping:
    """Return an owner who stays until the transaction ends, for nobody or for others who name them.

    Who is removed, or named, at this moment is waited for.
    """
    query = scope.select(owners).where(owners.c.name == name)
    row = scope.row(query.with_for_update(read=others, key_share=others))
    if row is None:
        raise UnknownError.of("owner", name)
    return row


def _values(owner: Owner) -> dict[str, object]:
    return {"title": owner.title or "", "mail": list(owner.mail)}


def _known(row: RowMapping) -> KnownOwner:
    return KnownOwner(id=row["id"], name=row["name"], title=row["title"], mail=tuple(row["mail"]))
