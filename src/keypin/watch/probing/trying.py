"""Trying a chain: which releases in the field would refuse it, were it deployed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from keypin.certs import Certificate, TrustStore
from keypin.findings import Finding
from keypin.pins import canonical_host
from keypin.rotation import Judgement, Release, findings, judge
from keypin.rotation.forecast_share import Hit, hits
from keypin.rotation.gate import Outcome
from keypin.watch.inventory.chains import Chain, Chains
from keypin.watch.inventory.field import Fielded, Fields
from keypin.watch.inventory.plans import is_for, names_for
from keypin.watch.inventory.portions import portions
from keypin.watch.inventory.shelf import Shelf
from keypin.watch.probing.court import REFUSED
from keypin.watch.probing.used import used_releases
from keypin.watch.store import Scope
from keypin.watch.store.tables import endpoints, observations


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a chain would do to the releases that ship one pin set.

    Attributes:
        releases: those; they fare alike.
        judgements: host by host, those hosts alone that they pin.
        findings: the same in words; an error is what no release survives.
    """

    releases: tuple[Fielded, ...]
    judgements: tuple[Judgement, ...]
    findings: tuple[Finding, ...]

    @property
    def refused(self) -> bool:
        """Whether a host would be refused on the first day."""
        return any(one.state.outcome in REFUSED for one in self.judgements)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What deploying a chain would do.

    Attributes:
        chain: the certificates, the server's own first.
        at: the day of deployment.
        tried: by pin set, those that pin a host of the chain.
        hit: the users that would be locked out, application by application.
    """

    chain: Chain
    at: datetime
    tried: tuple[Tried, ...]
    hit: tuple[Hit, ...]

    @property
    def refused(self) -> tuple[Fielded, ...]:
        """The releases that would refuse it."""
        return tuple(release for one in self.tried if one.refused for release in one.releases)


def try_chain(
    scope: Scope,
    chain: Sequence[Certificate],
    *,
    trust: TrustStore,
    at: datetime,
    hosts: Sequence[str] = (),
    fields: Fields | None = None,
) -> Trial:
    """Judge a chain by every release in the field.

    Args:
        scope: whose releases.
        chain: the certificates as the server would send them, its own first.
        trust: the anchors of the clients; those of `keypin.watch.probing.trust`.
        at: the time of deployment.
        hosts: for these alone; without them for every host that the certificate is for.
        fields: a memory of pin sets, for those who try often.

    Raises:
        HostError: one of the hosts is none.
    """
    field = (fields or Fields(Shelf())).read(scope.connection, scope.organisation)
    presented = tuple(chain)
    asked = tuple(map(canonical_host, hosts))
    current = _served(scope, names_for(asked, presented))
    tried = tuple(
        one
        for number, releases in field.by_pin_set.items()
        for one in _tried(
            Release(_name(releases), field.pin_set(number)),
            releases,
            judge_by=(presented, trust, at, asked, current),
        )
    )
    refused = [one.releases[0].pin_set for one in tried if one.refused]
    return Trial(chain=presented, at=at, tried=tried, hit=hits(used_releases(field, refused)))


_Asked = tuple[Chain, TrustStore, datetime, tuple[str, ...], tuple[Chain, ...]]


def _tried(release: Release, releases: tuple[Fielded, ...], judge_by: _Asked) -> Iterable[Tried]:
    """Yield what becomes of a pin set, if it pins any of the hosts."""
    presented, trust, at, hosts, current = judge_by
    judged = judge([release], presented, trust=trust, at=at, hosts=hosts, current=current)
    pinned = tuple(one for one in judged if one.state.outcome is not Outcome.NOT_PINNED)
    if pinned:
        yield Tried(releases=releases, judgements=pinned, findings=findings(pinned))


def _name(releases: Sequence[Fielded]) -> str:
    more = f" and {len(releases) - 1} more" if len(releases) > 1 else ""
    return f"{releases[0]}{more}"


def _served(scope: Scope, names: frozenset[str]) -> tuple[Chain, ...]:
    """Return what the hosts of these names show now, to tell which pins match today."""
    rows = scope.execute(scope.select(endpoints.c.id, endpoints.c.host))
    numbers = [number for number, host in rows if is_for(host, names)]
    digests = {digest for some in portions(numbers) for digest in _open(scope, some)}
    return tuple(Chains().read(scope.connection, digests).values())


def _open(scope: Scope, numbers: Sequence[int]) -> Iterable[bytes]:
    # Not distinct: for that, SQLite reads all of the organisation, by the index of chains.
    query = scope.select(observations.c.chain).where(
        observations.c.endpoint.in_(numbers),
        observations.c.ended_at.is_(None),
        observations.c.failure.is_(None),
    )
    return scope.execute(query).scalars()
