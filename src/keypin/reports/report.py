"""A pin failure report as every form says it, without what would name a person.

What a client says is a claim. Its clock may be wrong, its chains are bytes that nobody checked, and
whoever knows the address of a collector can make all of it up; `keypin.reports.classify` weighs it.
"""

from dataclasses import dataclass
from datetime import datetime

from keypin.certs import Certificate
from keypin.errors import CertificateError
from keypin.pins import Pin
from keypin.reports.form import Form, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report. What its form or its sender does not say is None, or empty.

    Attributes:
        form: who writes such reports.
        host: the canonical host that the client connected to.
        port: its port; None where the client does not know it, as TrustKit never does.
        occurred_at: when the pins did not match, by the client's clock, UTC.
        noted_host: the name of the policy, canonical.
        include_subdomains: whether the policy covers the subdomains of that name.
        enforced: whether the connection was refused.
        expires: when the policy expires.
        application: what the application calls itself: a bundle identifier, mostly.
        version: which release it is.
        platform: `ios` or `android`, or as the report says, in lower case.
        platform_version: of the operating system.
        library: the version of TrustKit.
        served: what the server sent, DER, the server's own first; not parsed yet.
        validated: what the client says that verification built of it, the same.
        pins: what the client would have accepted.
        unread_pins: what stood among them and is no pin, as it stood.
        result: what TrustKit found.
        policy: the host pattern as it stands in keypin's pin set.
        device: a keyed digest of what names the device, or None where none was asked for.
        ignored: how many members stood in it that nobody reads.
    """

    form: Form
    host: str
    port: int | None = None
    occurred_at: datetime | None = None
    noted_host: str | None = None
    include_subdomains: bool | None = None
    enforced: bool | None = None
    expires: datetime | None = None
    application: str | None = None
    version: str | None = None
    platform: str | None = None
    platform_version: str | None = None
    library: str | None = None
    served: tuple[bytes, ...] = ()
    validated: tuple[bytes, ...] = ()
    pins: tuple[Pin, ...] = ()
    unread_pins: tuple[str, ...] = ()
    result: Result | None = None
    policy: str | None = None
    device: bytes | None = None
    ignored: int = 0

    @property
    def chain(self) -> tuple[bytes, ...]:
        """What the server sent, or, where the report does not say, what was validated of it."""
        return self.served or self.validated

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """The certificates, those of `chain` first, each once; parsed now.

        Empty where the server's own cannot be read: no other may stand in its place. Others that
        cannot be read are left out.
        """
        ders = (*self.chain, *self.validated)
        if not ders or readable(ders[0]) is None:
            return ()
        found = map(readable, dict.fromkeys(ders))
        return tuple(certificate for certificate in found if certificate is not None)


def readable(der: bytes) -> Certificate | None:
    """Return a certificate, or None where the bytes are none: a report may hold anything."""
    try:
        return Certificate.from_der(der)
    except CertificateError:
        return None
