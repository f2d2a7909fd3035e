"""The endpoint that a certificate is for, where the inventory has one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, RowMapping, or_, select

from keypin.watch.store import Scope
from keypin.watch.store.tables import endpoints, owners

# Of several endpoints of a host, that of browsers' port.
_HTTPS = 443


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
