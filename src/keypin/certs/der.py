"""Where the key stands in a certificate: raw slices of DER, never re-encoded.

A pin is a digest of the SubjectPublicKeyInfo bytes exactly as they stand (RFC 7469 section 2.4).
Decoding the key and encoding it again loses compressed EC points, absent NULLs and RSA-PSS
parameters. The slicing is done by the ASN.1 parser of `cryptography`, the same that reads the
certificate for verification: with one parser there is no second reading to disagree with
(CVE-2026-87866 was such a disagreement in curl with wolfSSL). That parser takes strict DER alone,
so a BER length or trailing data is refused rather than guessed at.

Follows RFC 5280 section 4.1 and X.690 section 10. Knows nothing of what the fields mean.
"""

import re
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, TypeVar, cast

from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

_T = TypeVar("_T")

# A length below this stands in one octet (X.690 section 8.1.3.4).
_LONG_FORM = 0x80


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
class _Certificate:
    tbs: _TbsCertificate
    signature_algorithm: asn1.TLV
    signature: asn1.BitString


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
    algorithm: list[asn1.TLV]
    key: asn1.BitString


@dataclass(frozen=True, slots=True)
class Slices:
    """The raw parts of a certificate that are compared or hashed as bytes.

    Attributes:
        serial_number: the content of the INTEGER, without its header.
        signature_algorithm: the content of the AlgorithmIdentifier, the same.
        issuer: the whole Name, with its header, as the next two.
        subject: the whole Name.
        spki: the whole SubjectPublicKeyInfo.
    """

    serial_number: bytes
    signature_algorithm: bytes
    issuer: bytes
    subject: bytes
    spki: bytes


def slice_certificate(der: bytes) -> Slices:
    """Return the raw issuer, subject and SubjectPublicKeyInfo of a certificate.

    Raises:
        ValueError: `der` is not exactly one certificate in strict DER.
    """
    tbs = asn1.decode_der(_Certificate, der).tbs
    return Slices(
        bytes(tbs.serial_number.data),
        bytes(tbs.signature.data),
        _whole(tbs.issuer),
        _whole(tbs.subject),
        _whole(tbs.spki),
    )


def slice_request(der: bytes) -> bytes:
    """Return the raw SubjectPublicKeyInfo of a PKCS#10 request (RFC 2986 section 4).

    Raises:
        ValueError: `der` is not exactly one request in strict DER.
    """
    info = _parse(asn1.decode_der(_Request, der).info, _RequestInfo)
    _parse(info.spki, _Spki)
    return _whole(info.spki)


def first_inner_tag(der: bytes) -> int | None:
    """Return the tag of the first element in the outermost one, read leniently: a hint only.

    Certificates, requests and public keys begin with a sequence, PKCS#7 with an object identifier,
    PKCS#12 and private keys with an integer.
    """
    long = len(der) > 1 and der[1] > _LONG_FORM
    start = 2 + (der[1] - _LONG_FORM if long else 0)
    return der[start] if len(der) > start else None


def algorithm_of(spki: bytes) -> str:
    """Return the object identifier of the algorithm of a key, as dotted numbers.

    Raises:
        ValueError: `spki` is not exactly one SubjectPublicKeyInfo in strict DER.
    """
    algorithm = asn1.decode_der(_Spki, spki).algorithm
    return _parse(algorithm[0], ObjectIdentifier).dotted_string if algorithm else ""


def _parse(element: asn1.TLV, kind: type[_T]) -> _T:
    # The stub of cryptography leaves out what `parse` returns: an instance of what it is given.
    return cast("_T", element.parse(kind))  # pyright: ignore[reportUnknownMemberType]


def _whole(element: asn1.TLV) -> bytes:
    """Put back the header that the parser took off: in strict DER it has one form only."""
    data = bytes(element.data)
    length = len(data)
    if length < _LONG_FORM:
        header = bytes((length,))
    elif length <= 0xFF:  # noqa: PLR2004 - what one octet holds
        header = bytes((_LONG_FORM | 1, length))
    else:
        octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
        header = bytes((_LONG_FORM | len(octets),)) + octets
    return bytes(element.tag_bytes) + header + data


# What rust-asn1 calls the ways in which DER can be wrong (its ParseErrorKind), in plain words.
_FAULTS = {
    "InvalidValue": "a value that DER or RFC 5280 forbids",
    "InvalidTag": "a malformed tag",
    "InvalidLength": "a length that DER forbids, or that is longer than what follows",
    "ShortData": "its end missing",
    "ExtraData": "bytes after its end",
    "UnexpectedTag": "an element of another type than expected",
    "IntegerOverflow": "a number that is too large",
    "InvalidSetOrdering": "a set out of order",
    "EncodedDefault": "a default value written out, which DER forbids",
    "OidTooLong": "an object identifier that is too long",
    "UnknownDefinedBy": "an unknown type",
}
_FAULT = re.compile(r"ParseError \{ kind: (?P<kind>\w+)(?:.*?location: \[(?P<location>.*)\])?")
_FIELD = re.compile(r'"(?:[^"]*::)?(\w+)"')


def explain(error: Exception) -> str:
    """Return what a parser's error says in words a person reads: which field, and what of it."""
    found = _FAULT.search(str(error))
    if found is None:
        return str(error) or type(error).__name__
    fault = _FAULTS.get(found["kind"], found["kind"])
    fields = _FIELD.findall(found["location"] or "")
    return f"{'.'.join(fields) or 'it'} has {fault}"


# 1.2.840.10040 and 1.2.840.10045: DSA and ECDSA, whose parameters are absent (RFC 5758).
_WITHOUT_PARAMETERS = (b"\x2a\x86\x48\xce\x38", b"\x2a\x86\x48\xce\x3d")


def is_warned_of(slices: Slices) -> bool:
    """Tell whether the parser warns of a certificate when it reads it.

    It does of a serial number that is not positive and of a NULL where no parameters should be.
    Silencing takes longer than reading, and is not for threads; so it is done where it must be.
    """
    serial = slices.serial_number
    positive = serial[:1] < b"\x80" and any(serial)  # an empty one is refused by the parser
    algorithm = slices.signature_algorithm
    null = algorithm.endswith(b"\x05\x00") and any(oid in algorithm for oid in _WITHOUT_PARAMETERS)
    return null or not positive


@contextmanager
def quiet() -> Generator[None]:
    """Silence the parser's warnings: what they are about is a fact here, and judged elsewhere.

    A serial number of zero, as old roots bear, and a country of more than two letters are legible.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
