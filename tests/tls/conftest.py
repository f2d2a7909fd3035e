"""Servers with any chain and any behaviour, and what is pinned of them."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

import keypin
from keypin.lab.authority import Issued
from keypin.lab.cast import Cast


@dataclass
class Peer:
    """A TLS server on loopback that answers each connection, and keeps what it was sent."""

    listener: socket.socket
    context: ssl.SSLContext
    received: list[bytes] = field(default_factory=list)
    behave: Callable[[ssl.SSLSocket], None] | None = None
    ended: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self.listener.getsockname()[1]

    def run(self) -> None:
        """Serve until the listener is closed."""
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.converse, args=(plain,), daemon=True).start()

    def converse(self, plain: socket.socket) -> None:
        """Serve one connection: echo, unless it is to behave otherwise."""
        plain.settimeout(10)
        with contextlib.suppress(OSError, ValueError):
            with self.context.wrap_socket(plain, server_side=True) as tls:
                if self.behave:
                    self.behave(tls)
                else:
                    while data := tls.recv(65536):
                        self.received.append(data)
                        tls.sendall(data)
        plain.close()
        self.ended.release()

    def wait(self) -> None:
        """Wait until one more connection has come to its end."""
        assert self.ended.acquire(timeout=10)


@pytest.fixture(scope="session")
def cast() -> Cast:
    """Return the lab's cast: keys, CAs and certificates of any kind."""
    return Cast(datetime.now(UTC))


@pytest.fixture(scope="session")
def ca_file(cast: Cast, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of the roots that a client of the cast trusts."""
    file = tmp_path_factory.mktemp("trust") / "ca.pem"
    file.write_bytes(cast.trusted_pem())
    return file


@pytest.fixture(scope="session")
def server_context(tmp_path_factory: pytest.TempPathFactory):
    """Return a function that makes a server's context of a chain."""

    def make(*chain: Issued) -> ssl.SSLContext:
        file = tmp_path_factory.mktemp("server") / "chain.pem"
        file.write_bytes(chain[0].key_pem + b"".join(issued.pem for issued in chain))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    return make


@pytest.fixture
def serve(server_context) -> Iterator[Callable[..., Peer]]:
    """Return a function that starts a server with a chain, or with a context of one's own."""
    peers: list[Peer] = []

    def start(*chain: Issued, context: ssl.SSLContext | None = None, behave=None) -> Peer:
        peer = Peer(
            socket.create_server(("127.0.0.1", 0)), context or server_context(*chain), behave=behave
        )
        peers.append(peer)
        threading.Thread(target=peer.run, daemon=True).start()
        return peer

    yield start
    for peer in peers:
        peer.listener.shutdown(socket.SHUT_RDWR)
        peer.listener.close()


@pytest.fixture(scope="session")
def pinned(cast: Cast, ca_file: Path):
    """Return a function that makes a client's context with pins of members of the cast."""

    def make(*names: str, host: str = "localhost", **options) -> keypin.SSLContext:
        pins = {host: [cast.pin(name) for name in names or ("active", "backup")]}
        options.setdefault("cafile", ca_file)
        options.setdefault("no_backup", "a test")
        return keypin.create_default_context(options.pop("pins", pins), **options)

    return make


@pytest.fixture
def dial() -> Iterator[Callable[..., ssl.SSLSocket]]:
    """Return a function that connects to a server with a context."""
    opened: list[socket.socket] = []

    def connect(
        context: ssl.SSLContext, peer: Peer, host: str | None = "localhost", **options
    ) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", peer.port), timeout=10)
        opened.append(plain)
        tls = context.wrap_socket(plain, server_hostname=host, **options)
        opened.append(tls)
        return tls

    yield connect
    for connection in opened:
        connection.close()


@pytest.fixture(scope="session")
def good(cast: Cast) -> tuple[Issued, ...]:
    """Return the chain of a good server, whose key is pinned."""
    return cast.leaf(), cast.authority("intermediate")


@pytest.fixture(scope="session")
def attacker(cast: Cast) -> tuple[Issued, ...]:
    """Return the chain of a man in the middle: another trusted CA, the right name, another key."""
    return cast.leaf("attacker", "other-intermediate"), cast.authority("other-intermediate")
