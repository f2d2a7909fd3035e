"""Why an attempt led to no handshake: one error, raised anywhere, caught in one place.

Operating systems and OpenSSL name a failure by numbers and free text; the tables here turn both
into a `Cause` and a sentence. Knows nothing of sockets' use.
"""

import errno
import re
import socket

from keypin.certs import Cause, Failure
from keypin.errors import KeypinError


class ProbeError(KeypinError):
    """The server or the network did not answer as a TLS server does.

    Attributes:
        cause: why, for programs.
        detail: why, one sentence without a full stop.
        alert: the TLS alert's name as RFC 8446 section 6 spells it, if the server sent one.
    """

    def __init__(self, cause: Cause, detail: str, *, alert: str | None = None) -> None:
        super().__init__(detail)
        self.cause = cause
        self.detail = detail
        self.alert = alert

    def at(self, address: str | None, key_type: str) -> Failure:
        """Return this error as the failure of one attempt."""
        return Failure(
            address=address,
            key_type=key_type,
            cause=self.cause,
            detail=self.detail,
            alert=self.alert,
        )


_CAUSES_OF_ERRNO = {
    errno.ECONNREFUSED: (Cause.REFUSED, "the host refused the connection: nothing listens there"),
    errno.ECONNRESET: (Cause.CLOSED, "the server reset the connection"),
    errno.ECONNABORTED: (Cause.CLOSED, "the connection was aborted"),
    errno.EPIPE: (Cause.CLOSED, "the server closed the connection"),
    errno.ETIMEDOUT: (Cause.TIMEOUT, "the network gave up waiting for the host"),
}


def from_os(error: OSError) -> ProbeError:
    """Return what the operating system's error means for a probe.

    Whatever has no row of its own is a host that cannot be reached from here: no route, no such
    address family, a local firewall, no free descriptor. Its text names it.
    """
    known = _CAUSES_OF_ERRNO.get(error.errno or 0)
    if known is not None:
        return ProbeError(*known)
    words = error.strerror or str(error)
    return ProbeError(Cause.UNREACHABLE, f"the host cannot be reached from here: {words}")


def from_resolver(host: str, error: OSError | UnicodeError) -> ProbeError:
    """Return what the resolver's error means, telling "no such name" from "no answer"."""
    transient = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
    words = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    what = "the resolver gave no answer for" if transient else "the resolver knows no address of"
    return ProbeError(Cause.DNS, f"{what} {host}: {words}")


# What OpenSSL calls an alert it received: "ssl/tls alert handshake failure", "tlsv1 unrecognized
# name" (ssl/ssl_err.c; the prefix names the protocol that introduced the alert).
_ALERT = re.compile(r"(?:sslv3|tlsv1|tlsv13|ssl/tls|tls) (?:alert )?(?P<name>[a-z ]+)")

# RFC 8446 section 6, with the names of RFC 5246 that servers still send.
ALERTS = frozenset(
    """
    close_notify unexpected_message bad_record_mac decryption_failed record_overflow
    decompression_failure handshake_failure no_certificate bad_certificate
    unsupported_certificate certificate_revoked certificate_expired certificate_unknown
    illegal_parameter unknown_ca access_denied decode_error decrypt_error export_restriction
    protocol_version insufficient_security internal_error inappropriate_fallback user_canceled
    no_renegotiation missing_extension unsupported_extension certificate_unobtainable
    unrecognized_name bad_certificate_status_response bad_certificate_hash_value
    unknown_psk_identity certificate_required no_application_protocol
    """.split()  # noqa: SIM905 - a list of names reads best as one
)

# What OpenSSL says (ssl/ssl_err.c, crypto/asn1/asn1_err.c) and what it means here; the first row
# whose words occur decides.
_CAUSES_OF_REASON = (
    ("excessive message size", Cause.TOO_LARGE, "the server's certificates exceed OpenSSL's limit"),
    ("wrong version number", Cause.NOT_TLS, "the server does not speak TLS"),
    ("asn1", Cause.MALFORMED_CERTIFICATE, "a certificate cannot be decoded"),
    ("nested asn1", Cause.MALFORMED_CERTIFICATE, "a certificate cannot be decoded"),
    ("wrong tag", Cause.MALFORMED_CERTIFICATE, "a certificate cannot be decoded"),
    ("cert length mismatch", Cause.MALFORMED_CERTIFICATE, "a certificate's length is wrong"),
    ("unknown certificate type", Cause.MALFORMED_CERTIFICATE, "a certificate's key is unknown"),
    ("public key parameters", Cause.MALFORMED_CERTIFICATE, "a certificate's key is unreadable"),
    ("decode error", Cause.MALFORMED_CERTIFICATE, "a certificate's key is unreadable"),
)


def from_openssl(reasons: tuple[str, ...]) -> ProbeError:
    """Return what OpenSSL's error queue means.

    Args:
        reasons: the texts of the queue, oldest first.
    """
    for reason in reasons:
        found = _ALERT.fullmatch(reason)
        alert = found["name"].replace(" ", "_") if found else ""
        if alert in ALERTS:
            return ProbeError(Cause.ALERT, f"the server sent the alert {alert}", alert=alert)
    said = "; ".join(reasons) or "no reason given"
    for words, cause, meaning in _CAUSES_OF_REASON:
        if any(words in reason for reason in reasons):
            return ProbeError(cause, f"{meaning} ({said})")
    return ProbeError(Cause.PROTOCOL, f"the server broke the TLS protocol ({said})")
