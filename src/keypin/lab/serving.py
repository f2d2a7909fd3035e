"""The laboratory's servers: loopback sockets that do what a `Play` says, and record what they get.

After a good handshake each answers one small HTTP response, so that any HTTPS client can be tried;
application bytes that a client sends are kept, for a client that sends a password before its
verdict has lost it.
"""

import asyncio
import ssl
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from keypin.lab.authority import Issued
from keypin.lab.scenario import Behaviour, Play

ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n"
    b"Connection: close\r\n\r\nkeypin lab\n"
)
_KEPT = 4096  # bytes of application data; enough to see that there was some

# A fatal handshake_failure alert in a TLS 1.2 record (RFC 8446 sections 5.1 and 6).
_ALERT = bytes.fromhex("15 0303 0002 02 28")
_GARBAGE = bytes(range(1, 200)) * 8
# A handshake record of the largest size, whose message says that 16 MiB follow (section 4).
_ENDLESS_START = bytes.fromhex("16 0303 4000 02 ffffff")
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
    open: set[asyncio.Transport] = field(default_factory=set[asyncio.Transport], repr=False)

    def abort(self) -> None:
        """Drop the connections that are still open."""
        for transport in tuple(self.open):
            transport.abort()


class _Connection(asyncio.Protocol):
    """A connection that is counted, and known as long as it is open."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.record.connections += 1
        self.record.open.add(self.transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.record.open.discard(self.transport)


class _Answer(_Connection):
    """Answers any request after its first bytes; used behind TLS and without."""

    def data_received(self, data: bytes) -> None:
        self.record.received.append(data[:_KEPT])
        self.transport.write(ANSWER)
        self.transport.close()


class _Raw(_Connection):
    """Answers the ClientHello with fixed bytes instead of TLS, and perhaps hangs up."""

    def __init__(self, record: Record, answer: bytes, *, hang_up: bool) -> None:
        super().__init__(record)
        self.answer = answer
        self.hang_up = hang_up

    def data_received(self, data: bytes) -> None:
        self.transport.write(self.answer)
        if self.hang_up:
            self.transport.close()


class _Endless(_Connection):
    """Begins a handshake message and never ends it, as fast as the client reads."""

    def data_received(self, data: bytes) -> None:
        self.transport.pause_reading()
        self.transport.write(_ENDLESS_START + b"\0" * (0x4000 - 4))
        self.resume_writing()

    def resume_writing(self) -> None:
        while self.transport.get_write_buffer_size() == 0 and not self.transport.is_closing():
            self.transport.write(_ENDLESS_MORE)


_RAW: dict[Behaviour, Callable[[Record], asyncio.Protocol]] = {
    Behaviour.SILENT: lambda record: _Raw(record, b"", hang_up=False),
    Behaviour.CUT_OFF: lambda record: _Raw(record, b"", hang_up=True),
    Behaviour.ALERT: lambda record: _Raw(record, _ALERT, hang_up=True),
    Behaviour.GARBAGE: lambda record: _Raw(record, _GARBAGE, hang_up=True),
    Behaviour.PLAIN_HTTP: lambda record: _Raw(record, ANSWER, hang_up=True),
    Behaviour.ENDLESS: _Endless,
}


async def serve(
    play: Play, chains: tuple[tuple[Issued, ...], ...], address: str, port: int, trust: bytes
) -> tuple[list[asyncio.Server], Record, int]:
    """Start what serves one address of a play.

    Args:
        play: what the server does.
        chains: what it presents here.
        address: a loopback address.
        port: the port, or 0 for any.
        trust: the CAs that a client certificate may come from, as PEM.

    Returns:
        The servers to close, the record they keep, and the port that clients use.
    """
    loop = asyncio.get_running_loop()
    record = Record()
    if play.behaviour in _RAW:
        make = _RAW[play.behaviour]
        server = await loop.create_server(lambda: make(record), address, port)
        return [server], record, _port(server)
    context = tls_context(play, chains, trust)
    slow = play.behaviour is Behaviour.SLOW
    server = await loop.create_server(
        lambda: _Answer(record), address, 0 if slow else port, ssl=context
    )
    if not slow:
        return [server], record, _port(server)
    inner = _port(server)
    outer = await asyncio.start_server(
        lambda reader, writer: _trickle(reader, writer, address, inner), address, port
    )
    return [server, outer], record, _port(outer)


def _port(server: asyncio.Server) -> int:
    port: int = server.sockets[0].getsockname()[1]
    return port


def tls_context(play: Play, chains: tuple[tuple[Issued, ...], ...], trust: bytes) -> ssl.SSLContext:
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


async def _trickle(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str, port: int
) -> None:
    """Pass a connection on to the real server, whose answers arrive a byte at a time."""
    try:
        inner_reader, inner_writer = await asyncio.open_connection(address, port)
    except OSError:
        writer.close()
        return
    forward = asyncio.create_task(_pass_on(reader, inner_writer, pause=0))
    try:
        await _pass_on(inner_reader, writer, pause=_TRICKLE)
    finally:
        forward.cancel()
        inner_writer.close()


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, pause: float
) -> None:
    """Copy until either side ends; a client that has had enough is no error of the server's."""
    try:
        while data := await reader.read(1 if pause else 65536):
            writer.write(data)
            await writer.drain()
            if pause:
                await asyncio.sleep(pause)
    except OSError:
        pass
    finally:
        writer.close()
