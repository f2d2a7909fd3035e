"""From a host to the addresses to dial, each of which is probed apart.

Servers behind one name differ, and clients reach any of them: so every address counts.
"""

import socket
from collections.abc import Generator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Self

from keypin.certs import Endpoint, ascii_host
from keypin.errors import HostError
from keypin.probe.engine import Call, Clock
from keypin.probe.failure import from_resolver
from keypin.probe.limits import Limits


@dataclass(frozen=True, slots=True)
class Address:
    """Where to dial.

    Attributes:
        ip: an IPv4 or IPv6 address, perhaps with a scope.
        port: the port.
    """

    ip: str
    port: int

    def __str__(self) -> str:
        return f"[{self.ip}]:{self.port}" if ":" in self.ip else f"{self.ip}:{self.port}"

    @property
    def family(self) -> socket.AddressFamily:
        """AF_INET or AF_INET6."""
        return socket.AF_INET6 if ":" in self.ip else socket.AF_INET


@dataclass(frozen=True, slots=True)
class Dial:
    """An address to dial instead of what the resolver says; name and SNI stay the host's.

    Attributes:
        host: an address, or a name to resolve.
        port: the port, or None for the endpoint's own.
    """

    host: str
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ADDRESS or ADDRESS:PORT; an IPv6 address with a port stands in brackets.

        Raises:
            HostError: it is neither.
        """
        try:
            return cls(str(ip_address(text.removeprefix("[").removesuffix("]"))))
        except ValueError:
            host, colon, port = text.rpartition(":")
        if not colon:
            return cls(ascii_host(text))
        if not port.isdecimal() or not 1 <= int(port) <= 65535:  # noqa: PLR2004 - a TCP port
            raise HostError(f"{text!r} is no address to dial", expected="ADDRESS or ADDRESS:PORT")
        return cls(ascii_host(host.removeprefix("[").removesuffix("]")), int(port))


Resolving = Generator[Call, Any, tuple[Address, ...]]


def resolve(host: str, port: int, limits: Limits, clock: Clock) -> Resolving:
    """Return the addresses of `host`, A and AAAA, in the resolver's order.

    Raises:
        ProbeError: there are none.
    """
    if _is_address(host):
        return (Address(host, port),)

    def look_up() -> list[Any]:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)

    try:
        found = yield Call(look_up, clock.now() + limits.connect)
    except TimeoutError as error:
        raise from_resolver(host, OSError(0, f"no answer in {limits.connect:g} s")) from error
    except (OSError, UnicodeError) as error:
        raise from_resolver(host, error) from error
    addresses = dict.fromkeys(Address(str(entry[4][0]), entry[4][1]) for entry in found)
    return tuple(addresses)[: limits.addresses]


def dial_list(
    endpoint: Endpoint, dials: tuple[Dial, ...], limits: Limits, clock: Clock
) -> Resolving:
    """Return what to dial for `endpoint`: the addresses of `dials`, or its own.

    Raises:
        ProbeError: a name has no address.
    """
    found: list[Address] = []
    for dial in dials or (Dial(endpoint.host),):
        found += yield from resolve(dial.host, dial.port or endpoint.port, limits, clock)
    return tuple(dict.fromkeys(found))[: limits.addresses]


def server_name(host: str) -> str | None:
    """Return the SNI for `host`: none for an address (RFC 6066 section 3)."""
    return None if _is_address(host) else host


def _is_address(host: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except OSError:
            continue
        return True
    return False
