"""The shape of a lint rule, and what a rule may look at.

A rule is a row of data: identifier, severity, the reason in one sentence, the cure in one
imperative sentence, and a pure check. The check gets a `Case` and yields `Hit`s; `Rule.findings`
puts both together. This module must not know any particular rule.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from keypin.certs.certificate import Certificate
from keypin.certs.verified import Position, VerifiedChain
from keypin.errors import Place
from keypin.findings import Finding, Severity
from keypin.pins.pin import Pin
from keypin.pins.pin_set import PinSet
from keypin.pins.policy import Policy, PolicyPin, Role


@dataclass(frozen=True, slots=True)
class Seen:
    """A certificate of an observed verified chain, and where it stands there."""

    certificate: Certificate
    position: Position

    def __str__(self) -> str:
        name = self.certificate.subject or "(no subject)"
        return f"{Pin.of_key(self.certificate)}: {name} ({self.position})"


@dataclass(frozen=True, slots=True)
class Case:
    """One policy, the set it stands in, and what was observed of the hosts it decides.

    Attributes:
        policy: the policy that is judged.
        pin_set: the whole set.
        at: the time of the judgement, timezone-aware.
        chains: the verified chains observed at hosts that this policy decides, by host.
        hosts: every host that was observed, whichever policy decides it.
    """

    policy: Policy
    pin_set: PinSet
    at: datetime
    chains: tuple[tuple[str, VerifiedChain], ...]
    hosts: tuple[str, ...]

    @property
    def subject(self) -> str:
        """The host pattern as the user wrote it."""
        return str(self.policy.host)

    @property
    def base(self) -> str:
        """The host pattern's name without its wildcard."""
        return self.policy.host.name

    def pins(self, *roles: Role) -> tuple[PolicyPin, ...]:
        """Return the accepted pins of some roles, or of all where none is named."""
        return tuple(entry for entry in self.policy.pins if not roles or entry.role in roles)

    def seen(self) -> Iterator[Seen]:
        """Yield every observed certificate with its position, once each."""
        found = {
            (certificate, chain.position(index)): None
            for _, chain in self.chains
            for index, certificate in enumerate(chain.certificates)
        }
        return (Seen(certificate, position) for certificate, position in found)

    def matches(self, pin: Pin) -> tuple[Seen, ...]:
        """Return the observed certificates that a pin matches at an allowed position."""
        return tuple(seen for seen in self.seen() if pin.matches(seen.certificate, seen.position))


@dataclass(frozen=True, slots=True)
class Hit:
    """What a check found: one sentence, the facts under it, and where in the input."""

    message: str
    evidence: tuple[str, ...] = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A lint rule.

    Attributes:
        id: kebab case, stable for ever.
        severity: how bad a hit is.
        reason: why it matters, one sentence.
        cure: what to do, one imperative sentence.
        check: the pure check.
    """

    id: str
    severity: Severity
    reason: str
    cure: str
    check: Callable[[Case], Iterable[Hit]]

    def findings(self, case: Case) -> Iterator[Finding]:
        """Yield the rule's findings on a case; a hit without a place is at the policy's."""
        for hit in self.check(case):
            yield Finding(
                id=self.id,
                severity=self.severity,
                subject=case.subject,
                message=hit.message,
                cure=self.cure,
                evidence=hit.evidence,
                place=hit.place or case.policy.place,
            )


def spelled(pins: Iterable[PolicyPin]) -> tuple[str, ...]:
    """Return pins as evidence: the pin, and the user's comment where there is one."""
    return tuple(
        f"{entry.pin}: {entry.comment}" if entry.comment else str(entry.pin) for entry in pins
    )


def lines(seen: Iterable[Seen]) -> tuple[str, ...]:
    """Return observed certificates as evidence: pin, subject and position of each."""
    return tuple(map(str, seen))
