"""Certificates that stand in an app's files, in whatever container.

JKS, BKS and PKCS#7 hold certificates as plain DER, so one search for what begins like a certificate
finds those of all of them, and those that are compiled into native code. PEM and bare base64 are
decoded first; PKCS#12 encrypts, and is opened if its password is empty.

Follows RFC 5280 section 4.1 for how a certificate begins, RFC 7468 for PEM.
"""

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from keypin.audit.unreadable import UnreadableError
from keypin.certs import Certificate, load_certificates
from keypin.errors import CertificateError

# The largest trust stores hold some 400 certificates.
MAX_EMBEDDED = 2_000

# Of one window: what begins like a certificate and is none costs time too.
MAX_TRIES = 5_000

# A PKCS#12 file with a handful of certificates is some 10 kB.
MAX_STORE = 4 * 1024 * 1024
STORE_ENDINGS = (".p12", ".pfx", ".jks", ".bks", ".ks", ".keystore")

# A sequence of a sequence that opens with version 3: two lengths of two bytes, [0], INTEGER 2.
_DER = re.compile(rb"\x30\x82(..)\x30\x82..\xa0\x03\x02\x01\x02\x02", re.DOTALL)
_PEM = re.compile(
    rb"-----BEGIN (?:X509 |X\.509 |TRUSTED )?CERTIFICATE-----"
    rb"((?:[A-Za-z0-9+/=\s]++|\\[nr])++)-----END"
)
_BASE64 = re.compile(rb"MII[A-Za-z0-9+/]{300,60000}={0,2}")
_SEQUENCE = b"\x30"
_SPACE = re.compile(rb"\s|\\[nr]")


@dataclass(frozen=True, slots=True)
class Found:
    """A certificate among bytes, and where it begins."""

    certificate: Certificate
    offset: int


def certificates_in(window: bytes, offset: int = 0) -> Iterator[Found]:
    """Yield the certificates of a window: in DER, in PEM, and in base64 without its frame."""
    for match in islice(_DER.finditer(window), MAX_TRIES):
        start = match.start()
        der = window[start : start + 4 + int.from_bytes(match[1], "big")]
        yield from _certificate(der, offset + start)
    for match in _PEM.finditer(window):
        yield from _decoded(_SPACE.sub(b"", match[1]), offset + match.start())
    for match in islice(_BASE64.finditer(window), MAX_TRIES):
        yield from _decoded(match[0], offset + match.start())


def certificates_in_store(data: bytes) -> tuple[Certificate, ...]:
    """Return the certificates of a key store.

    JKS and BKS hold them in plain; PKCS#12, which Java writes under any name, is opened if its
    password is absent or empty.

    Raises:
        UnreadableError: it has another password, or is none.
    """
    if not data.startswith(_SEQUENCE):
        return tuple(found.certificate for found in certificates_in(data))
    try:
        return load_certificates(data)
    except CertificateError as error:
        raise UnreadableError(f"cannot be opened: {error.seen}") from error


def _decoded(text: bytes, offset: int) -> Iterator[Found]:
    try:
        der = b64decode(text, validate=True)
    except Error:
        return
    yield from _certificate(der, offset)


def _certificate(der: bytes, offset: int) -> Iterator[Found]:
    try:
        yield Found(Certificate.from_der(der), offset)
    except CertificateError:
        return
