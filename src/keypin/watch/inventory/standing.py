"""The inventory that stands, as `keypin.toml` would say it: what `keypin.inventory.diff` compares.

Endpoints that came of pins, logs or a person are not among it, unless the file names them too: a
file speaks for what it made. Retired releases are not: no file names what nobody uses.
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
from keypin.watch.inventory import applications, ct_watch, endpoints, owners, releases
from keypin.watch.inventory.applications import KnownApplication
from keypin.watch.inventory.releases import KnownRelease
from keypin.watch.inventory.shelf import Shelf
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
        wanted: the inventory that is to be; endpoints that it names are told, however they came.
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
    shipped: dict[str, list[ReleaseEntry]] = {}
    for one in known:
        shipped.setdefault(one.application, []).append(
            ReleaseEntry(
                version=one.version,
                released=None if one.released_at == one.created_at else one.released_at.date(),
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
            for one in owners.listed(scope)
        ),
        applications=tuple(
            _application(one, shipped.get(one.name, ())) for one in applications.listed(scope)
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


def _endpoints(scope: Scope, wanted: Inventory | None) -> Iterator[WatchedEndpoint]:
    named = [one.endpoint for one in wanted.endpoints] if wanted else []
    for one in endpoints.of_code(scope, named):
        yield WatchedEndpoint(
            endpoint=one.endpoint,
            interval=one.interval,
            vantage_points=one.vantage_points,
            owner=one.owner,
            tags=one.tags,
            expected_issuers=one.expected_issuers,
        )
