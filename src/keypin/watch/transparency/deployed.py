"""Who serves what was issued: observations and logs, joined.

A certificate in a log is known by its key and its last second: a precertificate has both in common
with the certificate that came of it, whose bytes are others. The key alone would not do, for a
renewal may keep it.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, func, select

from keypin.certs import Certificate
from keypin.watch.store import Scope
from keypin.watch.store.tables import certificates, chains, ct_findings, observations

_SHOWN = observations.join(chains, chains.c.digest == observations.c.chain).join(
    certificates, certificates.c.digest == chains.c.leaf
)


def since(scope: Scope, one: Certificate) -> datetime | None:
    """Return when an endpoint of the organisation first showed a certificate, or None."""
    first = select(func.min(observations.c.first_seen_at)).select_from(_SHOWN)
    same = _is(one.spki_sha256, one.not_after)
    found: datetime | None = scope.value(first.where(scope.mine(observations), same))
    return found


def _is(spki: bytes, not_after: datetime) -> ColumnElement[bool]:
    return (certificates.c.spki == spki) & (certificates.c.not_after == not_after)


def newly(connection: Connection) -> Sequence[RowMapping]:
    """Return the certificates that an endpoint shows, and of which that was not known.

    Returns:
        Rows of `organisation`, `identity` and `deployed_at`.
    """
    query = (
        select(
            ct_findings.c.organisation,
            ct_findings.c.identity,
            func.min(observations.c.first_seen_at).label("deployed_at"),
        )
        .select_from(
            ct_findings.join(
                certificates,
                (certificates.c.spki == ct_findings.c.spki)
                & (certificates.c.not_after == ct_findings.c.not_after),
            )
            .join(chains, chains.c.leaf == certificates.c.digest)
            .join(
                observations,
                (observations.c.organisation == ct_findings.c.organisation)
                & (observations.c.chain == chains.c.digest),
            )
        )
        .where(ct_findings.c.deployed_at.is_(None))
        .group_by(ct_findings.c.organisation, ct_findings.c.identity)
    )
    return connection.execute(query).mappings().all()
