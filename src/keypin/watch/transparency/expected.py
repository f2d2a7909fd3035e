"""Who is expected to issue for a name: whoever is named nearest to it, alone.

An endpoint's own issuers decide for its host; else those of the applications that pin the name, all
together; else the organisation's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from keypin.ct.watch_list import Hit, Kind
from keypin.inventory import CtWatch
from keypin.watch.inventory import Field, ct_watch
from keypin.watch.inventory.portions import portions
from keypin.watch.store import Scope
from keypin.watch.store.tables import applications, endpoints


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What an organisation expects of a certificate that a log holds.

    Attributes:
        watch: what is said of all names.
        by_host: the issuers of endpoints that name some, by host.
    """

    watch: CtWatch
    by_host: Mapping[str, tuple[str, ...]]

    def issuers(self, host: str, field: Field) -> tuple[str, ...]:
        """Return who may issue for a host; nobody named: the pins alone tell.

        Args:
            host: a canonical name.
            field: what the organisation has in the field.
        """
        if host in self.by_host:
            return self.by_host[host]
        named = (
            one
            for number in sorted(field.pinning.of(host))
            for release in field.by_pin_set[number]
            for one in release.expected_issuers
        )
        return tuple(dict.fromkeys(named)) or self.watch.expected_issuers

    def hits(self, hits: Iterable[Hit]) -> tuple[Hit, ...]:
        """Return the hits that the organisation wants to hear of still."""
        wanted = self.watch.look_alikes
        return tuple(one for one in hits if wanted or one.kind is not Kind.LOOK_ALIKE)


def host_of(hit: Hit) -> str:
    """Return the host that a hit is about; of a wildcard one that it covers."""
    if hit.kind is Kind.NAME:
        return hit.watched
    return hit.seen.replace("*.", "any-name.", 1) if hit.seen else hit.watched


def read(scope: Scope, hits: Sequence[Hit]) -> Expected:
    """Return what an organisation expects of a certificate.

    Args:
        scope: a transaction of the organisation.
        hits: why the certificate is of interest.
    """
    found: dict[str, tuple[str, ...]] = {}
    columns = endpoints.c.host, endpoints.c.expected_issuers
    for some in portions({host_of(one) for one in hits}):
        query = scope.select(*columns).where(endpoints.c.host.in_(some))
        for row in scope.rows(query.where(endpoints.c.expected_issuers.is_not(None))):
            both = *found.get(row["host"], ()), *row["expected_issuers"]
            found[row["host"]] = tuple(dict.fromkeys(both))
    return Expected(watch=ct_watch.find(scope), by_host=found)


def revision(connection: Connection) -> tuple[object, ...]:
    """Return what is another whenever other issuers are named for an application or endpoint."""
    named = (
        select(table.c.id, table.c.expected_issuers)
        .where(table.c.expected_issuers.is_not(None))
        .order_by(table.c.id)
        for table in (applications, endpoints)
    )
    return tuple(str(connection.execute(query).all()) for query in named)
