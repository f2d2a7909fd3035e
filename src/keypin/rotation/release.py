"""Releases: what is in the field, and how a chain that is verified meets the pins of one.

A release keeps the pins that were shipped in it until its last user has updated, so a certificate
is judged against every release that is still used, not against the pin set of today.
"""

from dataclasses import dataclass
from datetime import datetime

from keypin.certs import Certificate, Position, VerifiedChain
from keypin.pins import Matched, MismatchError, PinSet, Policy, PolicyPin, decide


@dataclass(frozen=True, slots=True)
class Release:
    """An app version in the field, with the pin set that was shipped in it.

    Attributes:
        name: what its users call it, as `3.2`.
        pin_set: the pins in it.
    """

    name: str
    pin_set: PinSet


@dataclass(frozen=True, slots=True)
class Match:
    """A pin, the certificate it matches, and where that stands in the verified chain."""

    pin: PolicyPin
    certificate: Certificate
    position: Position


@dataclass(frozen=True, slots=True)
class Path:
    """One chain that clients may build, and what a policy says of it.

    Attributes:
        chain: the verified chain.
        matches: every pin that matches, from the leaf up; empty where the policy refuses.
        mismatch: why the policy does not accept the chain, or None where it does.
    """

    chain: VerifiedChain
    matches: tuple[Match, ...]
    mismatch: MismatchError | None


def walk(release: Release, host: str, chain: VerifiedChain, at: datetime) -> Path | None:
    """Ask `decide` about one chain; None where the release does not pin the host."""
    try:
        verdict = decide(release.pin_set, host, chain, at)
    except MismatchError as mismatch:
        return Path(chain, (), mismatch)
    return (
        Path(chain, matches(verdict.policy, chain), None) if isinstance(verdict, Matched) else None
    )


def matches(policy: Policy, chain: VerifiedChain) -> tuple[Match, ...]:
    """Return every pin of a policy that matches: `decide` stops at the first."""
    return tuple(
        Match(entry, certificate, chain.position(index))
        for index, certificate in enumerate(chain)
        for entry in policy.pins
        if entry.pin.matches(certificate, chain.position(index))
    )
