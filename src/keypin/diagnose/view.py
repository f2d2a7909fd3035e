"""The shape of a recogniser, and what it may look at.

A recogniser is a row of data, as a lint rule is: identifier, severity, cure, and a pure look at a
`View`. Hits of several handshakes that say the same become one finding, with the addresses as
evidence. This module must not know any particular recogniser.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from keypin.certs.certificate import Certificate
from keypin.certs.failure import Reason
from keypin.certs.observation import Handshake, Observation
from keypin.certs.trust import TrustStore
from keypin.findings import Finding, Severity
from keypin.pins.ca_facts import Level, known_key
from keypin.pins.pin import Pin
from keypin.pins.rules.rule import Hit
from keypin.pins.story import plain


@dataclass(frozen=True, slots=True)
class View:
    """One observation with what is needed to judge it.

    Attributes:
        observation: what the endpoint showed.
        public_roots: the roots of the public web, or None where they are not at hand.
        at: the time of the judgement, timezone-aware.
    """

    observation: Observation
    public_roots: TrustStore | None
    at: datetime

    @property
    def host(self) -> str:
        """The host that was asked for."""
        return self.observation.endpoint.host

    @property
    def handshakes(self) -> tuple[Handshake, ...]:
        """The handshakes that showed any certificate."""
        return tuple(shake for shake in self.observation.handshakes if shake.presented)

    def is_public(self, handshake: Handshake) -> bool:
        """Whether a handshake verified to a root of the public web."""
        return handshake.verified is not None and self.is_public_root(handshake.verified.root)

    def is_public_root(self, root: Certificate) -> bool:
        """Whether a trust anchor's key is a public root's, by the store or by the known keys."""
        return is_public_root(root, self.public_roots)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recogniser:
    """Something that can be recognised in an observation.

    Attributes:
        id: kebab case, stable for ever.
        severity: how bad it is.
        cure: what to do, one imperative sentence.
        look: the pure look.
    """

    id: str
    severity: Severity
    cure: str
    look: Callable[[View], Iterable[Hit]]

    def findings(self, view: View) -> Iterator[Finding]:
        """Yield the recogniser's findings, hits of the same message taken together."""
        for message, evidence in _grouped(self.look(view)).items():
            yield Finding(
                id=self.id,
                severity=self.severity,
                subject=str(view.observation.endpoint),
                message=message,
                cure=self.cure,
                evidence=evidence,
            )


def is_public_root(root: Certificate, public_roots: TrustStore | None) -> bool:
    """Tell whether a trust anchor's key is a public root's, by a store or by the known keys."""
    known = known_key(Pin.of_key(root))
    if known is not None and known.level is Level.ROOT:
        return True
    return public_roots is not None and root.spki in _keys_of(public_roots)


@cache
def _keys_of(store: TrustStore) -> frozenset[bytes]:
    """Return the keys of a store, made once: a fleet asks thousands of times."""
    return frozenset(certificate.spki for certificate in store.certificates)


def _grouped(hits: Iterable[Hit]) -> dict[str, tuple[str, ...]]:
    """Return the evidence by message, each line once, in order."""
    found: dict[str, dict[str, None]] = {}
    for hit in hits:
        found.setdefault(hit.message, {}).update(dict.fromkeys(hit.evidence))
    return {message: tuple(lines) for message, lines in found.items()}


def describe(certificate: Certificate) -> str:
    """Return a certificate as an evidence line: pin and subject."""
    return f"{Pin.of_key(certificate)}: {plain(certificate.subject or '(no subject)')}"


def where(handshake: Handshake) -> str:
    """Return a handshake's place as an evidence line: address, and key type if one was asked."""
    asked = "" if handshake.key_type == "default" else f" ({handshake.key_type})"
    return f"seen at {handshake.address}{asked}"


def failed(view: View, *reasons: Reason) -> tuple[Handshake, ...]:
    """Return the handshakes that did not verify for one of some reasons."""
    return tuple(
        shake
        for shake in view.handshakes
        if shake.problem is not None and shake.problem.reason in reasons
    )


def when(moment: datetime) -> str:
    """Return a time as evidence: to the minute, UTC as certificates are."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
