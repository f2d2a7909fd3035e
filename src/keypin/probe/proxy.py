"""Reaching a server through a proxy: HTTP CONNECT (RFC 9110 section 9.3.6) and SOCKS5 (RFC 1928).

The proxy resolves the name, unless an address is given to dial. A password is sent to the proxy
alone and never shown.
"""

import base64
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Self
from urllib.parse import unquote, urlsplit

from keypin.certs import Cause, ascii_host
from keypin.errors import HostError
from keypin.probe.engine import Wait
from keypin.probe.failure import ProbeError
from keypin.probe.wire import Wire

Dialogue = Generator[Wait, None, None]

# The schemes and the ports that proxies of the kind listen on unless told otherwise.
_PORTS = {"http": 8080, "socks5": 1080, "socks5h": 1080}
_EXPECTED = "http://[USER:PASSWORD@]HOST[:PORT] or socks5://[USER:PASSWORD@]HOST[:PORT]"

# RFC 1929 section 2: one byte counts each.
_MAX_CREDENTIAL = 255


@dataclass(frozen=True, slots=True)
class Proxy:
    """One proxy.

    Attributes:
        scheme: `http` or `socks5`.
        host: where it is: a name or an address.
        port: its port.
        username: if it wants one.
        password: if it wants one.

    Raises:
        HostError: scheme, host or credentials cannot be a proxy's.
    """

    scheme: str
    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.scheme not in _DIALOGUES:
            raise HostError(f"a proxy of scheme {self.scheme!r}", expected=_EXPECTED)
        object.__setattr__(self, "host", ascii_host(self.host))
        if not 1 <= self.port <= 65535:  # noqa: PLR2004 - the range of a TCP port
            raise HostError(f"port {self.port} of the proxy", expected="a port from 1 to 65535")
        for credential in (self.username, self.password):
            if credential and len(credential.encode()) > _MAX_CREDENTIAL:
                raise HostError(
                    "the proxy's user name or password is too long",
                    expected=f"at most {_MAX_CREDENTIAL} bytes",
                )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a proxy's URL.

        Raises:
            HostError: it is none. The text is not shown: it may hold a password.
        """
        try:
            url = urlsplit(text)
            port = url.port or _PORTS.get(url.scheme)
        except ValueError as error:
            raise HostError("the proxy's URL cannot be read", expected=_EXPECTED) from error
        if url.hostname is None or port is None:
            raise HostError("the proxy's URL cannot be read", expected=_EXPECTED)
        return cls(
            url.scheme.removesuffix("h"),
            url.hostname,
            port,
            unquote(url.username) if url.username else None,
            unquote(url.password) if url.password else None,
        )

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    def tunnel(self, wire: Wire, host: str, port: int) -> Dialogue:
        """Have the proxy connect `wire` to `host` and `port`.

        Raises:
            ProbeError: the proxy refuses or is none.
        """
        stage, wire.stage = wire.stage, f"the dialogue with the proxy {self}"
        yield from _DIALOGUES[self.scheme](self, wire, host, port)
        wire.stage = stage


def _connect(proxy: Proxy, wire: Wire, host: str, port: int) -> Dialogue:
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    request = f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n"
    if proxy.username is not None:
        token = base64.b64encode(f"{proxy.username}:{proxy.password or ''}".encode())
        request += f"Proxy-Authorization: Basic {token.decode('ascii')}\r\n"
    yield from wire.send(f"{request}\r\n".encode("ascii"))
    status = yield from wire.line()
    parts = status.split(None, 2)
    if not status.startswith(b"HTTP/1.") or len(parts) < 2 or not parts[1].isdigit():  # noqa: PLR2004 - version and code
        raise _refused(proxy, f"answered {status[:80]!r}, which is no HTTP")
    if not parts[1].startswith(b"2"):
        raise _refused(proxy, f"answered {b' '.join(parts[1:])[:80].decode('latin-1')}")
    header = status
    while header:
        header = yield from wire.line()


# RFC 1928 section 6.
_SOCKS_REPLIES = {
    1: "general failure",
    2: "not allowed by its rules",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "time to live expired",
    7: "command not supported",
    8: "address type not supported",
}
_NO_AUTHENTICATION, _PASSWORD = 0, 2
_ADDRESS_SIZES = {1: 4, 4: 16}


def _socks5(proxy: Proxy, wire: Wire, host: str, port: int) -> Dialogue:
    method = _NO_AUTHENTICATION if proxy.username is None else _PASSWORD
    yield from wire.send(bytes([5, 1, method]))
    chosen = yield from wire.exactly(2)
    if chosen[0] != 5:  # noqa: PLR2004 - the version in the name
        raise _refused(proxy, f"answered {chosen!r}, which is no SOCKS5")
    if chosen[1] != method:
        wanted = "another way to sign in" if proxy.username else "a user name and password"
        raise _refused(proxy, f"wants {wanted}")
    if method == _PASSWORD:
        yield from _sign_in(proxy, wire)
    yield from wire.send(b"\x05\x01\x00" + _socks_address(host) + port.to_bytes(2, "big"))
    reply = yield from wire.exactly(4)
    if reply[1] != 0:
        raise _refused(proxy, _SOCKS_REPLIES.get(reply[1], f"error {reply[1]}"))
    size = _ADDRESS_SIZES.get(reply[3])
    if size is None:
        length = yield from wire.exactly(1)
        size = length[0]
    yield from wire.exactly(size + 2)


def _sign_in(proxy: Proxy, wire: Wire) -> Dialogue:
    """RFC 1929."""
    username, password = (proxy.username or "").encode(), (proxy.password or "").encode()
    message = b"\x01" + bytes([len(username)]) + username + bytes([len(password)]) + password
    yield from wire.send(message)
    answer = yield from wire.exactly(2)
    if answer[1] != 0:
        raise _refused(proxy, "refused the user name or password")


def _socks_address(host: str) -> bytes:
    try:
        address = ip_address(host)
    except ValueError:
        return b"\x03" + bytes([len(host)]) + host.encode("ascii")
    return (b"\x01" if address.version == 4 else b"\x04") + address.packed  # noqa: PLR2004 - IPv4


def _refused(proxy: Proxy, what: str) -> ProbeError:
    return ProbeError(Cause.PROXY, f"the proxy {proxy}: {what}")


_DIALOGUES: dict[str, Callable[[Proxy, Wire, str, int], Dialogue]] = {
    "http": _connect,
    "socks5": _socks5,
}
