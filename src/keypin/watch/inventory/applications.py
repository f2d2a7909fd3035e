"""Applications: what is released, each with a key under which it sends its reports."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, Select, func, select

from keypin.errors import InventoryError
from keypin.inventory.entries import Application
from keypin.inventory.inventory import LIMITS
from keypin.watch.inventory.edit import Edit, UnknownError, added, changed, removed
from keypin.watch.inventory.owners import number_of
from keypin.watch.inventory.shelf import forget_unused
from keypin.watch.store import Scope
from keypin.watch.store.tables import applications, owners

# 128 bits, as text that needs no escape in a path; it is in every app, so it is no secret.
_KEY_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownApplication:
    """An application, as the inventory knows it.

    Attributes:
        id: its number.
        name: its name, as `shop-ios`.
        title: what people call it.
        platform: what it runs on.
        owner: the name of who acts for it.
        tags: for filters and alerts.
        expected_issuers: who may issue for the hosts that it pins, in the organisation's stead.
        report_key: stands in the address that its reports go to.
        created_at: when it was added.
    """

    id: int
    name: str
    title: str
    platform: str
    owner: str | None
    tags: tuple[str, ...]
    expected_issuers: tuple[str, ...]
    report_key: str
    created_at: datetime


def listed(scope: Scope) -> tuple[KnownApplication, ...]:
    """Return the applications, by name."""
    return tuple(map(_known, scope.rows(_query(scope).order_by(applications.c.name))))


def find(scope: Scope, name: str) -> KnownApplication:
    """Return an application.

    Raises:
        UnknownError: there is none of this name.
    """
    return _known(_row(scope, name))


def add(scope: Scope, entry: Application, *, at: datetime) -> Edit:
    """Add an application, without its releases.

    Raises:
        TakenError: there is one of this name.
        UnknownError: there is no owner of this name.
        InventoryError: there are too many.
    """
    count = scope.value(scope.select(func.count(applications.c.id)))
    if count >= LIMITS["applications"]:
        raise InventoryError(f"{count} applications", expected=f"{LIMITS['applications']} at most")
    key = secrets.token_hex(_KEY_BYTES)
    values = {**_values(scope, entry), "report_key": key, "created_at": at}
    return added(scope, applications, "application", entry.name, name=entry.name, **values)


def change(scope: Scope, entry: Application) -> Edit:
    """Give the application of this name other values; its releases stay as they are.

    Raises:
        UnknownError: there is none of this name, or no such owner.
    """
    row = _row(scope, entry.name)
    values = _values(scope, entry)
    return changed(
        scope,
        applications,
        "application",
        entry.name,
        {**row, "owner": row["owner_number"]},
        **values,
    )


def remove(scope: Scope, name: str) -> Edit:
    """Remove an application with its releases and reports.

    Raises:
        UnknownError: there is none of this name.
    """
    edit = removed(scope, applications, "application", name, _row(scope, name))
    forget_unused(scope)
    return edit


def _row(scope: Scope, name: str) -> RowMapping:
    row = scope.row(_query(scope).where(applications.c.name == name))
    if row is None:
        raise UnknownError.of("application", name)
    return row


def _query(scope: Scope) -> Select[*tuple[object, ...]]:
    columns = [one for one in applications.c if one.name != "owner"]
    owner = applications.c.owner.label("owner_number"), owners.c.name.label("owner")
    joined = applications.outerjoin(
        owners,
        (owners.c.id == applications.c.owner)
        & (owners.c.organisation == applications.c.organisation),
    )
    query = select(*columns, *owner).select_from(joined)
    return query.where(scope.mine(applications))


def _values(scope: Scope, entry: Application) -> dict[str, object]:
    return {
        "title": entry.title or entry.name,
        "platform": entry.platform.value,
        "owner": number_of(scope, entry.owner),
        "tags": list(entry.tags),
        "expected_issuers": list(entry.expected_issuers) or None,
    }


def _known(row: RowMapping) -> KnownApplication:
    return KnownApplication(
        id=row["id"],
        name=row["name"],
        title=row["title"],
        platform=row["platform"],
        owner=row["owner"],
        tags=tuple(row["tags"]),
        expected_issuers=tuple(row["expected_issuers"] or ()),
        report_key=row["report_key"],
        created_at=row["created_at"],
    )
