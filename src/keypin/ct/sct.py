"""Signed Certificate Timestamps: a log's promise to publish a certificate, and its signature.

RFC 6962 section 3. A promise is signed over the certificate, or over what the log saw of its
precertificate (`keypin.ct.precertificate`); the same bytes are the leaf of the log's tree, so that
inclusion is proved with them too. RFC 9162 has other structures and is served by no log.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from struct import Struct
from typing import Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.asn1 import TLV, decode_der
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from keypin.certs import Certificate
from keypin.ct.precertificate import SCT_LIST, extension_value, issuer_key_hash, signed_part
from keypin.errors import CertificateError, InputError, KeypinError

# A list is at most 65,535 bytes long (RFC 6962 section 3.3), its length aside.
MAX_LIST = 0xFFFF + 2

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HEAD = Struct(">B32sQH")  # version, log, timestamp, length of the extensions
_SIGNATURE = Struct(">BBH")  # hash, signature algorithm, length
_X509_ENTRY, _PRECERT_ENTRY = 0, 1
_SHA256 = 4
_RSA, _ECDSA = 1, 3  # RFC 5246 section 7.4.1.4.1


class SctError(KeypinError):
    """A log's signature does not hold, or is not the log's."""


class SctFormatError(InputError):
    """Bytes that are not the SCT, or the list of them, that they should be."""


@dataclass(frozen=True, slots=True)
class Sct:
    """One promise of one log.

    Attributes:
        log_id: SHA-256 of the log's key, which names the log.
        timestamp_ms: when the log promised, in milliseconds since 1970.
        extensions: what the log adds: of a static log, the leaf's index.
        hash_algorithm: of the signature; 4, SHA-256, is the only one allowed.
        signature_algorithm: of the signature: 3 is ECDSA, 1 is RSA.
        signature: the log's.
        version: 0, which is version 1.
    """

    log_id: bytes
    timestamp_ms: int
    extensions: bytes
    hash_algorithm: int
    signature_algorithm: int
    signature: bytes
    version: int = 0

    @property
    def timestamp(self) -> datetime:
        """The moment of the promise; an impossible one is as late as can be."""
        try:
            return _EPOCH + timedelta(milliseconds=self.timestamp_ms)
        except OverflowError:
            return datetime.max.replace(tzinfo=UTC)

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read one SCT, which is all of `data`.

        Raises:
            SctFormatError: it is not.
        """
        if len(data) < _HEAD.size:
            raise SctFormatError(f"an SCT of {len(data)} bytes", expected="its fixed part of 43")
        version, log_id, timestamp, length = _HEAD.unpack_from(data)
        at = _HEAD.size + length
        if len(data) < at + _SIGNATURE.size:
            raise SctFormatError("an SCT that ends within its extensions", expected="a signature")
        hashed, signed, size = _SIGNATURE.unpack_from(data, at)
        signature = data[at + _SIGNATURE.size :]
        if len(signature) != size:
            raise SctFormatError(
                f"a signature of {len(signature)} bytes", expected=f"the {size} that it announces"
            )
        return cls(log_id, timestamp, data[_HEAD.size : at], hashed, signed, signature, version)


def parse_list(data: bytes) -> tuple[Sct, ...]:
    """Read a list of SCTs, as in a TLS extension, an OCSP response or a certificate.

    Raises:
        SctFormatError: it is no such list.
    """
    if len(data) > MAX_LIST:
        raise SctFormatError(f"a list of {len(data)} bytes", expected=f"{MAX_LIST} at most")
    if len(data) < 2 or int.from_bytes(data[:2], "big") != len(data) - 2:  # noqa: PLR2004 - a length
        raise SctFormatError("a list whose length is not what it says", expected="a list of SCTs")
    return tuple(Sct.parse(one) for one in _opaques(data[2:]))


def _opaques(data: bytes) -> Iterator[bytes]:
    """Yield byte strings that each stand behind their length."""
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 2], "big")
        if at + 2 + size > len(data) or size == 0:
            raise SctFormatError("an SCT that is longer than its list", expected="a list of SCTs")
        yield data[at + 2 : at + 2 + size]
        at += 2 + size


def embedded(certificate: Certificate) -> tuple[Sct, ...]:
    """Return the SCTs in a certificate, none where it has none.

    Raises:
        SctFormatError: its list cannot be read.
    """
    value = extension_value(certificate, SCT_LIST)
    if value is None:
        return ()
    try:
        return parse_list(bytes(decode_der(TLV, value).data))
    except ValueError as error:
        raise SctFormatError("an extension without a list", expected="an OCTET STRING") from error


@dataclass(frozen=True, slots=True)
class Entry:
    """What a log signs and keeps of a certificate; build it with one of the two methods."""

    kind: int
    data: bytes

    @classmethod
    def of_certificate(cls, certificate: Certificate) -> Self:
        """Return the entry of a certificate as it is, for SCTs that are not embedded."""
        return cls(_X509_ENTRY, _opaque24(certificate.der))

    @classmethod
    def of_precertificate(
        cls, certificate: Certificate, issuer: Certificate, *, signer: Certificate | None = None
    ) -> Self:
        """Return the entry of a precertificate, or of the certificate that came of it.

        Args:
            certificate: the precertificate, or the certificate with its SCTs.
            issuer: who issues the final certificate.
            signer: the dedicated certificate that signed the precertificate, if one did.

        Raises:
            CertificateError: it is neither.
        """
        part = signed_part(certificate, signer=signer)
        return cls(_PRECERT_ENTRY, issuer_key_hash(issuer) + _opaque24(part))

    def leaf(self, sct: Sct) -> bytes:
        """Return the leaf of the log's tree, which is what the signature is over, too.

        Both structures of RFC 6962 (sections 3.2 and 3.4) begin with two zero bytes, and go on
        alike.
        """
        head = sct.timestamp_ms.to_bytes(8, "big") + self.kind.to_bytes(2, "big")
        tail = len(sct.extensions).to_bytes(2, "big") + sct.extensions
        return b"\x00\x00" + head + self.data + tail


def _opaque24(data: bytes) -> bytes:
    return len(data).to_bytes(3, "big") + data


class LogKey:
    """The key of a log.

    Args:
        spki: its SubjectPublicKeyInfo, ECDSA on P-256 or RSA (RFC 6962 section 2.1.4).

    Raises:
        CertificateError: it is no such key.
    """

    def __init__(self, spki: bytes) -> None:
        self.spki = spki
        self.log_id = sha256(spki).digest()
        try:
            key = load_der_public_key(spki)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise CertificateError("no public key", expected="the key of a log") from error
        if not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
            raise CertificateError("a key that logs do not use", expected="ECDSA or RSA")
        self._key = key

    def __reduce__(self) -> tuple[type["LogKey"], tuple[bytes]]:
        """Go from one process to another by the bytes: what was made of them cannot."""
        return LogKey, (self.spki,)

    def verify(self, sct: Sct, entry: Entry) -> None:
        """Verify that this log promised to publish an entry.

        Raises:
            SctError: it did not.
        """
        if sct.version != 0 or sct.log_id != self.log_id:
            raise SctError("the SCT is of another version or another log")
        self.verify_signature(
            sct.hash_algorithm, sct.signature_algorithm, sct.signature, entry.leaf(sct)
        )

    def verify_signature(self, hashed: int, signed: int, signature: bytes, data: bytes) -> None:
        """Verify a signature of the log over any of its structures.

        Raises:
            SctError: it does not hold, or is made with algorithms that RFC 6962 does not allow.
        """
        expected = _ECDSA if isinstance(self._key, ec.EllipticCurvePublicKey) else _RSA
        if (hashed, signed) != (_SHA256, expected):
            raise SctError(f"the algorithms {hashed} and {signed} are not those of the log's key")
        try:
            if isinstance(self._key, ec.EllipticCurvePublicKey):
                self._key.verify(signature, data, ec.ECDSA(SHA256()))
            else:
                self._key.verify(signature, data, padding.PKCS1v15(), SHA256())
        except InvalidSignature as error:
            raise SctError("the log's signature does not hold") from error
