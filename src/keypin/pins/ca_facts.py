"""What is publicly known of the CAs whose keys people pin: which key is whose, and what it does.

A pin is a digest and says nothing of the key behind it. These facts give a name back to the
digests of well-known CA keys, so that a pin set can be judged without a network: is it a root or
an intermediate, whose, until when, which other keys may stand in its place. The rows are in
`keypin.pins.ca_keys`; this module gives them their shape and answers questions about them. It
must not know rules, policies or the time.

Absence proves nothing: a key that is not listed may still be a CA's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from keypin.certs.certificate import Certificate
from keypin.pins.ca_keys import CROSS_SIGNS, INTERMEDIATES, REMOVED, ROOTS, ROTATIONS


class Level(StrEnum):
    """Where a CA key normally stands in a chain."""

    ROOT = "root"
    INTERMEDIATE = "intermediate"


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A CA key that is publicly known.

    Attributes:
        pin: its SPKI pin as `sha256/BASE64`.
        name: the common name of its certificate.
        operator: who holds the key today, which need not be who is named in the certificate.
        level: root or intermediate.
        not_after: the last day of its longest-lived certificate.
        removed: whether Mozilla's root programme has dropped it (roots only).
    """

    pin: str
    name: str
    operator: str
    level: Level
    not_after: date
    removed: bool = False


@dataclass(frozen=True, slots=True)
class CrossSign:
    """A CA key that is certified a second time, under another CA key.

    Attributes:
        subject: the key that has two certificates.
        by: the key that signed the additional one.
        until: the last day of the additional certificate.
    """

    subject: KnownKey
    by: KnownKey
    until: date


@dataclass(frozen=True, slots=True)
class Rotation:
    """How an operator changes its intermediates.

    Attributes:
        operator: who.
        issuers: fragments of issuer names (RFC 4514) by which its intermediates are recognised.
        practice: what it does, one sentence.
        source: where that is said.
        new_key: whether its usual clients make a new key at each renewal.
    """

    operator: str
    issuers: tuple[str, ...]
    practice: str
    source: str
    new_key: bool


def _keys() -> dict[str, KnownKey]:
    roots = [
        KnownKey(pin, name, operator, Level.ROOT, date.fromisoformat(end), name in REMOVED)
        for pin, name, operator, end in ROOTS
    ]
    below = [
        KnownKey(pin, name, operator, Level.INTERMEDIATE, date.fromisoformat(end))
        for pin, name, operator, end in INTERMEDIATES
    ]
    return {key.pin: key for key in (*roots, *below)}


KEYS: dict[str, KnownKey] = _keys()
"""Every known CA key by its pin in the form `sha256/BASE64`."""

BY_NAME: dict[str, KnownKey] = {key.name: key for key in KEYS.values()}

CROSS: tuple[CrossSign, ...] = tuple(
    CrossSign(BY_NAME[subject], BY_NAME[by], date.fromisoformat(until))
    for subject, by, until in CROSS_SIGNS
)

ROTATING: tuple[Rotation, ...] = tuple(Rotation(*row) for row in ROTATIONS)


def known_key(pin: object) -> KnownKey | None:
    """Return the CA key behind an SPKI pin, or None.

    Args:
        pin: anything whose text is the pin as `sha256/BASE64`.
    """
    return KEYS.get(str(pin))


def known_keys(pins: Iterable[object]) -> tuple[KnownKey, ...]:
    """Return the CA keys behind those of the pins that are known, in the order given."""
    return tuple(key for key in map(known_key, pins) if key is not None)


def roots_of(operator: str) -> tuple[KnownKey, ...]:
    """Return the roots that an operator issues TLS certificates under, without the dropped ones."""
    return tuple(
        key
        for key in KEYS.values()
        if key.operator == operator and key.level is Level.ROOT and not key.removed
    )


def rotation_of(operator: str) -> Rotation | None:
    """Return how an operator rotates its intermediates, or None where nothing is recorded."""
    return next((row for row in ROTATING if row.operator == operator), None)


def rotation_by_name(certificate: Certificate) -> Rotation | None:
    """Return how the operator of a CA certificate rotates, recognised by the subject's name."""
    name = certificate.subject
    return next((row for row in ROTATING if any(part in name for part in row.issuers)), None)
