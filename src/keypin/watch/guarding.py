"""The guard of everything that somebody else names and this service dials.

A host is resolved once, every address that it has is judged (`keypin.watch.internal`), and what is
dialled afterwards is what was judged: a name that answers otherwise the second time gains nothing.
One internal address refuses the host. Probes take the addresses by `dials`; webhooks go through
`keypin.watch.guarding_http`; libraries that dial by themselves run within
`keypin.watch.guarding_sockets`.
"""

import socket
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from types import MappingProxyType

from keypin.certs import Endpoint
from keypin.errors import KeypinError
from keypin.probe import Address, Dial
from keypin.watch.internal import why_internal
from keypin.watch.settings import Settings

# Resolves a host and a port to addresses, as text and port; raises OSError where there are none.
Resolve = Callable[[str, int], Sequence[tuple[str, int]]]


class Use(StrEnum):
    """What is dialled for."""

    CHECK = "check"
    """Whoever opened the check page typed it."""
    PROBE = "probe"
    """An editor put it into the inventory."""
    TELL = "tell"
    """An owner wants alerts there: at any port of a network that the settings allow."""


# Which ports: those of TLS and its STARTTLS for what somebody types, of webhooks and mail for
# alerts, and any for the inventory.
PORTS: Mapping[Use, frozenset[int] | None] = MappingProxyType(
    {
        Use.CHECK: frozenset(
            {21, 25, 110, 143, 389, 443, 465, 587, 636, 853, 989, 990, 993, 995, 3306, 4443, 5061}
            | {5222, 5223, 5269, 5432, 6697, 8443, 8883, 9443, 10443}
        ),
        Use.PROBE: None,
        Use.TELL: frozenset({25, 80, 443, 465, 587, 2525, 4443, 8000, 8080, 8443, 9443}),
    }
)


class InternalError(KeypinError):
    """A host may not be reached: it is internal, or its port is not for this.

    Attributes:
        host: the host.
        port: the port.
    """

    def __init__(self, text: str, *, host: str, port: int) -> None:
        super().__init__(text)
        self.host = host
        self.port = port


class UnresolvedError(KeypinError):
    """A host has no address."""


def by_system(host: str, port: int) -> Sequence[tuple[str, int]]:
    """Resolve a host by this machine's resolver, once.

    Raises:
        OSError: it has no address.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(str(entry[4][0]), int(entry[4][1])) for entry in found]


@dataclass(frozen=True, slots=True)
class Guard:
    """Judges hosts before they are dialled.

    Attributes:
        allowed: networks that may be reached though they are internal.
        resolve: finds the addresses of a host.
    """

    allowed: tuple[IPv4Network | IPv6Network, ...] = ()
    resolve: Resolve = by_system

    @classmethod
    def of(cls, settings: Settings) -> "Guard":
        """Return the guard of an installation."""
        return cls(settings.internal)

    def addresses(
        self, host: str, port: int, use: Use, ports: Collection[int] = ()
    ) -> tuple[Address, ...]:
        """Return the addresses of a host, all of which may be dialled.

        Args:
            host: a name or an address, in any form that the resolver takes.
            port: the port.
            use: what for.
            ports: further ones that are for this use.

        Raises:
            InternalError: an address is internal, or the port is not for this use.
            UnresolvedError: there is no address.
        """
        found = self._resolved(host, port)
        if port not in ports:
            self._judge_port(host, port, use, (one for one, _ in found))
        for one, _ in found:
            self._judge(host, port, one)
        return tuple(Address(str(one), number) for one, number in found)

    def dials(
        self, endpoint: Endpoint, use: Use = Use.PROBE, ports: Collection[int] = ()
    ) -> tuple[Dial, ...]:
        """Return what a probe of an endpoint dials: `Options(connect=...)`.

        Args:
            endpoint: where.
            use: what for.
            ports: further ones that are for this use.

        Raises:
            InternalError: an address is internal, or the port is not for this use.
            UnresolvedError: there is no address.
        """
        found = self.addresses(endpoint.host, endpoint.port, use, ports)
        return tuple(Dial(one.ip, one.port) for one in found)

    def _resolved(self, host: str, port: int) -> tuple[tuple[IPv4Address | IPv6Address, int], ...]:
        try:
            found = [(ip_address(one), number) for one, number in self.resolve(host, port)]
        except (OSError, UnicodeError, ValueError) as error:
            raise UnresolvedError(f"{host} has no address{_why(error)}") from error
        if not found:
            raise UnresolvedError(f"{host} has no address; look whether the name is right")
        return tuple(dict.fromkeys(found))

    def _judge_port(
        self, host: str, port: int, use: Use, found: Iterable[IPv4Address | IPv6Address]
    ) -> None:
        ports = PORTS[use]
        if ports is None or port in ports:
            return
        if use is Use.TELL and all(map(self._is_allowed, found)):
            return
        listed = ", ".join(str(one) for one in sorted(ports))
        raise InternalError(
            f"port {port} of {host} is not dialled here; expected one of {listed}",
            host=host,
            port=port,
        )

    def _judge(self, host: str, port: int, address: IPv4Address | IPv6Address) -> None:
        what = why_internal(address, self.allowed)
        if what is not None:
            name = host if host == str(address) else f"{host} resolves to {address}, which"
            raise InternalError(
                f"{name} is {what} and is not dialled; whoever runs this service can allow its "
                "network by KEYPIN_INTERNAL",
                host=host,
                port=port,
            )

    def _is_allowed(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in one for one in self.allowed if one.version == address.version)


# What resolvers say of a name that does not exist, or has no address.
_UNKNOWN = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


def _why(error: Exception) -> str:
    """Return why a host has none, and what to do, for the end of a sentence."""
    number = error.errno if isinstance(error, OSError) else None
    if number in _UNKNOWN:
        return ": there is no such name in the DNS; look whether it is right"
    if number == socket.EAI_AGAIN:
        return " that could be looked up: the DNS did not answer; try again soon"
    return "; look whether the name is right"
