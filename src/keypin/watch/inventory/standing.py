"""The inventory that stands, as `keypin.toml` would say it: what `keypin.inventory.diff` compares.

Of endpoints, those stand in it that `keypin.watch.inventory.written` says. Retired releases do not:
no file names what nobody uses. What is not in an order of its own is in that of its names, so that
the same inventory is the same file.
"""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import select

from keypin.inventory import (
    Application,
    CtWatch,
    Inventory,
    Owner,
    Platform,
    ReleaseEntry,
    RouteEntry,
    RuleEntry,
    WatchedEndpoint,
)
from keypin.inventory.diff import Shares
from keypin.watch.inventory import applications, ct_watch, owners, releases
from keypin.watch.inventory.applications import KnownApplication
from keypin.watch.inventory.endpoints import KnownEndpoint
from keypin.watch.inventory.releases import KnownRelease
from keypin.watch.inventory.shelf import Shelf
from keypin.watch.inventory.written import written
from keypin.watch.store import Scope
from keypin.watch.store.tables import organisations


def standing(
    scope: Scope,
    wanted: Inventory | None = None,
    *,
    shelf: Shelf | None = None,
    routes: Sequence[RouteEntry] = (),
    rules: Sequence[RuleEntry] = (),
) -> Inventory:
    """Return the inventory that stands.

    Args:
        scope: whose.
        wanted: the inventory that is to be. Endpoints that it names are told, however they came;
            and the day of a release that nobody said is not told where it does not say it.
        shelf: a memory of pin sets.
        routes: the ways to people that stand; alerting keeps them.
        rules: the rules that stand; alerting keeps them.
    """
    name = scope.connection.execute(
        select(organisations.c.name).where(organisations.c.id == scope.organisation)
    ).scalar_one()
    known = releases.listed(scope)
    numbers = {one.pin_set for one in known}
    pins = (shelf or Shelf()).pin_sets(scope.connection, scope.organisation, numbers)
    undated = frozenset(_undated(wanted) if wanted else ())
    shipped: dict[str, list[ReleaseEntry]] = {}
    for one in known:
        unsaid = (one.application, one.version) in undated and one.released_at == one.created_at
        shipped.setdefault(one.application, []).append(
            ReleaseEntry(
                version=one.version,
                released=None if unsaid else one.released_at.date(),
                share=one.share,
                pin_set=pins[one.pin_set],
            )
        )
    expected = ct_watch.find(scope)
    return Inventory(
        organisation=name,
        ct=None if expected == CtWatch() else expected,
        owners=tuple(
            Owner(name=one.name, title=one.title or None, mail=one.mail)
            for one in sorted(owners.listed(scope), key=lambda one: one.name)
        ),
        applications=tuple(
            _application(one, shipped.get(one.name, ()))
            for one in sorted(applications.listed(scope), key=lambda one: one.name)
        ),
        endpoints=tuple(_endpoints(scope, wanted)),
        routes=tuple(routes),
        rules=tuple(rules),
    )


def shares_of(known: Iterable[KnownRelease]) -> Shares:
    """Return the shares that were measured, as `diff` takes them."""
    return {
        f"{one.application} {one.version}": one.measured
        for one in known
        if one.measured is not None
    }


def _application(one: KnownApplication, shipped: Iterable[ReleaseEntry]) -> Application:
    return Application(
        name=one.name,
        title=None if one.title == one.name else one.title,
        platform=Platform(one.platform),
        owner=one.owner,
        tags=one.tags,
        expected_issuers=one.expected_issuers,
        releases=tuple(shipped),
    )


def _undated(wanted: Inventory) -> Iterator[tuple[str, str]]:
    """Yield the releases of a file that it gives no day."""
    for application in wanted.applications:
        for one in application.releases:
            if one.released is None:
                yield application.name, one.version


def _endpoints(scope: Scope, wanted: Inventory | None) -> Iterator[WatchedEndpoint]:
    named = [one.endpoint for one in wanted.endpoints] if wanted else []
    for one in sorted(written(scope, named), key=_place):
        yield WatchedEndpoint(
            endpoint=one.endpoint,
            interval=one.interval,
            vantage_points=one.vantage_points,
            owner=one.owner,
            tags=one.tags,
            expected_issuers=one.expected_issuers,
        )


def _place(one: KnownEndpoint) -> tuple[str, int, str]:
    where = one.endpoint
    return where.host, where.port, where.protocol.value
