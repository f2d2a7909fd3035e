"""What a log looks at in a chain before it promises to publish it (RFC 6962, 3.1 and 3.2)."""

from collections.abc import Sequence
from itertools import pairwise

from cryptography import x509

from keypin.certs import Certificate
from keypin.certs.signature import is_signed_by
from keypin.ct.precertificate import is_precertificate, issuer_key_hash, signed_part
from keypin.errors import InputError

_PRECERTIFICATE_SIGNING = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.4")


def check_chain(chain: Sequence[Certificate], roots: Sequence[bytes]) -> None:
    """Refuse a chain in which one did not sign the one before it, or that ends in no root.

    Args:
        chain: the certificate, and what is above it.
        roots: what it may end in, as DER; none for anything.

    Raises:
        InputError: it is such a chain.
    """
    if not chain:
        raise InputError("an empty chain", expected="a certificate with those above it")
    for below, above in pairwise(chain):
        if not is_signed_by(below.x509, above.x509):
            raise InputError(f"{above.label} did not sign {below.label}", expected="a chain")
    last = chain[-1]
    if roots and not any(_ends_in(last, Certificate.from_der(root)) for root in roots):
        raise InputError(f"{last.label} leads to no root of this log", expected="a known root")


def _ends_in(last: Certificate, root: Certificate) -> bool:
    return last == root or is_signed_by(last.x509, root.x509)


def precertificate_parts(chain: Sequence[Certificate]) -> tuple[bytes | None, bytes | None]:
    """Return the issuer's key hash and the TBSCertificate that a log signs of a precertificate.

    Of a certificate both are None.

    Raises:
        InputError: the chain does not say who issues the certificate.
    """
    if not is_precertificate(chain[0]):
        return None, None
    above = list(chain[1:])
    signer = above.pop(0) if above and _signs_precertificates(above[0]) else None
    if not above:
        raise InputError("a precertificate without its issuer", expected="the issuer behind it")
    return issuer_key_hash(above[0]), signed_part(chain[0], signer=signer)


def _signs_precertificates(certificate: Certificate) -> bool:
    try:
        usage = certificate.x509.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        return False
    return _PRECERTIFICATE_SIGNING in usage.value
