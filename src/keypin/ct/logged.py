"""What a log entry says of a certificate, read from the bytes that the log's tree holds.

Of a precertificate the leaf holds the TBSCertificate alone (RFC 6962 section 3.2): what the log
hands out beside it is in no tree, and could be anything. So the TBSCertificate is what is read.
A certificate that does not parse is kept, with the reason.
"""

from dataclasses import dataclass
from hashlib import sha256

from keypin.certs import Certificate
from keypin.ct.entry import LogEntry
from keypin.ct.precertificate import (
    SCT_LIST,
    extension_value,
    signed_part,
    spki_in,
    tbs_in,
    unsigned,
)
from keypin.errors import CertificateError

# Version, type, timestamp, type of the entry, hash of the issuer's key; then length and bytes.
_TBS = 2 + 8 + 2 + 32
_CERTIFICATE = 2 + 8 + 2


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry with its certificate.

    Attributes:
        entry: the entry.
        certificate: as the tree holds it; of a precertificate without poison and signature. None
            where it does not parse.
        flaw: why it does not, or what else is wrong with the entry; empty where nothing is.
    """

    entry: LogEntry
    certificate: Certificate | None
    flaw: str = ""

    @property
    def issuance(self) -> bytes:
        """What is the same for a precertificate and the certificate that came of it, in any log."""
        return sha256(self._issued()).digest()

    def _issued(self) -> bytes:
        if self.certificate is None:
            return self.entry.leaf
        if self.entry.precertificate:
            return tbs_of(self.entry)
        if extension_value(self.certificate, SCT_LIST) is None:
            return self.certificate.der
        return signed_part(self.certificate)


def read(entry: LogEntry) -> Logged:
    """Return an entry with its certificate, and what is wrong with it."""
    try:
        der = unsigned(tbs_of(entry)) if entry.precertificate else entry.der
        certificate = Certificate.from_der(der)
    except CertificateError as error:
        return Logged(entry, None, entry.flaw or str(error))
    return Logged(entry, certificate, entry.flaw)


def tbs_of(entry: LogEntry) -> bytes:
    """Return the TBSCertificate in the leaf of a precertificate; empty where the leaf is torn."""
    begin = _TBS + 3
    return entry.leaf[begin : begin + int.from_bytes(entry.leaf[_TBS:begin], "big")]


def key_in(leaf: bytes) -> bytes:
    """Return the SHA-256 of the SubjectPublicKeyInfo in a leaf, empty where it is not found.

    For a search: of what parses it is what the parser says, at a tenth of the time.
    """
    precertificate = leaf[10:12] == b"\x00\x01"
    begin = _TBS if precertificate else _CERTIFICATE
    signed = leaf[begin + 3 : begin + 3 + int.from_bytes(leaf[begin : begin + 3], "big")]
    spki = spki_in(signed if precertificate else tbs_in(signed))
    return sha256(spki).digest() if spki else b""
