"""What a log entry says of a certificate, read from the bytes that the log's tree holds.

Of a precertificate the leaf holds the TBSCertificate alone (RFC 6962 section 3.2): what the log
hands out beside it is in no tree, and could be anything. So the TBSCertificate is what is read.
A certificate that does not parse is kept, with the reason.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from keypin.certs import Certificate
from keypin.ct.entry import LogEntry
from keypin.ct.leaf import Leaf, LeafError
from keypin.ct.precertificate import SCT_LIST, extension_value, signed_part, spki_in, tbs_in
from keypin.errors import CertificateError

# Where a certificate begins in a leaf: behind version, type, timestamp and type of the entry; that
# of a precertificate behind the hash of its issuer's key, too.
_CERTIFICATE, _TBS = 12, 44


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry with its certificate.

    Attributes:
        entry: the entry.
        leaf: what its leaf says; None where it is none.
        certificate: as the tree holds it; of a precertificate without poison and signature. None
            where it does not parse.
        flaw: why it does not, or what else is wrong with the entry; empty where nothing is.
    """

    entry: LogEntry
    leaf: Leaf | None
    certificate: Certificate | None
    flaw: str = ""

    @property
    def moment(self) -> datetime | None:
        """When the log promised it; None where the entry does not say."""
        return self.leaf.timestamp if self.leaf else None

    @property
    def issuance(self) -> bytes:
        """What is the same for a precertificate and the certificate that came of it, in any log."""
        return sha256(self._issued()).digest()

    def _issued(self) -> bytes:
        if self.leaf is None or self.certificate is None:
            return self.entry.leaf
        if self.leaf.precertificate or extension_value(self.certificate, SCT_LIST) is None:
            return self.leaf.signed
        return signed_part(self.certificate)


def read(entry: LogEntry) -> Logged:
    """Return an entry with its certificate, and what is wrong with it."""
    leaf = None
    try:
        leaf = Leaf.parse(entry.leaf)
        return Logged(entry, leaf, leaf.certificate(), entry.flaw)
    except (LeafError, CertificateError) as error:
        return Logged(entry, leaf, None, entry.flaw or str(error))


def key_in(leaf: bytes) -> bytes:
    """Return the SHA-256 of the SubjectPublicKeyInfo in a leaf, empty where it is not found.

    For a search: of what parses it is what the parser says, at a tenth of the time.
    """
    precertificate = leaf[10:12] == b"\x00\x01"
    begin = _TBS if precertificate else _CERTIFICATE
    signed = leaf[begin + 3 : begin + 3 + int.from_bytes(leaf[begin : begin + 3], "big")]
    spki = spki_in(signed if precertificate else tbs_in(signed))
    return sha256(spki).digest() if spki else b""
