"""Where the key stands in a certificate: raw slices of DER, never re-encoded.

A pin is a digest of the SubjectPublicKeyInfo bytes exactly as they stand (RFC 7469 section 2.4).
Decoding the key and encoding it again loses compressed EC points, absent NULLs and RSA-PSS
parameters. The slicing is done by the ASN.1 parser of `cryptography`, the same that reads the
certificate for verification: with one parser there is no second reading to disagree with
(CVE-2026-87866 was such a disagreement in curl with wolfSSL). That parser takes strict DER alone,
so a BER length or trailing data is refused rather than guessed at.

Follows RFC 5280 section 4.1 and X.690 section 10. Knows nothing of what the fields mean.
"""

from dataclasses import dataclass
from typing import Annotated

from cryptography.hazmat import asn1

# A length below this stands in one octet (X.690 section 8.1.3.4).
_LONG_FORM = 0x80


@asn1.sequence
class _Certificate:
    tbs: asn1.TLV
    signature_algorithm: asn1.TLV
    signature: asn1.BitString


@asn1.sequence
class _TbsCertificate:
    version: Annotated[int | None, asn1.Explicit(0)]
    serial_number: asn1.TLV
    signature: asn1.TLV
    issuer: asn1.TLV
    validity: asn1.TLV
    subject: asn1.TLV
    spki: asn1.TLV
    issuer_unique_id: Annotated[asn1.BitString | None, asn1.Implicit(1)]
    subject_unique_id: Annotated[asn1.BitString | None, asn1.Implicit(2)]
    extensions: Annotated[list[asn1.TLV] | None, asn1.Explicit(3)]


@asn1.sequence
class _Request:
    info: asn1.TLV
    signature_algorithm: asn1.TLV
    signature: asn1.BitString


@asn1.sequence
class _RequestInfo:
    version: int
    subject: asn1.TLV
    spki: asn1.TLV
    attributes: Annotated[asn1.SetOf[asn1.TLV], asn1.Implicit(0)]


@asn1.sequence
class _Spki:
    algorithm: asn1.TLV
    key: asn1.BitString


@dataclass(frozen=True, slots=True)
class Slices:
    """The raw DER of the parts of a certificate that are compared or hashed as bytes."""

    issuer: bytes
    subject: bytes
    spki: bytes


def slice_certificate(der: bytes) -> Slices:
    """Return the raw issuer, subject and SubjectPublicKeyInfo of a certificate.

    Raises:
        ValueError: `der` is not exactly one certificate in strict DER.
    """
    tbs = asn1.decode_der(_Certificate, der).tbs.parse(_TbsCertificate)
    tbs.spki.parse(_Spki)
    return Slices(_whole(tbs.issuer), _whole(tbs.subject), _whole(tbs.spki))


def slice_request(der: bytes) -> bytes:
    """Return the raw SubjectPublicKeyInfo of a PKCS#10 request (RFC 2986 section 4).

    Raises:
        ValueError: `der` is not exactly one request in strict DER.
    """
    info = asn1.decode_der(_Request, der).info.parse(_RequestInfo)
    info.spki.parse(_Spki)
    return _whole(info.spki)


def check_spki(der: bytes) -> bytes:
    """Return `der` if it is exactly one SubjectPublicKeyInfo, of whatever algorithm.

    Raises:
        ValueError: it is not.
    """
    asn1.decode_der(_Spki, der)
    return der


def _whole(element: asn1.TLV) -> bytes:
    """Put back the header that the parser took off: in strict DER it has one form only."""
    length = len(element.data)
    if length < _LONG_FORM:
        header = bytes([length])
    else:
        octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
        header = bytes([_LONG_FORM | len(octets)]) + octets
    return bytes(element.tag_bytes) + header + bytes(element.data)
