"""What is proved once a proof of inclusion is verified, and what beside the leaf belongs to it.

Of a precertificate the leaf holds neither the CA's signature nor its certificate (RFC 6962 section
3.2). Both may stand beside it, and count where they fit: the certificate is made of the same bytes
as the leaf, and the issuer's key, which the leaf names by its hash, made the signature.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from keypin.certs import Certificate
from keypin.certs.signature import is_signed_by
from keypin.ct.head import TreeHead
from keypin.ct.leaf import Leaf
from keypin.ct.precertificate import issuer_key_hash, signed_part
from keypin.errors import CertificateError

# RFC 6962 section 3.1: the purpose of a certificate that signs precertificates alone.
_PRECERTIFICATE_SIGNING = "1.3.6.1.4.1.11129.2.4.4"


class Beside(NamedTuple):
    """What stood beside a leaf, and belongs to it.

    Of the issuer's certificate only name and key are bound to the entry: nothing else of it counts.

    Attributes:
        certificate: the certificate or precertificate, to its last byte.
        issuer_spki: the key of its issuer, which signed it, or let another sign in its place.
    """

    certificate: Certificate | None = None
    issuer_spki: bytes = b""


@dataclass(frozen=True, slots=True)
class Proved:
    """An entry that a log holds; everything in it was verified.

    Attributes:
        log_id: SHA-256 of the log's key.
        index: which leaf it is, from 0.
        head: the tree head, signed by the log, of a tree that has the leaf.
        leaf: what the log holds.
        beside: what else is known of it.
        certificate: as the leaf says it; None where that cannot be read as a certificate.
        flaw: why it cannot; else empty.
    """

    log_id: bytes
    index: int
    head: TreeHead
    leaf: Leaf
    beside: Beside
    certificate: Certificate | None
    flaw: str = ""

    @property
    def size(self) -> int:
        """How many entries the tree has."""
        return self.head.size


def readable(leaf: Leaf) -> tuple[Certificate | None, str]:
    """Return the certificate in a leaf, or None and why there is none: logs hold anything."""
    try:
        return leaf.certificate(), ""
    except CertificateError as error:
        return None, str(error)


def belonging(leaf: Leaf, der: bytes, chain: Sequence[bytes]) -> Beside:
    """Return what of the bytes beside a leaf counts.

    Args:
        leaf: what the log holds.
        der: the certificate or precertificate; empty for none.
        chain: the issuer; before it who signed a precertificate in its place; empty for none.

    Raises:
        CertificateError: they do not belong to the leaf.
    """
    if not der:
        return Beside()
    certificate = Certificate.from_der(der)
    above = [Certificate.from_der(one) for one in chain]
    instead = above[0] if leaf.precertificate and len(above) > 1 else None
    made_of = signed_part(certificate, signer=instead) if leaf.precertificate else der
    if made_of != leaf.signed:
        raise CertificateError("it is another one", expected="the one that the leaf holds")
    for lower, upper in zip([certificate, *above], above, strict=False):
        _check_signature(lower, upper)
    if not above:
        # Nothing binds its signature and its list of SCTs: of a precertificate the leaf counts.
        return Beside() if leaf.precertificate else Beside(certificate)
    if leaf.precertificate:
        _check_issuer(leaf, above[-1], instead)
    return Beside(certificate, (above[-1] if instead else above[0]).spki)


def _check_signature(certificate: Certificate, above: Certificate) -> None:
    if not is_signed_by(certificate.x509, above.x509):
        raise CertificateError(
            f"{certificate.label} is not signed by {above.label}", expected="its issuer"
        )


def _check_issuer(leaf: Leaf, issuer: Certificate, instead: Certificate | None) -> None:
    if issuer_key_hash(issuer) != leaf.issuer_key_hash:
        raise CertificateError(
            f"{issuer.label} has another key than the leaf names", expected="the issuer"
        )
    if instead is not None and _PRECERTIFICATE_SIGNING not in instead.extended_key_usage:
        raise CertificateError(
            f"{instead.label} may not sign precertificates", expected="the issuer"
        )
