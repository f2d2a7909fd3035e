"""The certificates that are trusted without proof, and where their names lead to them.

Where the anchors come from (platform, file, certifi) is the prober's matter.
"""

from collections.abc import Iterable
from enum import StrEnum

from cryptography.x509.verification import Store

from keypin.certs.certificate import Certificate


class Profile(StrEnum):
    """Which rules the CAs of a store are held to."""

    WEB_PKI = "web-pki"
    """RFC 5280 and the CA/Browser Forum's Baseline Requirements: the CAs of public trust stores."""

    RFC5280 = "rfc5280"
    """RFC 5280: an organisation's own CAs, which promised the Forum nothing."""


class TrustStore:
    """A fixed set of trust anchors.

    Args:
        certificates: the anchors; a certificate given twice counts once.
        name: what to call the store in an error's text, as `the platform's trust store`.
        profile: which rules its CAs are held to; the strictest unless told otherwise.
    """

    __slots__ = ("_by_subject", "_stores", "certificates", "name", "profile")

    def __init__(
        self,
        certificates: Iterable[Certificate],
        name: str = "the trust store",
        *,
        profile: Profile = Profile.WEB_PKI,
    ) -> None:
        self.certificates = tuple(dict.fromkeys(certificates))
        self.name = name
        self.profile = profile
        self._by_subject: dict[bytes, list[Certificate]] = {}
        self._stores: dict[Certificate, Store] = {}
        for anchor in self.certificates:
            self._by_subject.setdefault(anchor.slices.subject, []).append(anchor)

    def __contains__(self, certificate: Certificate) -> bool:
        return certificate in self._by_subject.get(certificate.slices.subject, ())

    def __len__(self) -> int:
        return len(self.certificates)

    def __repr__(self) -> str:
        return f"<TrustStore {self.name!r} of {len(self)} certificates>"

    def contains(self, certificate: Certificate) -> bool:
        """Return whether `certificate`, byte for byte, is an anchor."""
        return certificate in self

    def named(self, subject: bytes) -> tuple[Certificate, ...]:
        """Return the anchors whose subject is `subject`, as raw DER."""
        return tuple(self._by_subject.get(subject, ()))

    def store_of(self, anchor: Certificate) -> Store:
        """Return the verifier's store that holds `anchor` alone, made once and kept."""
        if anchor not in self._stores:
            self._stores[anchor] = Store([anchor.x509])
        return self._stores[anchor]
