"""What a probe is asked to do: one frozen value, the same for a single host and for a fleet."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from keypin.certs import Certificate, TrustStore
from keypin.probe.address import Dial
from keypin.probe.client import ClientCertificate
from keypin.probe.contexts import KeyType, TlsVersion
from keypin.probe.limits import Limits
from keypin.probe.proxy import Proxy


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to probe.

    Attributes:
        trust: the anchors to verify against; the platform's unless given.
        at: the time to verify for, with its time zone; the moment of the probe unless given.
        key_types: the kinds of certificate to ask each address for, one handshake each. A kind
            that a server does not have is no failure where it has the other.
        versions: the versions of TLS to offer.
        connect: what to dial instead of the host's addresses; SNI and name stay the host's.
        proxy: through which proxy.
        client: the client certificate to show a server that asks.
        extra: certificates that may help to build a path, such as cached intermediates.
        ocsp: whether to ask for a stapled OCSP answer.
        limits: time-outs and sizes.
        forbid: says of an address why it may not be dialled, or None where it may. It is asked of
            each address of a host, and what is dialled then is that address; one that is forbidden
            forbids the host. For services that dial what others name.

    Raises:
        ValueError: nothing is asked for, or `at` has no time zone.
    """

    trust: TrustStore | None = None
    at: datetime | None = None
    key_types: tuple[KeyType, ...] = (KeyType.ECDSA, KeyType.RSA)
    versions: frozenset[TlsVersion] = frozenset(TlsVersion)
    connect: tuple[Dial, ...] = ()
    proxy: Proxy | None = None
    client: ClientCertificate | None = None
    extra: tuple[Certificate, ...] = ()
    ocsp: bool = True
    limits: Limits = field(default_factory=Limits)
    forbid: Callable[[str], str | None] | None = None

    def __post_init__(self) -> None:
        if not self.key_types or not self.versions:
            raise ValueError("a probe asks for at least one kind of key and one version of TLS")
        if self.at is not None and self.at.tzinfo is None:
            raise ValueError(f"the time {self.at} has no time zone")


# A fleet is read with one handshake an address: whichever certificate the server prefers.
FLEET = Options(key_types=(KeyType.DEFAULT,))
