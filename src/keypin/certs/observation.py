"""What an endpoint showed: facts only, for the prober to fill in and every room to judge.

Knows nothing of how the facts were obtained.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from keypin.certs.certificate import Certificate
from keypin.certs.endpoint import Endpoint
from keypin.certs.failure import VerificationError
from keypin.certs.verified import VerifiedChain


class Cause(StrEnum):
    """Why no handshake was completed."""

    DNS = "dns"
    FORBIDDEN = "forbidden"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    NOT_TLS = "not-tls"
    ALERT = "alert"
    CLOSED = "closed"
    STARTTLS = "starttls"
    PROXY = "proxy"
    TOO_LARGE = "too-large"
    MALFORMED_CERTIFICATE = "malformed-certificate"
    PROTOCOL = "protocol"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stapled:
    """What a server sent along with its certificates, as it came; nothing here was verified.

    Attributes:
        ocsp: the OCSP response (RFC 6066 section 8), or None.
        scts: the list of signed certificate timestamps (RFC 6962 section 3.3.1), or None.
    """

    ocsp: bytes | None = None
    scts: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """One completed handshake.

    Attributes:
        address: where it was made, as `192.0.2.1:443` or `[2001:db8::1]:443`.
        key_type: which kind of certificate was asked for: `ecdsa`, `rsa` or `default`.
        tls_version: as `TLSv1.3`.
        cipher: the suite's name.
        presented: the certificates as sent, the server's own first.
        verified: the path that verification built, or None if it built none.
        problem: why not, or None.
        stapled: what came along, or None where the platform does not show it.
        seconds: from the first packet to the end of the handshake.
    """

    address: str
    key_type: str
    tls_version: str
    cipher: str
    presented: tuple[Certificate, ...]
    verified: VerifiedChain | None = None
    problem: VerificationError | None = None
    stapled: Stapled | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One attempt that led to no handshake.

    Attributes:
        address: where it was made, or None where there was no address yet.
        key_type: which kind of certificate was asked for.
        cause: why it failed.
        detail: the same in one sentence.
        alert: the TLS alert's name (RFC 8446 section 6), if there was one.
    """

    address: str | None
    key_type: str
    cause: Cause
    detail: str
    alert: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """All that one look at an endpoint showed.

    Attributes:
        endpoint: where was looked.
        at: when, with its time zone.
        handshakes: what succeeded, in the order it was tried.
        failures: what did not.
    """

    endpoint: Endpoint
    at: datetime
    handshakes: tuple[Handshake, ...] = ()
    failures: tuple[Failure, ...] = ()

    @property
    def chains(self) -> tuple[VerifiedChain, ...]:
        """The distinct verified chains, in the order they were first seen."""
        seen = (handshake.verified for handshake in self.handshakes)
        return tuple(dict.fromkeys(chain for chain in seen if chain))
