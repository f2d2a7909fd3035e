"""The certificates above one that a log published, as far as they are known, and pins held to them.

A log's chain is no verified chain: nobody checked dates, names or constraints, and a precertificate
verifies nowhere. What links one certificate to the next here is a signature, or, of a
precertificate, the hash of its issuer's key that the log's tree holds (RFC 6962 section 3.2). So a
pin may match for certain, not at all, or `UNKNOWN`: what it is of may be a certificate that nobody
has seen yet, or stand above the end of the chain.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice

from keypin.certs import Certificate, Position, TrustStore
from keypin.certs.paths import Search
from keypin.certs.verify import MAX_PATHS
from keypin.pins import Of, Pin, PinPosition, PolicyPin
from keypin.rotation.release import Match

_NO_ANCHORS = TrustStore(())


class Told(IntEnum):
    """An answer, ordered so that the greatest of several answers `any`."""

    NO = 0
    UNKNOWN = 1
    YES = 2

    @property
    def opposite(self) -> "Told":
        """The answer to the opposite question."""
        return Told(2 - self)


@dataclass(frozen=True, slots=True)
class KnownChain:
    """Certificates each issued by the next, as far up as they are known.

    Attributes:
        certificates: that of the server first.
        rooted: whether the last is a root: an anchor, or signed by itself.
        precertificate: whether the first is a precertificate, so that the digest of the certificate
            that follows it is not known.
    """

    certificates: tuple[Certificate, ...]
    rooted: bool
    precertificate: bool

    def __post_init__(self) -> None:
        if not self.certificates:
            raise ValueError("a chain has at least one certificate")

    def positions(self, index: int) -> tuple[Position, ...]:
        """Return where a certificate may stand in the chain that clients verify."""
        if index == 0:
            return (Position.LEAF,)
        if index < len(self.certificates) - 1:
            return (Position.INTERMEDIATE,)
        return (Position.ROOT,) if self.rooted else (Position.INTERMEDIATE, Position.ROOT)

    def matches(self, pin: Pin) -> Told:
        """Say whether a pin matches anywhere in the chain, or above its end."""
        each = [self._matches_at(pin, index) for index in range(len(self.certificates))]
        return max(*each, Told.NO if pin.position is PinPosition.LEAF else self._above)

    def holds(self, pin: Pin) -> Told:
        """Say whether a pin's digest is of anything in the chain, wherever; for denied pins."""
        if any(pin.is_of(one) for one in self._fixed(pin)):
            return Told.YES
        unseen = self.precertificate and pin.of is Of.CERTIFICATE
        return Told.UNKNOWN if unseen else self._above

    def holder(self, pin: Pin) -> Certificate | None:
        """Return the certificate that a pin's digest is of."""
        return next((one for one in self._fixed(pin) if pin.is_of(one)), None)

    def found(self, entries: Iterable[PolicyPin]) -> tuple[Match, ...]:
        """Return each pin that matches for certain, from the leaf up."""
        pins = tuple(entries)
        return tuple(
            Match(entry, one, self.positions(index)[0])
            for index, one in enumerate(self.certificates)
            for entry in pins
            if self._matches_at(entry.pin, index) is Told.YES
        )

    @property
    def _above(self) -> Told:
        return Told.NO if self.rooted else Told.UNKNOWN

    def _fixed(self, pin: Pin) -> tuple[Certificate, ...]:
        """Return the certificates whose digest, as the pin takes it, is known."""
        unseen = self.precertificate and pin.of is Of.CERTIFICATE
        return self.certificates[1:] if unseen else self.certificates

    def _matches_at(self, pin: Pin, index: int) -> Told:
        certificate = self.certificates[index]
        if index == 0 and certificate not in self._fixed(pin):
            leaf = pin.position in {PinPosition.ANY, PinPosition.LEAF}
            return Told.UNKNOWN if leaf else Told.NO
        found = {pin.matches(certificate, position) for position in self.positions(index)}
        return Told.UNKNOWN if len(found) > 1 else Told.YES if True in found else Told.NO


def known_chains(
    certificate: Certificate,
    above: Iterable[Certificate],
    *,
    issuer_key_hash: bytes = b"",
    trust: TrustStore | None = None,
) -> tuple[KnownChain, ...]:
    """Return every chain from a certificate up: those to an anchor, else to a root, else all.

    Args:
        certificate: what was logged.
        above: what the log handed out with it, in any order.
        issuer_key_hash: of a precertificate: SHA-256 of its issuer's key.
        trust: where chains may end; without it, at certificates that are signed by themselves.
    """
    anchors = trust or _NO_ANCHORS
    pool = tuple(above)
    search = Search(pool, anchors)
    paths = islice(_paths(certificate, pool, issuer_key_hash, search), MAX_PATHS)
    found = tuple(
        KnownChain(path, _is_root(path[-1], anchors), bool(issuer_key_hash)) for path in paths
    )
    anchored = tuple(one for one in found if one.certificates[-1] in anchors)
    return anchored or tuple(one for one in found if one.rooted) or found


def _paths(
    certificate: Certificate, pool: tuple[Certificate, ...], key_hash: bytes, search: Search
) -> Iterator[tuple[Certificate, ...]]:
    """Yield the paths that end at an anchor, and those that go as far as the certificates do."""
    if not key_hash:
        yield from _ends(certificate, search)
        return
    known = dict.fromkeys((*search.trust.named(certificate.slices.issuer), *pool))
    issuers = [one for one in known if one.spki_sha256 == key_hash]
    for issuer in issuers:
        yield from ((certificate, *path) for path in _ends(issuer, search))
    if not issuers:
        yield (certificate,)


def _ends(certificate: Certificate, search: Search) -> Iterator[tuple[Certificate, ...]]:
    anchored = dict.fromkeys(search.anchored(certificate))
    yield from anchored
    yield from (path for path in search.complete(certificate) if path not in anchored)


def _is_root(certificate: Certificate, anchors: TrustStore) -> bool:
    return certificate in anchors or certificate.is_self_signed
