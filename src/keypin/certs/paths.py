"""Candidate paths: every way from a leaf to an anchor that names and signatures allow.

Enumerates, and decides nothing: each candidate is judged by the verifier. Enumerating them here,
rather than asking the verifier for its one path, serves two ends. Pins may match on any path that
verifies, and with cross-signed roots there are several. And a server may send a hundred
certificates of one name and key, on which a search that tries all orders never ends: here no
name and key stands twice in a path (RFC 4158 section 2.4.2), and the work is counted.
"""

from collections.abc import Iterable, Iterator

from keypin.certs.certificate import Certificate
from keypin.certs.signature import is_signed_by
from keypin.certs.trust import TrustStore

Path = tuple[Certificate, ...]

# Intermediates between leaf and anchor: the default of cryptography's verifier; the longest chain
# in public use has four.
MAX_INTERMEDIATES = 8

# Go's verifier stops at 100 (crypto/x509, maxChainSignatureChecks); honest chains need below 20.
MAX_SIGNATURE_CHECKS = 100

# Certificates looked at. Signatures alone do not bound the paths: three cross-signs of each of
# eight CAs need 72 checks and make 6,561 paths.
MAX_STEPS = 1000


class Search:
    """One search for paths, which counts its work and remembers the signatures it checked.

    Args:
        pool: the certificates that may stand in a path, in order of preference.
        trust: where a path may end.
        max_intermediates: how many certificates may stand between leaf and anchor.
        check_all: whether to check the signature of an issuer without rival too. Half the time of
            a verification is saved where the verifier checks it anyway.
    """

    def __init__(
        self,
        pool: Iterable[Certificate],
        trust: TrustStore,
        max_intermediates: int = MAX_INTERMEDIATES,
        *,
        check_all: bool = True,
    ) -> None:
        self.trust = trust
        self.max_intermediates = max_intermediates
        self._check_all = check_all
        self._signed: dict[tuple[Certificate, Certificate], bool] = {}
        self._steps = 0
        self._by_subject: dict[bytes, list[Certificate]] = {}
        for found in dict.fromkeys(pool):
            self._by_subject.setdefault(found.slices.subject, []).append(found)

    @property
    def exhausted(self) -> bool:
        """Whether the search has done as much work as it may."""
        return len(self._signed) >= MAX_SIGNATURE_CHECKS or self._steps >= MAX_STEPS

    def anchored(self, leaf: Certificate) -> Iterator[Path]:
        """Yield the paths from `leaf` to an anchor, those by the preferred certificates first."""
        return (path for path in self._walk((leaf,)) if path[-1] in self.trust)

    def complete(self, leaf: Certificate) -> Iterator[Path]:
        """Yield the paths from `leaf` that go as far as the certificates do, anchored or not."""
        return (path for path in self._walk((leaf,)) if not any(self._issuers(path)))

    def named(self, subject: bytes) -> tuple[Certificate, ...]:
        """Return the known certificates of that subject, given as raw DER; anchors come first."""
        return tuple(
            dict.fromkeys((*self.trust.named(subject), *self._by_subject.get(subject, ())))
        )

    def _walk(self, path: Path) -> Iterator[Path]:
        yield path
        for issuer in self._issuers(path):
            yield from self._walk((*path, issuer))

    def _issuers(self, path: Path) -> Iterator[Certificate]:
        """Yield the certificates that may follow `path` and whose key really signed its end."""
        if len(path) > self.max_intermediates + 1:
            return
        named = self.named(path[-1].slices.issuer)
        rivals = [issuer for issuer in named if not _stands_in(issuer, path)]
        if len(rivals) == 1 and not self._check_all:
            yield rivals[0]
            return
        for issuer in rivals:
            if self._is_signed(path[-1], issuer):
                yield issuer

    def _is_signed(self, certificate: Certificate, issuer: Certificate) -> bool:
        self._steps += 1
        pair = (certificate, issuer)
        if pair not in self._signed and not self.exhausted:
            self._signed[pair] = is_signed_by(certificate.x509, issuer.x509)
        return self._steps < MAX_STEPS and self._signed.get(pair, False)


def _stands_in(certificate: Certificate, path: Path) -> bool:
    return any(
        certificate.spki == other.spki and certificate.slices.subject == other.slices.subject
        for other in path
    )
