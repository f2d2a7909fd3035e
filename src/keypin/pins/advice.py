"""Should you pin this, what, and with which backup: a reasoned answer, never a shrug.

The verdict is the first opinion of `keypin.pins.opinions` that applies. Here facts of the observed
chain fill in answers that were not given, and the verdict becomes pins, steps and cautions. Pure:
no network, no clock.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from keypin.certs.verified import VerifiedChain
from keypin.findings import Finding
from keypin.pins.ca_facts import Level, known_key, roots_of
from keypin.pins.opinions import Target, Verdict, opinion_on
from keypin.pins.pin import Pin
from keypin.pins.policy import Role
from keypin.pins.situation import (
    QUESTIONS,
    Authority,
    Exposure,
    Platform,
    Server,
    Situation,
    Updates,
)

__all__ = ["Advice", "Open", "Proposal", "Target", "Verdict", "advise"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pin that is proposed, in which role, and whose key it is."""

    pin: Pin
    role: Role
    why: str


@dataclass(frozen=True, slots=True)
class Open:
    """A question without an answer, and what each answer would change."""

    key: str
    question: str
    effects: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The answer.

    Attributes:
        verdict: whether to pin.
        target: what to pin, or None where the verdict is not to.
        proposals: concrete pins from the chain, with their roles; empty without a chain.
        steps: the way to a backup, one imperative sentence each.
        reasons: why, the deciding reason first.
        cautions: what to mind.
        open: the unanswered questions whose answer would change verdict or target.
    """

    verdict: Verdict
    target: Target | None
    proposals: tuple[Proposal, ...]
    steps: tuple[str, ...]
    reasons: tuple[str, ...]
    cautions: tuple[str, ...]
    open: tuple[Open, ...]

    @property
    def pins(self) -> tuple[Pin, ...]:
        """The proposed pins."""
        return tuple(proposal.pin for proposal in self.proposals)

    @property
    def backup(self) -> str:
        """The way to a backup in one paragraph; empty where the verdict is not to pin."""
        return " ".join(self.steps)


_NOT_THE_SERVER = {
    "intercepting-proxy": "An intercepting proxy answers here: what you see is not the server.",
    "captive-portal": "A captive portal answers here: what you see is not the server.",
    "clock-error": "This machine's clock seems wrong: no verdict made here can be relied on.",
    "self-signed": "The certificate is self-signed and nothing vouches for it: put the server "
    "under a CA of your own, or trust the certificate explicitly.",
    "name-mismatch": "The certificate is not for this host: first make the server right.",
    "certificate-expired": "The certificate has expired: first make the server right.",
    "verification-failed": "The chain does not verify: first find out whose it is.",
}

_OFFLINE_KEY = (
    (
        "Make a second key on a machine without a network: openssl genpkey -algorithm EC -pkeyopt "
        "ec_paramgen_curve:P-256 -out backup.key."
    ),
    "Compute its pin with keypin pin backup.key, and put it under backup_pins.",
    "Keep the key offline in two places, and try once a year that it can be read.",
    "At a rotation deploy the backup key, make a new one, and ship its pin before the next.",
)

_SECOND_ROOT = (
    "Make a second root key for your CA, and keep it offline, apart from the first.",
    "Pin it under backup_pins from the first release on; issue under it only in an emergency.",
)

_SECOND_CA = (
    "Choose a second CA that you could move to within a day, and allow it in your CAA records.",
    "Put the pins of its roots under backup_pins, and try an issuance there once a year.",
)

_ALTERNATIVE = {"Google Trust Services": "Let's Encrypt"}
"""The CA proposed beside each: both issue by ACME without a contract."""


def advise(
    situation: Situation,
    chain: VerifiedChain | None = None,
    findings: Iterable[Finding] = (),
    *,
    also: Iterable[VerifiedChain] = (),
) -> Advice:
    """Answer whether to pin, what, and with which backup.

    Args:
        situation: the answers; None where one is not known.
        chain: the verified chain of the host, to propose pins from.
        findings: what `keypin.diagnose` recognised at the host.
        also: the host's other verified chains, of another key type or address: pins must cover
            them too.

    Returns:
        The advice. For each unknown answer that matters it says what the answer would change.
    """
    found = {finding.id: finding for finding in findings}
    known = _filled(situation, chain, found)
    blocked = [reason for key, reason in _NOT_THE_SERVER.items() if key in found]
    opinion = opinion_on(known)
    verdict = Verdict.DO_NOT if blocked else opinion.verdict
    target = None if blocked else opinion.target
    return Advice(
        verdict=verdict,
        target=target,
        proposals=tuple(_proposals(target, [c for c in (chain, *also) if c is not None])),
        steps=_steps(target, known),
        reasons=(*blocked, opinion.reason),
        cautions=tuple(_cautions(known, target, found)),
        open=() if blocked else tuple(_open(known)),
    )


def _filled(
    situation: Situation, chain: VerifiedChain | None, found: dict[str, Finding]
) -> Situation:
    """Fill in the answers that the observed facts give."""
    if situation.server is None and ("hosting-service" in found or "shared-certificate" in found):
        situation = replace(situation, server=Server.PROVIDER)
    if situation.authority is None and "private-root" in found:
        situation = replace(situation, authority=Authority.PRIVATE)
    if situation.authority is None and chain is not None:
        key = known_key(Pin.of_key(chain.root))
        if key is not None and key.level is Level.ROOT:
            situation = replace(situation, authority=Authority.PUBLIC)
    return situation


def _proposals(target: Target | None, chains: Iterable[VerifiedChain]) -> Iterator[Proposal]:
    """Yield concrete pins for a target, each key once."""
    if target is Target.LEAF:
        found = [Proposal(Pin.of_key(c.leaf), Role.ACTIVE, "the server's key") for c in chains]
    elif target is Target.ROOT:
        found = [proposal for chain in chains for proposal in _root_proposals(chain)]
    else:
        found = []
    first = {proposal.pin: proposal for proposal in reversed(found)}
    return (proposal for proposal in found if first[proposal.pin] is proposal)


def _root_proposals(chain: VerifiedChain) -> Iterator[Proposal]:
    """Yield the root of a chain, its operator's other roots, and those of a second CA."""
    pin = Pin.of_key(chain.root)
    yield Proposal(pin, Role.ACTIVE, f"the root of the chain: {chain.root.subject}")
    key = known_key(pin)
    if key is None:
        return
    other = _ALTERNATIVE.get(key.operator, "Google Trust Services")
    for role, operator in ((Role.ACTIVE, key.operator), (Role.BACKUP, other)):
        for root in roots_of(operator):
            if root != key:
                yield Proposal(Pin.parse(root.pin), role, f"{root.name}, {operator}")


def _steps(target: Target | None, situation: Situation) -> tuple[str, ...]:
    if target is None:
        return ()
    if target is Target.LEAF:
        return _OFFLINE_KEY
    return _SECOND_ROOT if situation.authority is Authority.PRIVATE else _SECOND_CA


def _cautions(
    situation: Situation, target: Target | None, found: dict[str, Finding]
) -> Iterator[str]:
    if situation.exposure is Exposure.INTERNAL and situation.authority is not Authority.PRIVATE:
        yield (
            "An internal host needs no public CA, whose logs publish its name: a CA of your own "
            "gives you a root to pin."
        )
    if target is None:
        return
    yield "Roll out in report mode first, and enforce when the reports are quiet."
    if "private-root" in found:
        yield "The root is not a public one: make sure that it is your CA's before you pin it."
    if "key-types-differ" in found:
        yield "The server has an ECDSA and an RSA certificate: pin the keys of both."
    if "addresses-differ" in found:
        yield (
            "The addresses show different keys: pin those alone that you deployed, and find out "
            "whose the others are."
        )
    if target is Target.LEAF and situation.updates is not Updates.DAYS:
        yield "Ship the pin of the next key well before it is deployed: updates take a while."
    if situation.platform in {Platform.MOBILE, Platform.DEVICE}:
        yield "Set an expiry: installations that are never updated would be cut off for good."
        yield "A rooted device can switch pinning off: it is one layer, not the only one."


def _open(situation: Situation) -> Iterator[Open]:
    """Yield the unknown answers that matter, by trying each choice in turn."""
    now = opinion_on(situation)
    for question in QUESTIONS:
        if getattr(situation, question.key) is not None:
            continue
        effects: list[str] = []
        for value, meaning in question.choices:
            change: dict[str, Any] = {question.key: value}
            then = opinion_on(replace(situation, **change))
            if (then.verdict, then.target) != (now.verdict, now.target):
                what = f"{then.verdict}, {then.target}" if then.target else str(then.verdict)
                effects.append(f"{value} ({meaning}): {what}")
        if effects:
            yield Open(question.key, question.text, tuple(effects))
