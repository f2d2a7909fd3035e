"""The shape of a diagnosis, and of the case that it is made of.

This module must not know any particular diagnosis; the table is in `keypin.diagnose.mismatch`.
"""

from dataclasses import dataclass

from keypin.certs.certificate import Certificate
from keypin.certs.trust import TrustStore
from keypin.certs.verified import VerifiedChain
from keypin.diagnose.view import is_public_root
from keypin.pins.ca_facts import KnownKey, known_keys
from keypin.pins.decide import MismatchError
from keypin.pins.pin import Pin


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What most probably stands behind a mismatch.

    Attributes:
        id: kebab case, stable for ever, as `key-rotated`.
        message: what it most probably is, a clause without a full stop.
        evidence: the facts that it rests on, one line each.
        next_step: what to do, an imperative clause.
        benign: True for what only the operator or the user can have caused, False for somebody in
            the middle, None where it cannot be told: whoever has a key of a trusted CA can make
            a rotation.
    """

    id: str
    message: str
    evidence: tuple[str, ...] = ()
    next_step: str
    benign: bool | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A mismatch with what is known around it.

    Attributes:
        error: the mismatch.
        presented: the certificates as the server sent them.
        public_roots: the roots of the public web, or None where they are not at hand.
        before: the chain that this host showed when it last matched, or None.
    """

    error: MismatchError
    presented: tuple[Certificate, ...]
    public_roots: TrustStore | None
    before: VerifiedChain | None

    @property
    def chain(self) -> VerifiedChain:
        """The verified chain."""
        return self.error.chain

    @property
    def public(self) -> bool:
        """Whether the chain ends in a root of the public web."""
        return is_public_root(self.chain.root, self.public_roots)

    @property
    def pinned_cas(self) -> tuple[KnownKey, ...]:
        """The publicly known CA keys among the pins."""
        return known_keys(entry.pin for entry in self.error.policy.pins)

    @property
    def operators(self) -> tuple[str, ...]:
        """Who issued the chain, as far as its CA keys are publicly known."""
        return operators_of(self.chain)


def operators_of(chain: VerifiedChain) -> tuple[str, ...]:
    """Return who holds the CA keys of a chain, as far as that is publicly known."""
    keys = known_keys(Pin.of_key(certificate) for certificate in chain)
    return tuple(dict.fromkeys(key.operator for key in keys))
