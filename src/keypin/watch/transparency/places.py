"""The endpoint that a certificate is for; and endpoints that became known by their certificates."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, func, or_, select

from keypin.certs import Endpoint
from keypin.ct.watch_list import Hit, Kind
from keypin.errors import HostError, InventoryError
from keypin.pins import canonical_host
from keypin.watch.inventory.endpoints import Origin, add_all
from keypin.watch.inventory.field import Field
from keypin.watch.store import Scope
from keypin.watch.store.tables import endpoints, owners

# Of several endpoints of a host, that of browsers' port.
_HTTPS = 443

# A pattern may cover the hosts of ten thousand customers: nobody wants to be told of each.
MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An endpoint.

    Attributes:
        number: its number.
        owner: who acts for it, or None.
        tags: its tags.
    """

    number: int
    owner: str | None
    tags: tuple[str, ...]


def find(scope: Scope, names: Iterable[str]) -> Place | None:
    """Return the endpoint of one of some names of a certificate, or None.

    Args:
        scope: a transaction of the organisation.
        names: canonical; a wildcard is for each host one label longer.
    """
    hosts = [_hosts(name) for name in names]
    query = (
        select(
            endpoints.c.id,
            endpoints.c.host,
            endpoints.c.tags,
            owners.c.name.label("owner"),
        )
        .select_from(
            endpoints.outerjoin(
                owners,
                (owners.c.id == endpoints.c.owner)
                & (owners.c.organisation == endpoints.c.organisation),
            )
        )
        .where(scope.mine(endpoints), or_(*hosts))
        .order_by(endpoints.c.port != _HTTPS, endpoints.c.id)
    )
    row = _nearest(scope.rows(query), names)
    if row is None:
        return None
    return Place(number=row["id"], owner=row["owner"], tags=tuple(row["tags"]))


def discover(scope: Scope, hits: Iterable[Hit], field: Field, at: datetime) -> int:
    """Add the names below pinned patterns as endpoints, and return how many there are more.

    Args:
        scope: a transaction of the organisation.
        hits: what is watched of the names of a certificate.
        field: what the organisation has in the field.
        at: now.
    """
    wanted = [Endpoint(name) for name in dict.fromkeys(_below(hits)) if field.pinning.of(name)]
    if not wanted:
        return 0
    ours = endpoints.c.origin == Origin.LOGS.value
    count = int(scope.value(scope.select(func.count(endpoints.c.id)).where(ours)))
    try:
        return add_all(scope, wanted[: max(MOST - count, 0)], at=at, origin=Origin.LOGS)
    except InventoryError:
        return 0  # there is no room for any endpoint: nobody asked for this one


def _below(hits: Iterable[Hit]) -> Iterator[str]:
    for hit in hits:
        if hit.kind is Kind.DOMAIN and hit.seen and not hit.seen.startswith("*"):
            try:
                yield canonical_host(hit.seen)
            except HostError:
                continue


def _nearest(rows: Sequence[RowMapping], names: Iterable[str]) -> RowMapping | None:
    """Return the first row whose host a certificate names, and that no label too many has."""
    exact = set(names)
    covered = {name[1:] for name in exact if name.startswith("*.")}
    for row in rows:
        first, dot, rest = str(row["host"]).partition(".")
        if row["host"] in exact or (first and f"{dot}{rest}" in covered):
            return row
    return None


def _hosts(name: str) -> ColumnElement[bool]:
    if name.startswith("*."):
        return endpoints.c.host.endswith(name[1:], autoescape=True)
    return endpoints.c.host == name
