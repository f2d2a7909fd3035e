"""Servers that speak just enough of each protocol, honest or not, and a proxy to reach them by.

Each keeps what it is sent: `received` over TLS, `plain` before it. A client that sends a hostile
server anything over TLS has trusted it.
"""

import contextlib
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import unquote

import pytest

import keypin
from keypin.lab import SCENARIOS, Lab
from keypin.lab.cast import Cast
from keypin.lab.serving import tls_context

PATIENCE = 20  # seconds until a test that hangs fails

# Scenarios of the laboratory that no pinned client may talk to. The first has a story of pins.
HOSTILE = (
    "man-in-the-middle",
    "renewed-new-key",
    "stuffed-after",
    "forged-leaf",
    "wrong-host",
    "unknown-root-pinned-key",
    "self-signed",
    "expired",
)


class Wire:
    """A connection from the server's side: plain bytes until TLS begins."""

    def __init__(self, server: "Server", connection: socket.socket) -> None:
        self.server = server
        self.socket = connection
        self._buffer = b""

    @property
    def secure(self) -> bool:
        """Whether TLS has begun."""
        return isinstance(self.socket, ssl.SSLSocket)

    def start_tls(self) -> None:
        """Make the server's handshake; what came before it is forgotten (RFC 3207 section 4.2)."""
        self._buffer = b""
        self.socket = self.server.context.wrap_socket(
            self.socket, server_side=True, do_handshake_on_connect=False
        )
        self.socket.do_handshake()

    def read(self) -> bytes:
        """Return some bytes, none at the end, and keep them."""
        data = self.socket.recv(65536)
        if data:
            (self.server.received if self.secure else self.server.plain).append(data)
        return data

    def until(self, mark: bytes) -> str:
        """Return a text up to a mark; an empty one at the end."""
        while mark not in self._buffer:
            data = self.read()
            if not data:
                return ""
            self._buffer += data
        text, _, self._buffer = self._buffer.partition(mark)
        return text.decode()

    def line(self) -> str:
        """Return a line; an empty one at the end."""
        return self.until(b"\r\n")

    def send(self, *lines: str) -> None:
        """Send lines."""
        self.socket.sendall("".join(f"{line}\r\n" for line in lines).encode())


class Server:
    """A server on loopback: a thread for each connection, which plays a script.

    Attributes:
        context: its TLS; changed while it runs, it is another server from the next connection on.
        received: the application bytes that it was sent over TLS.
        plain: the bytes that it was sent before TLS.
        connections: how many there were.
    """

    def __init__(
        self, context: ssl.SSLContext | None, script: Callable[[Wire], None], *, implicit: bool
    ) -> None:
        self.context = context
        self.received: list[bytes] = []
        self.plain: list[bytes] = []
        self.connections = 0
        self._script = script
        self._implicit = implicit
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._changed = threading.Condition()
        self._open: set[Wire] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path: str = "/", host: str = "localhost") -> str:
        """Return a URL on this server."""
        return f"https://{host}:{self.port}{path}"

    def wait(self) -> None:
        """Wait until there was a connection, and every one has come to its end."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.connections and not self._open, PATIENCE)

    def close(self) -> None:
        """End the server and its connections."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._changed:
            for wire in self._open:
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(wire.socket, socket.SHUT_RDWR)
            assert self._changed.wait_for(lambda: not self._open, PATIENCE)

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            plain.settimeout(PATIENCE)
            wire = Wire(self, plain)
            with self._changed:
                self.connections += 1
                self._open.add(wire)
            threading.Thread(target=self._converse, args=(wire,), daemon=True).start()

    def _converse(self, wire: Wire) -> None:
        try:
            with contextlib.suppress(OSError):  # a client that refuses hangs up
                if self._implicit:
                    wire.start_tls()
                self._script(wire)
        finally:
            with self._changed:
                wire.socket.close()
                self._open.discard(wire)
                self._changed.notify_all()


def speak_http(wire: Wire) -> None:
    """Answer requests on one kept connection; `/to?URL` redirects to the URL."""
    while head := wire.until(b"\r\n\r\n"):
        path, _, query = head.split()[1].partition("?")
        first = "HTTP/1.1 200 OK"
        if path == "/to":
            first = f"HTTP/1.1 302 Found\r\nLocation: {unquote(query)}"
        wire.send(first, "Content-Type: text/plain", "Content-Length: 5", "")
        wire.socket.sendall(b"hello")


def speak_echo(wire: Wire) -> None:
    """Send back what comes."""
    while data := wire.read():
        wire.socket.sendall(data)


def speak_echo_after_upgrade(wire: Wire) -> None:
    """Begin TLS when asked to, and echo."""
    if wire.line() == "STARTTLS":
        wire.send("GO")
        wire.start_tls()
        speak_echo(wire)


class Proxy:
    """A proxy that answers CONNECT and passes bytes on, in the clear or within TLS of its own.

    Attributes:
        asked: the targets that it was asked for.
        divert: the port of the server that it passes every connection to, as an attacker's does.
    """

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self.asked: list[str] = []
        self.divert: int | None = None
        self._tls = context
        self._server = Server(context, self._connect, implicit=bool(context))
        self.port = self._server.port
        self.close = self._server.close

    def url(self) -> str:
        """Return the URL of the proxy."""
        return f"{'https' if self._tls else 'http'}://localhost:{self.port}"

    def _connect(self, wire: Wire) -> None:
        head = wire.until(b"\r\n\r\n")
        if not head:
            return
        target = head.split()[1]
        self.asked.append(target)
        port = self.divert or int(target.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as far:
            wire.send("HTTP/1.1 200 Connection established", "")
            _relay(wire.socket, far)


def _relay(near: socket.socket, far: socket.socket) -> None:
    """Pass bytes on until one end hangs up."""
    other = {near: far, far: near}
    while True:
        waiting = [end for end in other if isinstance(end, ssl.SSLSocket) and end.pending()]
        for end in waiting or select.select([near, far], [], [], PATIENCE)[0]:
            data = end.recv(65536)
            if not data:
                return
            other[end].sendall(data)


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch) -> None:
    """Forget the proxies and CA files of this machine, which some libraries look for."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def cast(lab: Lab) -> Cast:
    """Return the laboratory's keys and CAs."""
    return lab.cast


@pytest.fixture(scope="session")
def tls_of(cast: Cast) -> Callable[[str], ssl.SSLContext]:
    """Return a function that gives the TLS of a scenario's server."""

    def context(name: str) -> ssl.SSLContext:
        play = SCENARIOS[name].play(cast)
        return tls_context(play, play.chains, cast.trusted_pem())

    return context


@pytest.fixture
def serve(tls_of) -> Iterator[Callable[..., Server]]:
    """Return a function that starts a server with the TLS of a scenario."""
    with ExitStack() as stack:

        def start(
            name: str = "good-ecdsa",
            script: Callable[[Wire], None] = speak_http,
            *,
            implicit: bool = True,
        ) -> Server:
            server = Server(tls_of(name), script, implicit=implicit)
            stack.callback(server.close)
            return server

        yield start


@pytest.fixture(scope="session")
def echo():
    """Return the script of a server that sends back what comes."""
    return speak_echo


@pytest.fixture(scope="session")
def upgrade():
    """Return the script of a server that begins TLS when asked to."""
    return speak_echo_after_upgrade


@pytest.fixture
def good(serve) -> Server:
    """Return an honest HTTPS server."""
    return serve()


@pytest.fixture
def attacker(serve) -> Server:
    """Return a man in the middle over HTTPS: a trusted CA's certificate, the right name."""
    return serve("man-in-the-middle")


@pytest.fixture(params=HOSTILE)
def hostile(request, serve) -> Server:
    """Return each of the HTTPS servers that no pinned client may talk to."""
    return serve(request.param)


@pytest.fixture
def proxy(tls_of) -> Iterator[Callable[..., Proxy]]:
    """Return a function that starts a proxy, in the clear or with the TLS of a scenario."""
    with ExitStack() as stack:

        def start(name: str | None = None) -> Proxy:
            running = Proxy(tls_of(name) if name else None)
            stack.callback(running.close)
            return running

        yield start


@pytest.fixture
def pinned(lab: Lab):
    """Return a function that makes a context with the pins of the honest server."""

    def make(*hosts: str, **options) -> keypin.SSLContext:
        keys = [lab.cast.pin("active"), lab.cast.pin("backup")]
        pins = dict.fromkeys(hosts or ("localhost",), keys)
        return keypin.create_default_context(pins, cafile=lab.ca_file, **options)

    return make


@pytest.fixture
def story(lab: Lab):
    """Return a function that tells whether a text has the whole story of the attacker."""

    def told(error: BaseException) -> bool:
        text = str(error)
        return (
            "localhost: no pin matches the verified chain" in text
            and lab.cast.pin("attacker") in text
            and lab.cast.pin("active") in text
            and "next step" in text
        )

    return told
