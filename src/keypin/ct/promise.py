"""Promises: the SCTs that come with a certificate, each with its log and what its signature says.

RFC 6962 section 3.3: a log's promise reaches a client inside the certificate, in a TLS extension,
or in a stapled OCSP response. One inside the certificate is over the precertificate, and takes the
issuer's key to verify; the others are over the certificate as it is.
"""

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.asn1 import TLV, decode_der
from cryptography.x509.ocsp import load_der_ocsp_response

from keypin.certs import Certificate
from keypin.ct.log_list import ListedLog, LogList
from keypin.ct.merkle import leaf_hash
from keypin.ct.sct import Entry, Sct, SctError, embedded, parse_list

# A stapled response is a few kilobytes; a TLS message that holds one is 16 MiB at most.
MAX_OCSP = 1 << 18


class Delivery(StrEnum):
    """How a promise reaches a client."""

    EMBEDDED = "embedded"
    TLS = "tls"
    OCSP = "ocsp"


class Signature(StrEnum):
    """What can be said of a promise's signature."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN_LOG = "unknown-log"
    NO_ISSUER = "no-issuer"


@dataclass(frozen=True, slots=True)
class Promise:
    """One SCT of a certificate.

    Attributes:
        sct: the SCT.
        delivery: how it came.
        signature: whether the log made it, as far as that can be told.
        log: whose it is; None where no log of the list has its ID.
        entry: what it is over; None where the issuer would be needed and is not known.
    """

    sct: Sct
    delivery: Delivery
    signature: Signature
    log: ListedLog | None
    entry: Entry | None

    @property
    def leaf_hash(self) -> bytes | None:
        """The hash by which the log has it in its tree; None where the entry is not known."""
        return None if self.entry is None else leaf_hash(self.entry.leaf(self.sct))

    @property
    def operator(self) -> str | None:
        """Who ran the log when it promised."""
        return None if self.log is None else self.log.operator_at(self.sct.timestamp)


def promises_of(
    certificate: Certificate,
    log_list: LogList,
    *,
    issuer: Certificate | None = None,
    tls: bytes | None = None,
    ocsp: bytes | None = None,
) -> tuple[Promise, ...]:
    """Return every SCT that comes with a certificate.

    Args:
        certificate: the server's.
        log_list: where logs are looked up.
        issuer: who issued it; without it, embedded SCTs cannot be verified.
        tls: the list of the TLS extension.
        ocsp: the stapled OCSP response.

    Raises:
        SctFormatError: a list of SCTs cannot be read.
    """
    inside = embedded(certificate)
    entry = Entry.of_precertificate(certificate, issuer) if inside and issuer is not None else None
    whole = Entry.of_certificate(certificate)
    listed = parse_list(tls) if tls else ()
    stapled = stapled_scts(certificate, ocsp) if ocsp else ()
    return (
        *(_promise(sct, Delivery.EMBEDDED, entry, log_list) for sct in inside),
        *(_promise(sct, Delivery.TLS, whole, log_list) for sct in listed),
        *(_promise(sct, Delivery.OCSP, whole, log_list) for sct in stapled),
    )


def _promise(sct: Sct, delivery: Delivery, entry: Entry | None, log_list: LogList) -> Promise:
    log = log_list.log(sct.log_id)
    return Promise(sct, delivery, _signature(sct, entry, log), log, entry)


def _signature(sct: Sct, entry: Entry | None, log: ListedLog | None) -> Signature:
    if log is None:
        return Signature.UNKNOWN_LOG
    if entry is None:
        return Signature.NO_ISSUER
    try:
        log.key.verify(sct, entry)
    except SctError:
        return Signature.BAD
    return Signature.GOOD


def stapled_scts(certificate: Certificate, response: bytes) -> tuple[Sct, ...]:
    """Return the SCTs that an OCSP response has of a certificate; none where none can be read.

    The response's own signature is of no matter: each SCT has one of its log.
    """
    if len(response) > MAX_OCSP:
        return ()
    with suppress(ValueError, x509.ExtensionNotFound):
        read = load_der_ocsp_response(response)
        if read.serial_number == certificate.serial_number:
            kind = x509.SignedCertificateTimestamps
            value = read.single_extensions.get_extension_for_class(kind).value
            return parse_list(bytes(decode_der(TLV, value.public_bytes()).data))
    return ()
