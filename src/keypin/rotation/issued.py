"""What a certificate that a log published would do to the releases in the field, if deployed.

A log publishes what was issued, often before anybody deploys it: an app that is about to break can
be seen coming, and so can a certificate that nobody of the house asked for. Where anchors are
given and the certificate is final, the gate is asked, and its word is taken. Else the log's chain
is all there is (`keypin.rotation.known_chain`), and the steps of `keypin.pins.decide` are taken on
what is known of it, with a third answer: that it cannot be told.

Must not know of logs or of time: entries, releases, anchors and the moment are arguments.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from keypin.certs import Certificate, TrustStore, VerificationError
from keypin.ct.precertificate import is_precertificate
from keypin.pins import MismatchError, MismatchReason, Pin, Policy, PolicyPin
from keypin.rotation import gate
from keypin.rotation.gate import Judgement, Outcome
from keypin.rotation.known_chain import KnownChain, Told, known_chains
from keypin.rotation.names import Name, hosts_of, names_of
from keypin.rotation.release import Match, Release

_ABOVE = "the log's chain ends below a root, and what the pins are of may stand above its end"
_UNSEEN = "whole certificates are pinned, and that of this precertificate was not seen yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A certificate, or precertificate, that a log published.

    Attributes:
        certificate: of a precertificate: as it was logged, or its TBSCertificate as the log's tree
            holds it, whose signature nobody asks for.
        chain: the certificates above it, as the log handed them out; it may be incomplete.
        issuer_key_hash: of a precertificate: SHA-256 of its issuer's SPKI, from the log's leaf; it
            links the precertificate to its issuer. Empty for a certificate.
        logged: when the log promised it, timezone-aware; None where that is not known.
        where: where it was seen, a line each: log, index, proof.

    Raises:
        ValueError: it is a precertificate without the hash of its issuer's key.
    """

    certificate: Certificate
    chain: tuple[Certificate, ...] = ()
    issuer_key_hash: bytes = b""
    logged: datetime | None = None
    where: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.issuer_key_hash and is_precertificate(self.certificate):
            raise ValueError("a precertificate without the hash of its issuer's key")

    @property
    def precertificate(self) -> bool:
        """Whether it is a precertificate, which no client accepts."""
        return bool(self.issuer_key_hash)

    def chains(self, trust: TrustStore | None = None) -> tuple[KnownChain, ...]:
        """Return the chains from it up, as far as they are known; see `known_chains`."""
        key_hash = self.issuer_key_hash
        return known_chains(self.certificate, self.chain, issuer_key_hash=key_hash, trust=trust)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a policy does not accept a chain; the fields are those of `MismatchError`.

    Attributes:
        reason: why.
        denied: the denied pin that was met, with its certificate.
        missing: what did not match: the policy's pins, or those that must match as well.
    """

    reason: MismatchReason
    denied: tuple[Pin, Certificate] | None = None
    missing: tuple[PolicyPin, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What a host of a release would meet, were the certificate deployed.

    Attributes:
        release: the release.
        name: the host.
        policy: the policy of the release that decides for it.
        outcome: the gate's word, or None: it cannot be told.
        chains: the chains that this rests on.
        matches: the pins that match for certain, with certificate and position.
        refusal: why the policy does not accept it, on the first chain that it does not accept.
        problem: why clients would refuse it before any pin is asked.
        untold: why it cannot be told.
        judgement: the gate's, where the gate was asked.
    """

    release: Release
    name: Name
    policy: Policy
    outcome: Outcome | None
    chains: tuple[KnownChain, ...]
    matches: tuple[Match, ...] = ()
    refusal: Refusal | None = None
    problem: str = ""
    untold: str = ""
    judgement: Judgement | None = None


def judge(
    issued: Issued, releases: Iterable[Release], *, at: datetime, trust: TrustStore | None = None
) -> tuple[Fate, ...]:
    """Say what a certificate would do to each host that it is for and that a release pins.

    Args:
        issued: what a log published.
        releases: what is in the field.
        at: the day of deployment, timezone-aware; a certificate that begins later is judged on its
            first day.
        trust: the anchors of the clients, where they are known.

    Returns:
        For each release in order, each host that is pinned; nothing for the others.

    Raises:
        ValueError: `at` has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError(f"the time {at} has no time zone")
    moment = max(at, issued.certificate.not_before)
    found = issued.chains(trust)
    if trust is not None and not issued.precertificate and found[0].rooted:
        return _by_the_gate(issued, releases, moment, trust)
    return tuple(_by_the_log(issued, releases, moment, trust, found))


def _by_the_gate(
    issued: Issued, releases: Iterable[Release], at: datetime, trust: TrustStore
) -> tuple[Fate, ...]:
    presented = (issued.certificate, *issued.chain)
    judged = gate.judge(releases, presented, trust=trust, at=at)
    return tuple(
        _of_the_gate(one, policy) for one in judged if (policy := one.state.policy) is not None
    )


def _of_the_gate(judgement: Judgement, policy: Policy) -> Fate:
    state, refusal = judgement.state, judgement.state.refusal
    return Fate(
        release=judgement.release,
        name=judgement.name,
        policy=policy,
        outcome=state.outcome,
        chains=tuple(
            KnownChain(path.chain.certificates, rooted=True, precertificate=False)
            for path in state.paths
        ),
        matches=state.matches,
        refusal=_refusal(refusal) if isinstance(refusal, MismatchError) else None,
        problem=refusal.detail if isinstance(refusal, VerificationError) else "",
        judgement=judgement,
    )


def _refusal(mismatch: MismatchError) -> Refusal:
    return Refusal(reason=mismatch.reason, denied=mismatch.denied, missing=mismatch.missing)


def _by_the_log(
    issued: Issued,
    releases: Iterable[Release],
    at: datetime,
    trust: TrustStore | None,
    found: tuple[KnownChain, ...],
) -> Iterator[Fate]:
    names = names_of(issued.certificate)
    problem = _untrusted(found, trust)
    for release in releases:
        for name in hosts_of(names, release.pin_set):
            policy = release.pin_set.policy_for_canonical(name.host)
            if policy is None:
                continue
            rulings = () if problem else tuple(_rule(policy, one, at) for one in found)
            yield Fate(
                release=release,
                name=name,
                policy=policy,
                outcome=Outcome.NOT_VERIFIED if problem else _outcome(rulings, policy, at),
                chains=found,
                matches=tuple(dict.fromkeys(one for ruling in rulings for one in ruling.matches)),
                refusal=next((one.refusal for one in rulings if one.refusal), None),
                problem=problem,
                untold=next((one.untold for one in rulings if one.untold), ""),
            )


def _untrusted(found: tuple[KnownChain, ...], trust: TrustStore | None) -> str:
    """Return why clients would refuse every chain: each ends at a root that they do not trust."""
    roots = [one.certificates[-1] for one in found if one.rooted]
    if trust is None or not roots or any(root in trust for root in roots):
        return ""
    return f"its root is {roots[0].label}, which is not in {trust.name}"


@dataclass(frozen=True, slots=True)
class _Ruling:
    """What a policy says of one chain: matches, a refusal, or why it cannot be told."""

    matches: tuple[Match, ...] = ()
    refusal: Refusal | None = None
    untold: str = ""


def _rule(policy: Policy, chain: KnownChain, at: datetime) -> _Ruling:
    """Take the steps of `decide`: the first that refuses for certain is the answer."""
    unsure = False
    for told, refusal in _steps(policy, chain, at):
        if told is Told.YES:
            return _Ruling(refusal=refusal)
        unsure = unsure or told is Told.UNKNOWN
    if unsure:
        return _Ruling(untold=_UNSEEN if chain.rooted else _ABOVE)
    return _Ruling(matches=chain.found(policy.pins))


def _steps(policy: Policy, chain: KnownChain, at: datetime) -> Iterator[tuple[Told, Refusal]]:
    """Yield each reason to refuse, in the order of `decide`, with whether it holds."""
    if policy.expired(at) and policy.enforced(at):
        yield Told.YES, Refusal(reason=MismatchReason.EXPIRED_POLICY, missing=policy.pins)
    for pin in policy.denied:
        holder = chain.holder(pin)
        yield (
            chain.holds(pin),
            Refusal(
                reason=MismatchReason.DENIED_KEY,
                denied=(pin, holder) if holder else None,
                missing=policy.pins,
            ),
        )
    for entries in (policy.pins, policy.also):
        if entries:
            met = max(chain.matches(entry.pin) for entry in entries)
            yield met.opposite, Refusal(reason=MismatchReason.NO_MATCH, missing=entries)


def _outcome(rulings: tuple[_Ruling, ...], policy: Policy, at: datetime) -> Outcome | None:
    """Return the outcome on all chains together, as the gate does; None where it cannot be told."""
    refused = sum(one.refusal is not None for one in rulings)
    if not refused:
        return None if any(one.untold for one in rulings) else Outcome.PASSES
    if not policy.enforced(at):
        return Outcome.REPORTS
    return Outcome.BREAKS if refused == len(rulings) else Outcome.SOME_PATHS
