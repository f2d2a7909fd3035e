"""Who serves what was issued: observations and logs, joined.

A certificate in a log is known by its key and its last second: a precertificate has both in common
with the certificate that came of it, whose bytes are others. The key alone would not do, for a
renewal may keep it.
"""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from keypin.certs import Certificate
from keypin.watch.inventory.portions import portions
from keypin.watch.store import Scope
from keypin.watch.store.tables import certificates, chains, ct_findings, observations

# Keys or chains that are asked for at once.
_MANY = 500


def since(scope: Scope, one: Certificate) -> datetime | None:
    """Return when an endpoint of the organisation first showed a certificate, or None."""
    leaves = _leaves(scope.connection, {one.spki_sha256})
    same = [digest for digest, (_, end) in leaves.items() if end == one.not_after]
    first = select(func.min(observations.c.first_seen_at)).where(
        scope.mine(observations), observations.c.chain.in_(same)
    )
    found: datetime | None = scope.value(first)
    return found


class Deployed(NamedTuple):
    """A certificate that an endpoint shows, since when."""

    organisation: int
    identity: str
    at: datetime


def newly(connection: Connection, after: datetime) -> list[Deployed]:
    """Return the certificates that an endpoint shows, and of which that was not known.

    Args:
        connection: a transaction over organisations.
        after: of those that end later.
    """
    open_ = select(
        ct_findings.c.organisation,
        ct_findings.c.identity,
        ct_findings.c.spki,
        ct_findings.c.not_after,
    ).where(ct_findings.c.deployed_at.is_(None), ct_findings.c.not_after > after)
    rows = connection.execute(open_.distinct()).mappings().all()
    leaves = _leaves(connection, {row["spki"] for row in rows})
    shown = _shown(connection, {row["organisation"] for row in rows}, leaves)
    return [
        Deployed(row["organisation"], row["identity"], moment)
        for row in rows
        if (moment := shown.get((row["organisation"], row["spki"], row["not_after"])))
    ]


# In steps, each by an index: in one statement, SQLite begins with all observations.


def _leaves(connection: Connection, keys: set[bytes]) -> dict[bytes, tuple[bytes, datetime]]:
    """Return the chains whose leaf has one of these keys: the key, and the leaf's last second."""
    columns = chains.c.digest, certificates.c.spki, certificates.c.not_after
    joined = certificates.join(chains, chains.c.leaf == certificates.c.digest)
    found: dict[bytes, tuple[bytes, datetime]] = {}
    for some in portions(keys, _MANY):
        query = select(*columns).select_from(joined).where(certificates.c.spki.in_(some))
        found |= {row.digest: (row.spki, row.not_after) for row in connection.execute(query)}
    return found


def _shown(
    connection: Connection,
    organisations: set[int],
    leaves: dict[bytes, tuple[bytes, datetime]],
) -> dict[tuple[int, bytes, datetime], datetime]:
    """Return when each organisation's endpoints first showed each leaf."""
    found: dict[tuple[int, bytes, datetime], datetime] = {}
    first = func.min(observations.c.first_seen_at)
    whose = observations.c.organisation, observations.c.chain
    for some in portions(leaves, _MANY):
        query = select(*whose, first).where(whose[0].in_(organisations), whose[1].in_(some))
        for organisation, chain, moment in connection.execute(query.group_by(*whose)):
            key = organisation, *leaves[chain]
            found[key] = min(moment, found.get(key, moment))
    return found
