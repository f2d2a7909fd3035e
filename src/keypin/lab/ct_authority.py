"""How the laboratory's authority logs what it issues: precertificates, and SCTs in certificates.

RFC 6962 sections 3.1 (the poison, and CAs that sign precertificates alone) and 3.3 (the list of
SCTs). A precertificate and its certificate are one request, issued twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier

from keypin.lab.authority import Issued, Key, Request, issue

_SCT_LIST = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_PRECERTIFICATE_SIGNING = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.4")
_POISON: tuple[x509.ExtensionType, bool] = (x509.PrecertPoison(), True)


@dataclass(frozen=True, slots=True)
class Precertificate:
    """A precertificate, and what its certificate will say.

    Attributes:
        request: what was asked for.
        issued: the precertificate itself, poison and all.
        now: the time that its days count from.
    """

    request: Request
    issued: Issued
    now: datetime

    def finish(self, scts: Sequence[bytes]) -> Issued:
        """Issue the certificate, with SCTs in it (none at all leaves the list out)."""
        further = self.request.further
        if scts:
            further = (*further, (_sct_list(scts), False))
        return issue(replace(self.request, further=further), self.now)


def precertify(request: Request, now: datetime, *, signer: Issued | None = None) -> Precertificate:
    """Issue the precertificate of a request.

    Args:
        request: what the certificate is to say; its issuer is the one of the certificate.
        now: the time that its days count from, timezone-aware.
        signer: a CA made by `precertificate_signer`, which signs it in the issuer's place.
    """
    fixed = replace(request, serial=request.serial or x509.random_serial_number())
    poisoned = replace(fixed, further=(*fixed.further, _POISON), issuer=signer or fixed.issuer)
    return Precertificate(fixed, issue(poisoned, now), now)


def precertificate_signer(issuer: Issued, key: Key, now: datetime) -> Issued:
    """Issue a CA that may sign the precertificates of another, and nothing else."""
    usage = x509.ExtendedKeyUsage([_PRECERTIFICATE_SIGNING])
    request = Request(
        name="keypin lab precertificate signing",
        key=key,
        issuer=issuer,
        ca=True,
        path_length=0,
        further=((usage, False),),
    )
    return issue(request, now)


def _sct_list(scts: Sequence[bytes]) -> x509.UnrecognizedExtension:
    listed = b"".join(len(one).to_bytes(2, "big") + one for one in scts)
    whole = len(listed).to_bytes(2, "big") + listed
    return x509.UnrecognizedExtension(_SCT_LIST, _octets(whole))


def _octets(data: bytes) -> bytes:
    """Return an OCTET STRING in DER (X.690 section 8.7)."""
    size = len(data)
    if size < 0x80:  # noqa: PLR2004 - the short form of a length
        return bytes((0x04, size)) + data
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((0x04, 0x80 | len(octets))) + octets + data
