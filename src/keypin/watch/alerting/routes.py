"""An organisation's routes: added, changed, switched off, removed, and tried.

The address is checked before the transaction (`checked`), because names are resolved for that, and
kept sealed; it is never shown again.
"""

from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import RowMapping, literal

from keypin.alerts import Delivery, Route, Subject
from keypin.alerts.message import Item, Message, Part
from keypin.alerts.rendering import render
from keypin.alerts.toml import route_of, route_table_of
from keypin.errors import InputError
from keypin.findings import Severity
from keypin.watch.alerting import rules, sending
from keypin.watch.alerting.address import Webhook, parse
from keypin.watch.alerting.documents import named, table_written
from keypin.watch.alerting.locking import alone
from keypin.watch.alerting.rulebook import DELIVERY_FAILED, ROUTE
from keypin.watch.alerting.sending import Failure, Post
from keypin.watch.alerting.signals import clear_others
from keypin.watch.guarding import Guard, Use
from keypin.watch.inventory import owners
from keypin.watch.inventory.edit import Did, Edit, UnknownError, added, changed, removed
from keypin.watch.store import Purpose, Scope, Sealer, SealError
from keypin.watch.store.tables import alert_routes, deliveries

# Each has a thread while it is told.
MAX_ROUTES = 100

_SECRET = frozenset({"sealed", "claimed_until"})


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRoute:
    """A route, as it is kept.

    Attributes:
        id: its number.
        route: what it is told of, and when.
        shown: what may be shown of its address.
        enabled: whether it is told at all.
        failing_since: since when it takes nothing, or None: it does, or was not tried.
        failure: why not.
        digest_at: when its next digest is written.
    """

    id: int
    route: Route
    shown: str
    enabled: bool
    failing_since: datetime | None
    failure: str | None
    digest_at: datetime | None


def checked(address: str, guard: Guard) -> str:
    """Return an address that can be told, and may be.

    Raises:
        InputError: it is none.
        InternalError: its host is internal.
        UnresolvedError: its host has no address.
    """
    found = parse(address)
    if isinstance(found, Webhook):
        parts = urlsplit(found.url)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        guard.addresses(parts.hostname or "", port, Use.TELL)
    return address


def listed(scope: Scope) -> tuple[KnownRoute, ...]:
    """Return the routes, by name."""
    return tuple(map(_known, scope.rows(scope.select(alert_routes).order_by(alert_routes.c.name))))


def find(scope: Scope, name: str) -> KnownRoute:
    """Return a route.

    Raises:
        UnknownError: there is none of this name.
    """
    return _known(_row(scope, name))


def add(scope: Scope, sealer: Sealer, route: Route, address: str, *, at: datetime) -> Edit:
    """Add a route.

    Args:
        scope: a transaction of the organisation.
        sealer: seals the address.
        route: what it is told of.
        address: a `checked` one.
        at: now.

    Raises:
        InputError: the address is none, it names an owner that there is not, or there are too
            many routes.
        TakenError: there is a route of this name.
    """
    alone(scope)
    if len(listed(scope)) >= MAX_ROUTES:
        raise InputError(f"there are {MAX_ROUTES} routes already", next_step="remove one")
    values = {**_defined(scope, route), **_sealed(sealer, address), "created_at": at}
    name = named(route.name, "route")
    edit = added(scope, alert_routes, "route", name, name=name, **values)
    return _plain(edit)


def change(scope: Scope, sealer: Sealer, route: Route, address: str | None = None) -> Edit:
    """Give the route of this name other conditions, or another address.

    Args:
        scope: a transaction of the organisation.
        sealer: seals the address.
        route: what it is told of.
        address: a `checked` one; the one that it has unless given.

    Raises:
        UnknownError: there is none of this name.
        InputError: the address is none, or it names an owner that there is not.
    """
    row = _row(scope, route.name)
    values = _defined(scope, route)
    if route_of(row["definition"]) != route:  # a digest comes at the hour that is said now
        values["digest_at"] = None
    if address is not None and not _is(sealer, row["sealed"], address):
        values |= _sealed(sealer, address)
    edit = changed(scope, alert_routes, "route", route.name, row, **values)
    if "sealed" in edit.after:  # where keypin.toml gave it, that is said afterwards
        rows = scope.update(alert_routes).where(alert_routes.c.id == row["id"])
        scope.execute(rows.values(reference=None))
    return _plain(edit)


def enable(scope: Scope, name: str, *, enabled: bool, at: datetime) -> Edit:
    """Switch a route on or off; what is on its way to it waits until it is on again.

    Raises:
        UnknownError: there is none of this name.
    """
    row = _row(scope, name)
    well = {} if enabled else {"failing_since": None, "failure": None}
    _fails_no_more(scope, name, at)
    return _plain(changed(scope, alert_routes, "route", name, row, enabled=enabled, **well))


def remove(scope: Scope, name: str, *, at: datetime) -> Edit:
    """Remove a route; what it was told stays, and what it is to be told is withdrawn.

    Raises:
        UnknownError: there is none of this name.
        InputError: a rule names it.
    """
    alone(scope)  # so that no rule names it meanwhile
    row = _row(scope, name)
    naming = [one.name for one in rules.listed(scope) if name in rules.routes_of(one)]
    if naming:
        raise InputError(
            f"the rule {naming[0]} tells the route {name}", next_step="change the rule first"
        )
    _fails_no_more(scope, name, at)
    _let_go(scope, row)
    return _plain(removed(scope, alert_routes, "route", name, row))


def address_of(scope: Scope, sealer: Sealer, name: str) -> str:
    """Return the secret address of a route.

    Raises:
        UnknownError: there is none of this name.
    """
    return sealer.open(_row(scope, name)["sealed"], Purpose.ROUTE).decode()


def test(post: Post, name: str, address: str, *, base: str, at: datetime) -> Failure | None:
    """Send a message that says that it is a test; outside of a transaction, for it takes time.

    Args:
        post: sends it.
        name: of the route.
        address: where to.
        base: the service's own address.
        at: the time.

    Returns:
        Why it was not taken, or None: it was.
    """
    part = Part(
        heading=f"The route {name} works",
        lines=("Somebody asked for this test in keypin; nothing happened.",),
        items=(Item("Look at the routes", f"{base}/settings/routes"),),
    )
    words = render(Message(f"keypin: a test of the route {name}", (part,)))
    key = f"{name}:test.{at:%Y%m%dT%H%M%S%fZ}"
    body = sending.digest_body(key, name, words, "test")
    message = sending.Message(key=key, words=words, body=body, severity=Severity.NOTE)
    return post.send(address, message, at)


def _fails_no_more(scope: Scope, name: str, at: datetime) -> None:
    """Say that a route which is told nothing does not fail."""
    clear_others(scope, [], at, ids=(DELIVERY_FAILED,), subject=Subject(ROUTE, name))


def _let_go(scope: Scope, row: RowMapping) -> None:
    """Keep what a route was told without the route.

    Their keys begin with its number, which SQLite gives to another route: so they get others.
    """
    table = deliveries.c
    mine = scope.update(deliveries).where(table.route == row["id"])
    scope.execute(mine.where(table.state.in_(("waiting", "digest"))).values(state="withdrawn"))
    gone = {"route": None, "gone": row["name"], "gone_shown": row["shown"]}
    scope.execute(mine.values(key=literal(f"{token_hex(8)}:") + table.key, **gone))


def _row(scope: Scope, name: str) -> RowMapping:
    row = scope.row(scope.select(alert_routes).where(alert_routes.c.name == name))
    if row is None:
        raise UnknownError.of("route", name)
    return row


def _known(row: RowMapping) -> KnownRoute:
    return KnownRoute(
        id=row["id"],
        route=route_of(row["definition"]),
        shown=row["shown"],
        enabled=row["enabled"],
        failing_since=row["failing_since"],
        failure=row["failure"],
        digest_at=row["digest_at"] if _takes_digest(row) else None,
    )


def _takes_digest(row: RowMapping) -> bool:
    return route_of(row["definition"]).delivery is Delivery.DIGEST


def _defined(scope: Scope, route: Route) -> dict[str, Any]:
    owners.check_there(scope, route.match.owners, f"the route {route.name}", "owners")
    definition = table_written(route_table_of(route))
    if route_of(definition) != route:
        raise InputError(
            f"the route {route.name} says what a route's table cannot say",
            expected="a severity, owners and tags",
        )
    return {"definition": definition}


def _sealed(sealer: Sealer, address: str) -> dict[str, Any]:
    return {"sealed": sealer.seal(address.encode(), Purpose.ROUTE), "shown": parse(address).shown}


def _is(sealer: Sealer, sealed: bytes, address: str) -> bool:
    """Say whether an address is the one that was sealed; one whose key is gone is replaced."""
    try:
        return sealer.open(sealed, Purpose.ROUTE) == address.encode()
    except SealError:
        return False


def _plain(edit: Edit) -> Edit:
    """Return an edit for the audit log: that the address is another, and never which."""
    before, after = (
        {name: value for name, value in side.items() if name not in _SECRET}
        for side in (edit.before, edit.after)
    )
    if edit.did is Did.CHANGED and "sealed" in edit.after:
        after["address"] = "another"
    return Edit(
        did=edit.did, kind=edit.kind, subject=edit.subject, id=edit.id, before=before, after=after
    )
