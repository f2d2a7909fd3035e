"""Applying `keypin.toml`: each change that `keypin.inventory.diff` found is made.

A row of the table is all that one kind of entry needs. Routes and rules are alerting's: whoever
applies a file hands in what makes their changes. A release that goes is retired, and not forgotten:
what was shipped stays known.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time

from keypin.certs import Endpoint
from keypin.errors import InventoryError
from keypin.inventory import (
    Action,
    Change,
    CtWatch,
    Inventory,
    Kind,
    ReleaseEntry,
    WatchedEndpoint,
)
from keypin.watch.inventory import applications, ct_watch, endpoints, owners, pushing, releases
from keypin.watch.inventory.edit import Edit, UnknownError
from keypin.watch.inventory.uploads import of_pin_set
from keypin.watch.store import Scope


@dataclass(frozen=True, slots=True)
class Applied:
    """Where a change is made.

    Attributes:
        scope: whose inventory.
        wanted: the inventory that is to be, with its pins read.
        at: now.
    """

    scope: Scope
    wanted: Inventory
    at: datetime


Handler = Callable[[Applied, Change], Edit]
"""Makes one change."""


def apply(
    scope: Scope,
    changes: Iterable[Change],
    wanted: Inventory,
    *,
    at: datetime,
    others: Mapping[Kind, Handler] | None = None,
) -> tuple[Edit, ...]:
    """Make changes, in their order, all or none.

    Args:
        scope: whose; the transaction that is rolled back where one cannot be made.
        changes: what `diff` returned.
        wanted: the inventory that is to be, with its pins read (`keypin.inventory.resolved`).
        at: now.
        others: what makes changes of the kinds that are kept elsewhere.

    Returns:
        What was done, for the audit log.

    Raises:
        InventoryError: a change cannot be made; the text says which.
    """
    handlers = {**_HANDLERS, **(others or {})}
    where = Applied(scope, wanted, at)
    return tuple(_handler(handlers, change)(where, change) for change in changes)


def _handler(handlers: Mapping[Kind, Handler], change: Change) -> Handler:
    if change.kind not in handlers:
        raise InventoryError(
            f"the {change.kind} {change.subject} cannot be changed here",
            expected="what is expected of logs, owners, applications, releases and endpoints",
            next_step="change it where alerts are set up",
        )
    return handlers[change.kind]


def _ct(where: Applied, change: Change) -> Edit:
    del change  # there is one
    return ct_watch.change(where.scope, where.wanted.ct or CtWatch(), at=where.at)


def _owner(where: Applied, change: Change) -> Edit:
    if change.action is Action.REMOVE:
        return owners.remove(where.scope, change.subject)
    entry = next(one for one in where.wanted.owners if one.name == change.subject)
    if change.action is Action.ADD:
        return owners.add(where.scope, entry)
    return owners.change(where.scope, entry)


def _application(where: Applied, change: Change) -> Edit:
    if change.action is Action.REMOVE:
        return applications.remove(where.scope, change.subject)
    entry = next(one for one in where.wanted.applications if one.name == change.subject)
    if change.action is Action.ADD:
        return applications.add(where.scope, entry, at=where.at)
    return applications.change(where.scope, entry)


def _release(where: Applied, change: Change) -> Edit:
    application, _, version = change.subject.partition(" ")
    if change.action is Action.REMOVE:
        return pushing.retire(where.scope, application, version, at=where.at)
    entry = next(
        entry
        for one in where.wanted.applications
        if one.name == application
        for entry in one.releases
        if entry.version == version
    )
    return _released(where, application, entry)


def _released(where: Applied, application: str, entry: ReleaseEntry) -> Edit:
    if entry.pin_set is None:
        raise InventoryError(
            f"the pins of {application} {entry.version} were not read",
            expected=f"the file {entry.file}",
        )
    upload = of_pin_set(entry.pin_set, entry.file.path if entry.file else "keypin.toml")
    since = datetime.combine(entry.released, time(), UTC) if entry.released else None
    # A release that was retired comes back with the pins that it is said to have.
    listed = releases.listed(where.scope, application, retired=True)
    known = next((one for one in listed if one.version == entry.version), None)
    if known and entry.released == known.released_at.date():
        since = known.released_at
    make = pushing.correct if known else pushing.ship
    return make(
        where.scope,
        application,
        entry.version,
        upload,
        at=where.at,
        released_at=since,
        share=entry.share,
    )


def _endpoint(where: Applied, change: Change) -> Edit:
    place = Endpoint.parse(change.subject)
    known = endpoints.find_by(where.scope, place)
    entry = next((one for one in where.wanted.endpoints if one.endpoint == place), None)
    if known is None and entry is not None:
        return endpoints.add(where.scope, entry, at=where.at, origin=endpoints.Origin.CODE)
    if known is None:
        raise UnknownError.of("endpoint", change.subject)
    if change.action is Action.REMOVE:
        return endpoints.remove(where.scope, known.id)
    if entry is not None:
        return endpoints.change(where.scope, known.id, entry, origin=endpoints.Origin.CODE)
    # The file says nothing of it any more; it stays, as its pins or logs brought it.
    by_logs = known.origin is endpoints.Origin.LOGS
    origin = endpoints.Origin.LOGS if by_logs else endpoints.Origin.PINS
    return endpoints.change(where.scope, known.id, WatchedEndpoint(endpoint=place), origin=origin)


_HANDLERS: Mapping[Kind, Handler] = {
    Kind.CT: _ct,
    Kind.OWNER: _owner,
    Kind.APPLICATION: _application,
    Kind.RELEASE: _release,
    Kind.ENDPOINT: _endpoint,
}
