"""What happens on one host, from now on: to each release, and to everybody.

What a chain does to a release is the gate's word (`keypin.rotation.gate`), and what a logged
certificate would do that of `keypin.rotation.issued`: their states become rows here, each at the
moment from which it holds. A host is forecast without the others, so that a fleet is kept up to
date by the hosts that changed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from keypin.certs import Certificate, TrustStore, VerificationError, VerifiedChain
from keypin.pins import MismatchError, MismatchReason, canonical_host
from keypin.rotation import gate, issued
from keypin.rotation.forecast import (
    Ending,
    Exhausted,
    Expired,
    Facts,
    Kind,
    Logged,
    Plan,
    Refused,
    Row,
)
from keypin.rotation.forecast_share import UsedRelease
from keypin.rotation.gate import Judgement, Outcome, State, paths_of
from keypin.rotation.issued import Fate, Issued, Refusal

# The last second of validity counts (RFC 5280 section 4.1.2.5).
_SECOND = timedelta(seconds=1)
_WORSE = {Outcome.SOME_PATHS: 1, Outcome.BREAKS: 2}

Chain = tuple[Certificate, ...]


def forecast_host(
    host: str,
    releases: Iterable[UsedRelease],
    *,
    served: Iterable[Sequence[Certificate]],
    planned: Iterable[Plan] = (),
    seen: Iterable[Issued] = (),
    trust: TrustStore,
    at: datetime,
) -> tuple[Row, ...]:
    """Say what happens on one host, from now on.

    Args:
        host: the host.
        releases: what is in the field.
        served: the chains that it serves now, as it sends them: one for each kind of key, and more
            where its addresses differ; none where it was not reached.
        planned: what is to be deployed on it.
        seen: certificates that logs have seen; those that are served are passed over.
        trust: the anchors of the clients.
        at: now, timezone-aware.

    Returns:
        The rows, by time.

    Raises:
        HostError: `host` is no host.
        ValueError: `at` has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError(f"the time {at} has no time zone")
    distinct = {tuple(chain) for chain in served if chain}
    chains = tuple(sorted(distinct, key=lambda chain: [one.sha256 for one in chain]))
    plans = tuple(sorted(planned, key=lambda plan: (plan.at, plan.name)))
    of = _Host(canonical_host(host), tuple(releases), chains, plans, trust, at)
    would = tuple(of.plans())
    broken = [row.facts.plan for row in would if isinstance(row.facts, Refused)]
    sound = tuple(plan for plan in plans if plan not in broken)
    rows = (*of.policies(), *of.now(sound), *would, *of.logged(seen))
    return tuple(sorted(rows, key=lambda row: row.order))


@dataclass(frozen=True, slots=True)
class _Host:
    """One host, with what is served and planned there."""

    host: str
    releases: tuple[UsedRelease, ...]
    chains: tuple[Chain, ...]
    planned: tuple[Plan, ...]
    trust: TrustStore
    at: datetime

    def policies(self) -> Iterator[Row]:
        """Yield what the policies alone will do, whatever is served."""
        for used in self.releases:
            policy = used.release.pin_set.policy_for_canonical(self.host)
            if policy is None or policy.expires is None or policy.expires <= self.at:
                continue
            facts = Expired(policy=policy)
            if policy.enforced(policy.expires):
                yield self.row(policy.expires, Kind.POLICY_REFUSES, facts, used)
            elif policy.enforced(self.at):
                yield self.row(policy.expires, Kind.POLICY_ENDS, facts, used)

    def now(self, sound: tuple[Plan, ...]) -> Iterator[Row]:
        """Yield what is served now does; a row of some of several chains is true of a part.

        Args:
            sound: the plans that break nothing, which may replace it in time.
        """
        judged = [(chain, self.judge(chain, self.at)) for chain in self.chains]
        found: dict[object, list[Row]] = {}
        for chain, judgements in judged:
            for row in self.served(chain, judgements, sound):
                key = row.kind, row.at, row.used.key if row.used else row.facts.certificate
                found.setdefault(key, []).append(row)
        for rows in found.values():
            partly = len(rows) < len(self.chains) or any(row.partly for row in rows)
            yield replace(rows[0], partly=partly)
        for number, used in enumerate(self.releases):
            yield from self.reserve(used, [judgements[number] for _, judgements in judged])

    def judge(
        self, chain: Chain, at: datetime, current: tuple[Chain, ...] = ()
    ) -> tuple[Judgement, ...]:
        """Ask the gate about each release, in order."""
        releases = [used.release for used in self.releases]
        return gate.judge(
            releases, chain, trust=self.trust, at=at, hosts=[self.host], current=current
        )

    def served(
        self, chain: Chain, judgements: tuple[Judgement, ...], sound: tuple[Plan, ...]
    ) -> Iterator[Row]:
        """Yield what one chain does to everybody, and to each release."""
        paths = self.paths(chain, judgements, self.at)
        if isinstance(paths, VerificationError):
            yield self.row(self.at, Kind.NOT_VERIFIED, _unverified(chain, paths, self.at))
            return
        yield from self.expiry(paths, sound)
        for used, judgement in zip(self.releases, judgements, strict=True):
            for kind, state, refusal in _worse(judgement, Kind.BREAKS_NOW, Kind.BREAKS_LATER):
                facts = Refused(certificate=chain[0], state=state, refusal=refusal)
                yield self.row(state.at, kind, facts, used)

    def paths(
        self, chain: Chain, judgements: tuple[Judgement, ...], at: datetime
    ) -> tuple[VerifiedChain, ...] | VerificationError:
        """Return the paths that clients may build: the gate's, or where nothing is pinned ours."""
        for judgement in judgements:
            if judgement.state.problem is not None:
                return judgement.state.problem
            if judgement.state.paths:
                return tuple(path.chain for path in judgement.state.paths)
        try:
            return paths_of(chain, self.host, self.trust, at)
        except VerificationError as problem:
            return problem

    def expiry(self, paths: tuple[VerifiedChain, ...], sound: tuple[Plan, ...]) -> Iterator[Row]:
        """Yield when the last path ends, with the plan that comes before and lasts longer."""
        last = max((min(path, key=_end) for path in paths), key=_end)
        moment = _after(last)
        if moment is not None:
            plans = (plan for plan in sound if plan.at < moment < _end(plan.chain[0]))
            facts = Ending(certificate=last, plan=next(plans, None))
            yield self.row(moment, Kind.CERTIFICATE_EXPIRES, facts)

    def reserve(self, used: UsedRelease, judgements: list[Judgement]) -> Iterator[Row]:
        """Yield when the last matching certificate ends, where no pin could match another."""
        states = [judgement.state for judgement in judgements]
        policy = states[0].policy if states else None
        if policy is None or any(state.outcome is not Outcome.PASSES for state in states):
            return
        matches = [match for state in states for match in state.matches]
        if any(entry not in {match.pin for match in matches} for entry in policy.pins):
            return
        last = max(matches, key=lambda match: _end(match.certificate))
        moment = _after(last.certificate)
        if moment is not None and policy.enforced(moment) and not policy.expired(moment):
            yield self.row(moment, Kind.NO_PIN_LEFT, Exhausted(match=last), used)

    def plans(self) -> Iterator[Row]:
        """Yield what each plan would do; one whose chain is served was carried out."""
        for plan in self.planned:
            if plan.chain in self.chains:
                continue
            moment = max(plan.at, self.at)
            judgements = self.judge(plan.chain, moment, self.chains)
            paths = self.paths(plan.chain, judgements, moment)
            if isinstance(paths, VerificationError):
                facts = _unverified(plan.chain, paths, moment, plan)
                yield self.row(moment, Kind.PLAN_BREAKS, facts)
                continue
            for used, judgement in zip(self.releases, judgements, strict=True):
                for kind, state, why in _worse(judgement, Kind.PLAN_BREAKS, Kind.PLAN_BREAKS):
                    facts = Refused(
                        certificate=plan.chain[0],
                        state=state,
                        refusal=why,
                        plan=plan,
                        today=judgement.today,
                    )
                    yield self.row(state.at, kind, facts, used)

    def logged(self, seen: Iterable[Issued]) -> Iterator[Row]:
        """Yield what certificates that logs have seen would do, were they deployed."""
        releases = [used.release for used in self.releases]
        for one in seen:
            leaf = one.certificate
            if leaf.not_after < self.at or any(_is_of(leaf, chain[0]) for chain in self.chains):
                continue
            fates = issued.judge(one, releases, at=self.at, trust=self.trust)
            for used in self.releases:
                fate = self.fate(fates, used)
                if fate is not None and fate.outcome in _WORSE and not _expired(fate.refusal):
                    moment = max(self.at, leaf.not_before)
                    yield self.row(moment, Kind.ISSUED_BREAKS, Logged(issued=one, fate=fate), used)

    def fate(self, fates: tuple[Fate, ...], used: UsedRelease) -> Fate | None:
        """Return what a release would meet on this host: its own fate, or that of its wildcard."""
        own = {one.name.shown: one for one in fates if one.release is used.release}
        return own.get(self.host) or own.get(f"*.{self.host.partition('.')[2]}")

    def row(self, at: datetime, kind: Kind, facts: Facts, used: UsedRelease | None = None) -> Row:
        """Return a row of this host."""
        partly = isinstance(facts, Refused) and facts.state.outcome is Outcome.SOME_PATHS
        partly = partly or (isinstance(facts, Logged) and facts.fate.outcome is Outcome.SOME_PATHS)
        return Row(at=at, host=self.host, kind=kind, facts=facts, used=used, partly=partly)


def _unverified(
    chain: Chain, problem: VerificationError, at: datetime, plan: Plan | None = None
) -> Refused:
    state = State(at=at, outcome=Outcome.NOT_VERIFIED, problem=problem)
    return Refused(certificate=chain[0], state=state, refusal=problem, plan=plan)


def _worse(
    judgement: Judgement, now: Kind, later: Kind
) -> Iterator[tuple[Kind, State, MismatchError | VerificationError]]:
    """Yield the states from which on more of the connections break than before.

    A policy that expires is its own matter, whatever is served; only where it refuses now already,
    that is what breaks now.
    """
    before = 0
    for state in (judgement.state, *judgement.later):
        rank, refusal = _WORSE.get(state.outcome, 0), state.refusal
        kind = now if state is judgement.state else later
        told = kind is Kind.BREAKS_NOW or not _expired(refusal)
        if rank > before and refusal is not None and told:
            yield kind, state, refusal
        before = rank


def _expired(refusal: MismatchError | VerificationError | Refusal | None) -> bool:
    return refusal is not None and refusal.reason is MismatchReason.EXPIRED_POLICY


def _is_of(logged: Certificate, served: Certificate) -> bool:
    """Tell whether a certificate, or its precertificate, is the one that is served."""
    return (logged.serial_number, logged.slices.issuer) == (
        served.serial_number,
        served.slices.issuer,
    )


def _end(certificate: Certificate) -> datetime:
    return certificate.not_after


def _after(certificate: Certificate) -> datetime | None:
    """Return the first moment after a certificate; one that has no end has no after."""
    try:
        return certificate.not_after + _SECOND
    except OverflowError:
        return None
