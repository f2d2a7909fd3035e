"""What is probed: a host, a port and the protocol that leads to TLS there.

Written `host:port`, or `smtp://host:25` where TLS is negotiated inside another protocol. Port and
brackets follow RFC 3986 section 3.2.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from keypin.certs.hostname import ascii_host
from keypin.errors import HostError


class Protocol(StrEnum):
    """How a TLS handshake begins: at once, or after the protocol's own STARTTLS."""

    TLS = "tls"
    SMTP = "smtp"
    IMAP = "imap"
    POP3 = "pop3"
    FTP = "ftp"
    XMPP = "xmpp"
    LDAP = "ldap"
    POSTGRESQL = "postgresql"
    MYSQL = "mysql"


# The scheme of a URL, the protocol it means and its port (IANA's service name registry). The
# schemes ending in s start with TLS at once.
_SCHEMES: dict[str, tuple[Protocol, int]] = {
    "": (Protocol.TLS, 443),
    "https": (Protocol.TLS, 443),
    "wss": (Protocol.TLS, 443),
    "tls": (Protocol.TLS, 443),
    "smtps": (Protocol.TLS, 465),
    "imaps": (Protocol.TLS, 993),
    "pop3s": (Protocol.TLS, 995),
    "ftps": (Protocol.TLS, 990),
    "ldaps": (Protocol.TLS, 636),
    "smtp": (Protocol.SMTP, 25),
    "submission": (Protocol.SMTP, 587),
    "imap": (Protocol.IMAP, 143),
    "pop3": (Protocol.POP3, 110),
    "ftp": (Protocol.FTP, 21),
    "xmpp": (Protocol.XMPP, 5222),
    "ldap": (Protocol.LDAP, 389),
    "postgresql": (Protocol.POSTGRESQL, 5432),
    "postgres": (Protocol.POSTGRESQL, 5432),
    "mysql": (Protocol.MYSQL, 3306),
}

_TEXT = re.compile(
    r"""(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?
    (?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<host>[^\s\[\]:/?\#@%]+))
    (?::(?P<port>[0-9]{1,5}))?
    (?P<rest>[/?\#].*)?""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_BARE_V6 = re.compile(r"[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*", re.IGNORECASE)

_EXPECTED = "host, host:port, [ipv6]:port, or a URL such as https://host or smtp://host:25"

# A URL of browsers' length; the host in it has its own limit.
MAX_TEXT = 2048


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One place to look.

    Attributes:
        host: a name in A-labels or an IP address, canonical; any spelling is taken.
        port: 1 to 65535.
        protocol: how TLS begins there.

    Raises:
        HostError: the host or the port is none.
    """

    host: str
    port: int = 443
    protocol: Protocol = Protocol.TLS

    def __post_init__(self) -> None:
        object.__setattr__(self, "host", ascii_host(self.host))
        if not 1 <= self.port <= 65535:  # noqa: PLR2004 - the range of a TCP port
            raise HostError(f"port {self.port} of {self.host}", expected="a port from 1 to 65535")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an endpoint as people write it.

        Args:
            text: `host`, `host:port`, `[ipv6]:port`, or a URL whose scheme names the protocol and
                the default port; what follows the port is ignored.

        Raises:
            HostError: it is none of these.
        """
        text = text.strip()
        if _BARE_V6.fullmatch(text):
            return cls(text)
        found = _TEXT.fullmatch(text) if len(text) <= MAX_TEXT else None
        scheme = (found["scheme"] or "").lower() if found else ""
        if found is None or scheme not in _SCHEMES:
            raise HostError(f"{text[:80]!r} is not an endpoint", expected=_EXPECTED)
        protocol, port = _SCHEMES[scheme]
        return cls(found["v6"] or found["host"], int(found["port"] or port), protocol)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        scheme = "" if self.protocol is Protocol.TLS else f"{self.protocol}://"
        return f"{scheme}{host}:{self.port}"
