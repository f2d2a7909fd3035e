"""The laboratory's servers: loopback sockets that do what a `Play` says, and record what they get.

After a good handshake each answers one small HTTP response, so that any HTTPS client can be tried;
application bytes that a client sends are kept, for a client that sends a password before its
verdict has lost it.

One thread accepts for all servers, and each connection has a thread of its own with a blocking
socket: the plainest way to do TLS, and the one in which an alert is really sent and a stop really
closes every socket. A laboratory has few connections.
"""

import selectors
import socket
import ssl
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile

from keypin.lab.authority import Issued
from keypin.lab.scenario import Behaviour, Play

Chains = tuple[tuple[Issued, ...], ...]

ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n"
    b"Connection: close\r\n\r\nkeypin lab\n"
)
_KEPT = 4096  # bytes of application data; enough to see that there was some
_PATIENCE = 30.0  # seconds that a client may be silent
_GOODBYE = 1.0  # seconds to wait for a client's close_notify

# A fatal handshake_failure alert in a TLS 1.2 record (RFC 8446 sections 5.1 and 6).
_ALERT = bytes.fromhex("15 0303 0002 02 28")
_GARBAGE = bytes(range(1, 200)) * 8
# A handshake record of the largest size, whose message says that 16 MiB follow (section 4).
_ENDLESS_START = bytes.fromhex("16 0303 4000 02 ffffff") + b"\0" * (0x4000 - 4)
_ENDLESS_MORE = bytes.fromhex("16 0303 4000") + b"\0" * 0x4000
_TRICKLE = 0.1  # seconds between two bytes of a slow handshake


@dataclass
class Record:
    """What a server saw.

    Attributes:
        received: the application bytes of each connection that sent any, cut at 4 KiB.
        connections: how many there were.
    """

    received: list[bytes] = field(default_factory=list[bytes])
    connections: int = 0


@dataclass(frozen=True, slots=True)
class Server:
    """One listening socket, and what it does with a connection."""

    listener: socket.socket
    behaviour: Behaviour
    context: ssl.SSLContext | None
    record: Record

    @property
    def port(self) -> int:
        """The port that clients use."""
        number: int = self.listener.getsockname()[1]
        return number


class Pool:
    """The running servers: accepts their connections until it is closed."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._waker, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: set[threading.Thread] = set()
        self.stopping = threading.Event()
        self._accepting = threading.Thread(target=self._accept, name="keypin lab")

    def add(self, play: Play, chains: Chains, address: str, port: int, trust: bytes) -> Server:
        """Start to listen for a play at one address; call it before `start`.

        Args:
            play: what the server does.
            chains: what it presents here.
            address: a loopback address.
            port: the port, or 0 for any.
            trust: the CAs that a client certificate may come from, as PEM.

        Raises:
            OSError: the port is taken.
        """
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = socket.create_server((address, port), family=family)
        context = tls_context(play, chains, trust) if chains else None
        server = Server(listener, play.behaviour, context, Record())
        self._selector.register(listener, selectors.EVENT_READ, server)
        return server

    def drop(self, server: Server) -> None:
        """Take back a server that was added."""
        self._selector.unregister(server.listener)
        server.listener.close()

    def start(self) -> None:
        """Begin to accept."""
        self._accepting.start()

    def close(self) -> None:
        """End every connection, every server and every thread."""
        self.stopping.set()
        self._waker.send(b"\0")
        if self._accepting.is_alive():
            self._accepting.join()
        with self._lock:
            for connection in self._open:
                _hang_up(connection)
            threads = tuple(self._threads)
        for thread in threads:
            thread.join()
        for key in tuple(self._selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        self._waker.close()
        self._selector.close()

    def _accept(self) -> None:
        while not self.stopping.is_set():
            for key, _ in self._selector.select():
                if isinstance(key.data, Server):
                    self._serve(key.data)

    def _serve(self, server: Server) -> None:
        try:
            connection, _ = server.listener.accept()
        except OSError:
            return  # it went away while it was waiting to be accepted
        connection.settimeout(_PATIENCE)
        thread = threading.Thread(target=self._converse, args=(server, connection))
        with self._lock:
            server.record.connections += 1
            self._open.add(connection)
            self._threads.add(thread)
        thread.start()

    def _converse(self, server: Server, connection: socket.socket) -> None:
        # A client that refuses, hangs up or is silent too long is what the lab is for: no error.
        with suppress(OSError):
            _BEHAVE[server.behaviour](self, server, connection)
        with self._lock:
            self._open.discard(connection)
            connection.close()
            self._threads.discard(threading.current_thread())

    def swap(self, old: socket.socket, new: socket.socket) -> None:
        """Know a connection by its TLS socket from now on, which took over its descriptor."""
        with self._lock:
            self._open.discard(old)
            self._open.add(new)
            if self.stopping.is_set():
                _hang_up(new)

    def close_one(self, connection: socket.socket) -> None:
        """Close a connection that was swapped in."""
        with self._lock:
            self._open.discard(connection)
            connection.close()


def _hang_up(connection: socket.socket) -> None:
    """Wake the thread that reads or writes; the plain method, for TLS's own is not for others."""
    with suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _tls(pool: Pool, server: Server, connection: socket.socket) -> None:
    if server.context is None:
        raise ValueError("a TLS server needs a chain")
    tls = server.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
    pool.swap(connection, tls)
    try:
        tls.do_handshake()
        if data := tls.recv(_KEPT):
            server.record.received.append(data)
            tls.sendall(ANSWER)
            tls.settimeout(_GOODBYE)
            tls.unwrap()
    finally:
        pool.close_one(tls)


def _slow(pool: Pool, server: Server, connection: socket.socket) -> None:
    """Shake hands through memory, and let each byte out on its own."""
    if server.context is None:
        raise ValueError("a TLS server needs a chain")
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = server.context.wrap_bio(incoming, outgoing, server_side=True)
    done = False
    while not done and not pool.stopping.is_set():
        try:
            tls.do_handshake()
            done = True
        except ssl.SSLWantReadError:
            pass
        for byte in outgoing.read():
            connection.sendall(bytes([byte]))
            if pool.stopping.wait(_TRICKLE):
                return
        incoming.write(connection.recv(65536))


def _endless(pool: Pool, _: Server, connection: socket.socket) -> None:
    """Begin a handshake message and never end it, as fast as the client reads."""
    connection.recv(65536)
    connection.sendall(_ENDLESS_START)
    while not pool.stopping.is_set():
        connection.sendall(_ENDLESS_MORE)


def _silent(_pool: Pool, _server: Server, connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def _answer(data: bytes) -> "Callable[[Pool, Server, socket.socket], None]":
    """Return what answers the ClientHello with fixed bytes instead of TLS, and hangs up."""

    def behave(_pool: Pool, _server: Server, connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(data)

    return behave


_BEHAVE: dict[Behaviour, Callable[[Pool, Server, socket.socket], None]] = {
    Behaviour.TLS: _tls,
    Behaviour.SLOW: _slow,
    Behaviour.SILENT: _silent,
    Behaviour.CUT_OFF: _answer(b""),
    Behaviour.ALERT: _answer(_ALERT),
    Behaviour.GARBAGE: _answer(_GARBAGE),
    Behaviour.PLAIN_HTTP: _answer(ANSWER),
    Behaviour.ENDLESS: _endless,
}


def tls_context(play: Play, chains: Chains, trust: bytes) -> ssl.SSLContext:
    """Return the TLS context that presents `chains` exactly as they are, in their order."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if play.tls12_only:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    if play.wants_client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=trust.decode())
    for chain in chains:
        sent = b"".join(issued.pem for issued in chain) + chain[-1].pem * play.filler
        with _file(sent) as certificates, _file(chain[0].key_pem) as key:
            context.load_cert_chain(certificates, key)
    return context


@contextmanager
def _file(data: bytes) -> Generator[Path]:
    """Give a temporary file with `data`, for `load_cert_chain` takes files alone (mode 0600)."""
    with NamedTemporaryFile(prefix="keypin-lab-", suffix=".pem", delete=False) as file:
        file.write(data)
    path = Path(file.name)
    try:
        yield path
    finally:
        path.unlink()
