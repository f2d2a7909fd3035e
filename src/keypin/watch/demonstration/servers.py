"""Servers that show one certificate now and another later, at the same address, without a restart.

Which one is chosen for each connection when its ClientHello is there, as a server does that has
many names (RFC 6066 section 3).
"""

import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress

from keypin.lab.authority import Issued
from keypin.lab.scenario import show
from keypin.lab.serving import Pool, tls_context

Where = tuple[str, int]
"""Address and port."""


class Turning:
    """A server that turns from one certificate to another.

    Args:
        pool: what runs it; not yet started.
        chains: what it can show, leaf first, by name; it begins with the first.
        addresses: where it listens, at the first of these that this machine has.
        port: the port, if that is free.

    Attributes:
        where: the address and the port at which it listens.
    """

    def __init__(
        self,
        pool: Pool,
        chains: Mapping[str, tuple[Issued, ...]],
        addresses: tuple[str, ...],
        port: int,
    ) -> None:
        self._contexts = {name: _context(chain) for name, chain in chains.items()}
        self._shown: str | None = next(iter(chains))
        self.where = self._listen(pool, chains[next(iter(chains))], addresses, port)

    def show(self, name: str) -> None:
        """Show a chain from the next connection on."""
        self._shown = name

    def renew(self, name: str, chain: tuple[Issued, ...]) -> None:
        """Have another chain for a name."""
        self._contexts[name] = _context(chain)

    def close(self) -> None:
        """Close every connection instead, from the next one on."""
        self._shown = None

    def _listen(
        self, pool: Pool, chain: tuple[Issued, ...], addresses: tuple[str, ...], port: int
    ) -> Where:
        # The last is tried with any free port: there is no machine without it.
        tries = [(one, number) for one in addresses for number in dict.fromkeys((port, 0))]
        for address, number in tries:
            with suppress(OSError):
                server = pool.add(show(*chain), (chain,), address, number, b"")
                if server.context is not None:
                    server.context.sni_callback = self._turn
                return address, server.port
        raise OSError(f"none of {addresses} can be listened at")

    def _turn(
        self, connection: ssl.SSLObject | ssl.SSLSocket, _name: str | None, _: ssl.SSLContext
    ) -> None:
        shown = self._shown
        if shown is not None:
            connection.context = self._contexts[shown]
        elif isinstance(connection, ssl.SSLSocket):
            # TLS's own way to end would say why; a server that is down says nothing.
            socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _context(chain: tuple[Issued, ...]) -> ssl.SSLContext:
    return tls_context(show(*chain), (chain,), b"")
