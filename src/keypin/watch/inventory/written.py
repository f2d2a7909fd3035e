"""Which endpoints a `keypin.toml` says, and which come by themselves.

A line is written of each endpoint that a person or a file made, and of each of which anything is
said: an owner, tags, an interval, vantage points, issuers. Those that pins or logs brought, and of
which nothing is said, come again by themselves wherever their releases stand. So an endpoint whose
line goes is removed, or stays as it is brought.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sqlalchemy import ColumnElement, Text, cast, or_

from keypin.certs import Endpoint
from keypin.inventory import Inventory
from keypin.inventory.entries import HOURLY, WatchedEndpoint
from keypin.watch.inventory.endpoints import KnownEndpoint, Origin, hosts_of, known, query_of
from keypin.watch.inventory.portions import portions
from keypin.watch.store import Scope
from keypin.watch.store.tables import endpoints

_MADE = Origin.HAND.value, Origin.CODE.value


def written(scope: Scope, named: Iterable[Endpoint] = ()) -> Iterator[KnownEndpoint]:
    """Yield the endpoints of which a file has a line, and those that are named however they came.

    Args:
        scope: whose.
        named: by a file that is compared with what stands.
    """
    wanted = set(named)
    yield from map(known, scope.rows(query_of(scope).where(_has_line())))
    for some in portions({where.host for where in wanted}):
        query = query_of(scope).where(~_has_line(), endpoints.c.host.in_(some))
        yield from (one for one in map(known, scope.rows(query)) if one.endpoint in wanted)


def with_brought(scope: Scope, wanted: Inventory) -> Inventory:
    """Return a file with the endpoints that it does not name and that stay all the same.

    Nothing is said of them: logs brought them, or a release of the file pins their hosts.
    """
    named = {one.endpoint for one in wanted.endpoints}
    pinned = {
        where
        for application in wanted.applications
        for release in application.releases
        if release.pin_set is not None
        for where in hosts_of(release.pin_set)
    }
    stay = (
        WatchedEndpoint(endpoint=one.endpoint)
        for one in written(scope)
        if one.endpoint not in named
        if one.origin is Origin.LOGS or one.endpoint in pinned
    )
    return replace(wanted, endpoints=(*wanted.endpoints, *stay))


def _has_line() -> ColumnElement[bool]:
    column = endpoints.c
    return or_(
        column.origin.in_(_MADE),
        column.owner.is_not(None),
        column.interval != int(HOURLY.total_seconds()),
        column.expected_issuers.is_not(None),
        *(cast(one, Text) != "[]" for one in (column.tags, column.vantage_points)),
    )
