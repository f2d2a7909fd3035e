"""The deploy gate: would a chain brick a release that is in the field?

Asks `decide` for each release, for each host the certificate is for, on each chain that clients may
build (cross-signs give one leaf several, and clients differ in which they take), on the day of
deployment and on each later day of the certificate's life on which the answer could change: a
policy or a certificate of the chain expires, or begins.

Must not know of files, servers or pipelines: chains, anchors and the time are arguments.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from keypin.certs import (
    Certificate,
    TrustStore,
    VerificationError,
    VerifiedChain,
    verified_paths,
    verify,
)
from keypin.pins import HostPattern, MismatchError, Policy, canonical_host
from keypin.rotation.names import Name, hosts_of, names_of
from keypin.rotation.release import Match, Path, Release, matches, walk

# The last second of validity counts (RFC 5280 section 4.1.2.5).
_SECOND = timedelta(seconds=1)


class Outcome(StrEnum):
    """What a chain does to one host of one release."""

    PASSES = "passes"
    SOME_PATHS = "some-paths"
    """A pin matches on some of the chains that clients may build, and on others none."""
    BREAKS = "breaks"
    REPORTS = "reports"
    """No pin matches, and the policy only reports that."""
    NOT_VERIFIED = "not-verified"
    """Clients would refuse the chain before any pin is asked."""
    NOT_PINNED = "not-pinned"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What holds from one moment on.

    Attributes:
        at: the moment.
        outcome: what the chain does.
        policy: the policy that decides, or None: not pinned.
        paths: the chains that clients may build; empty where none verifies, or nothing is pinned.
        problem: why none verifies.
    """

    at: datetime
    outcome: Outcome
    policy: Policy | None = None
    paths: tuple[Path, ...] = ()
    problem: VerificationError | None = None

    @property
    def matches(self) -> tuple[Match, ...]:
        """Every pin that matches on any path, once."""
        return tuple(dict.fromkeys(match for path in self.paths for match in path.matches))

    @property
    def refusal(self) -> MismatchError | VerificationError | None:
        """Why the chain is refused, on the first path where it is."""
        mismatches = (path.mismatch for path in self.paths if path.mismatch is not None)
        return self.problem or next(mismatches, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a chain would do to one host of one release.

    Attributes:
        release: the release.
        name: the host.
        leaf: the certificate that would be deployed.
        state: what holds on the day of deployment.
        later: each change of the outcome during the certificate's life.
        nearest: where nothing is pinned, a pattern that names a domain above the host.
        today: the pins that match what is deployed now, or None where that was not said.
    """

    release: Release
    name: Name
    leaf: Certificate
    state: State
    later: tuple[State, ...] = ()
    nearest: HostPattern | None = None
    today: tuple[Match, ...] | None = None


def judge(
    releases: Iterable[Release],
    presented: Sequence[Certificate],
    *,
    trust: TrustStore,
    at: datetime,
    hosts: Sequence[str] = (),
    current: Sequence[Sequence[Certificate]] = (),
) -> tuple[Judgement, ...]:
    """Judge a chain by the pins of releases.

    Args:
        releases: what is in the field.
        presented: the certificates as the server would send them, its own first.
        trust: the anchors of the clients.
        at: the time of deployment, timezone-aware.
        hosts: judge for these alone; without them for every host that the certificate is for, or
            that one deployed now is for: a name that is dropped breaks too.
        current: the chains that are deployed now, to tell which pin matches today.

    Returns:
        For each release in order, each host; nothing where the certificate bears no host name.

    Raises:
        HostError: one of `hosts` is no host.
        ValueError: `at` has no time zone, or `presented` is empty.
    """
    if not presented:
        raise ValueError("a chain has at least one certificate")
    if at.tzinfo is None:
        raise ValueError(f"the time {at} has no time zone")
    dates = _dates(presented, trust)
    court = _Court(tuple(presented), trust, at, tuple(map(tuple, current)), dates)
    asked = tuple(Name(canonical_host(host), host) for host in hosts)
    leaves = dict.fromkeys(chain[0] for chain in (presented, *current) if chain and not asked)
    names = [name for leaf in leaves for name in names_of(leaf)]
    return tuple(
        court.judgement(release, name)
        for release in releases
        for name in asked or hosts_of(names, release.pin_set)
    )


@dataclass(frozen=True, slots=True)
class _Court:
    """One chain, judged for many hosts and releases.

    Each host is verified once for each span of time between two neighbouring dates of what may be
    on a path: on nothing else does it depend when that is.
    """

    presented: tuple[Certificate, ...]
    trust: TrustStore
    at: datetime
    current: tuple[tuple[Certificate, ...], ...]
    dates: list[datetime]
    _seen: dict[tuple[str, int, int], tuple[VerifiedChain, ...]] = field(
        default_factory=dict[tuple[str, int, int], tuple[VerifiedChain, ...]]
    )
    _refused: dict[tuple[str, datetime], VerificationError] = field(
        default_factory=dict[tuple[str, datetime], VerificationError]
    )

    def judgement(self, release: Release, name: Name) -> Judgement:
        """Judge one host of one release, for the whole life of the certificate."""
        leaf = self.presented[0]
        first = self.state(release, name.host, self.at)
        if first.policy is None:
            nearest = release.pin_set.nearest(name.host)
            if nearest is not None and nearest.covers(name.host):
                nearest = None  # an exemption: nobody meant to pin the host
            return Judgement(release=release, name=name, leaf=leaf, state=first, nearest=nearest)
        return Judgement(
            release=release,
            name=name,
            leaf=leaf,
            state=first,
            later=self.changes(release, name.host, first),
            today=self.matching_today(first.policy, name.host) if self.current else None,
        )

    def state(self, release: Release, host: str, at: datetime) -> State:
        """Say what holds at one moment."""
        policy = release.pin_set.policy_for_canonical(host)
        if policy is None:
            return State(at=at, outcome=Outcome.NOT_PINNED)
        chains = self.verified(host, at)
        if isinstance(chains, VerificationError):
            return State(at=at, outcome=Outcome.NOT_VERIFIED, policy=policy, problem=chains)
        walked = (walk(release, host, chain, at) for chain in chains)
        paths = tuple(path for path in walked if path is not None)
        return State(at=at, outcome=_outcome(paths), policy=policy, paths=paths)

    def changes(self, release: Release, host: str, first: State) -> tuple[State, ...]:
        """Return each state of the certificate's life whose outcome is not that before it."""
        found = [first]
        for moment in self.moments(first):
            state = self.state(release, host, moment)
            if state.outcome is not found[-1].outcome:
                found.append(state)
        return tuple(found[1:])

    def moments(self, first: State) -> list[datetime]:
        """Return the moments of the certificate's life at which an answer could change."""
        anchors = (path.chain.root for path in first.paths)
        moments = set[datetime]()
        if first.policy is not None and first.policy.expires is not None:
            moments.add(first.policy.expires)
        for found in {*self.presented[1:], *anchors}:
            moments.add(found.not_before)
            if found.not_after < self.presented[0].not_after:  # one that has no end has no after
                moments.add(found.not_after + _SECOND)
        return sorted(one for one in moments if self.at < one <= self.presented[0].not_after)

    def verified(self, host: str, at: datetime) -> tuple[VerifiedChain, ...] | VerificationError:
        """Return every chain that verifies for a host, or why none does."""
        # A date itself is a span of its own: it is the last moment of one and not yet the next.
        span = host, bisect_left(self.dates, at), bisect_right(self.dates, at)
        if span in self._seen:
            return self._seen[span]
        if (host, at) in self._refused:
            return self._refused[host, at]
        try:
            self._seen[span] = paths_of(self.presented, host, self.trust, at)
        except VerificationError as problem:
            self._refused[host, at] = problem
            return problem
        return self._seen[span]

    def matching_today(self, policy: Policy, host: str) -> tuple[Match, ...]:
        """Return the pins that match what is deployed now."""
        chains = (
            chain
            for presented in self.current
            for chain in verified_paths(presented, host, trust=self.trust, at=self.at)
        )
        return tuple(dict.fromkeys(match for chain in chains for match in matches(policy, chain)))


def _dates(presented: Sequence[Certificate], trust: TrustStore) -> list[datetime]:
    """Return when anything that may be on a path from `presented` begins or ends."""
    found = dict.fromkeys(presented)
    search = list(found)
    while search:
        for issuer in trust.named(search.pop().slices.issuer):
            if issuer not in found:
                found[issuer] = None
                search.append(issuer)
    return sorted(date for one in found for date in (one.not_before, one.not_after))


def paths_of(
    presented: Sequence[Certificate], host: str, trust: TrustStore, at: datetime
) -> tuple[VerifiedChain, ...]:
    """Return every path that verifies; where there is none, `verify` says why."""
    found = tuple(verified_paths(presented, host, trust=trust, at=at))
    return found or (verify(presented, host, trust=trust, at=at),)


def _outcome(paths: tuple[Path, ...]) -> Outcome:
    mismatches = [path.mismatch for path in paths if path.mismatch is not None]
    if not mismatches:
        return Outcome.PASSES
    if not mismatches[0].enforced:
        return Outcome.REPORTS
    return Outcome.BREAKS if len(mismatches) == len(paths) else Outcome.SOME_PATHS
