"""What the installation knows besides the reports: releases, what its own probes saw, and roots."""

from collections import OrderedDict
from datetime import datetime

from sqlalchemy import Connection, func, select

from keypin.certs import VerificationError, VerifiedChain, verify
from keypin.errors import KeypinError
from keypin.reports import Facts, Shown
from keypin.rotation import Release
from keypin.watch.core import Core
from keypin.watch.inventory.chains import Chain, Chains
from keypin.watch.inventory.field import Fields
from keypin.watch.inventory.shelf import Shelf
from keypin.watch.probing.trust import Trust
from keypin.watch.store.tables import endpoints, observations

# Chains of one host that are looked at, the latest: a year of weekly changes.
_MOST_SHOWN = 50

# Chains that are kept verified.
_MOST_KEPT = 2000


class Evidence:
    """Gathers facts; it keeps parsed what it needs again.

    Args:
        core: the installation.

    Raises:
        InputError: the file of roots that the settings name cannot be read.
    """

    def __init__(self, core: Core) -> None:
        self._clock = core.clock
        self._trust = Trust.of(core.settings)
        self._chains = Chains()
        self._fields = Fields(Shelf())
        self._verified: OrderedDict[tuple[bytes, str], VerifiedChain | None] = OrderedDict()

    def facts(
        self, connection: Connection, organisation: int, application: int, host: str
    ) -> Facts:
        """Return what is known of an application's releases and of a host."""
        field = self._fields.read(connection, organisation)
        releases = tuple(
            Release(one.version, field.pin_set(one.pin_set))
            for one in field.releases
            if one.application_id == application
        )
        return Facts(
            at=self._clock(),
            public_roots=self._trust.public,
            own_roots=self._trust.own,
            releases=releases,
            shown=self._shown(connection, organisation, host),
        )

    def _shown(self, connection: Connection, organisation: int, host: str) -> tuple[Shown, ...]:
        """Return what our probes saw at a host, the oldest first."""
        seen = observations.c
        since = func.min(seen.first_seen_at)
        query = (
            select(
                seen.chain,
                since.label("since"),
                func.max(seen.ended_at).label("ended_at"),
                (func.count() - func.count(seen.ended_at)).label("open"),
            )
            .join_from(
                observations,
                endpoints,
                (endpoints.c.id == seen.endpoint) & (endpoints.c.organisation == seen.organisation),
            )
            .where(seen.organisation == organisation, endpoints.c.host == host)
            .where(seen.chain.is_not(None))
            .group_by(seen.chain)
            .order_by(since.desc())
            .limit(_MOST_SHOWN)
        )
        rows = connection.execute(query).all()
        found = self._chains.read(connection, [row.chain for row in rows])
        shown: list[Shown] = []
        for row in reversed(rows):
            chain = self._verify(row.chain, found[row.chain], host, row.since)
            if chain is not None:
                shown.append(Shown(chain, row.since, None if row.open else row.ended_at))
        return tuple(shown)

    def _verify(self, digest: bytes, chain: Chain, host: str, at: datetime) -> VerifiedChain | None:
        key = digest, host
        if key not in self._verified:
            try:
                self._verified[key] = verify(chain, host, trust=self._trust.anchors, at=at)
            except (VerificationError, KeypinError):  # seen, and trusted by nobody
                self._verified[key] = None
            if len(self._verified) > _MOST_KEPT:
                self._verified.popitem(last=False)
        return self._verified[key]
