"""The HTTP server of the laboratory's log, on loopback, in a thread with an event loop of its own.

HTTP/1.1 (RFC 9112), as little of it as clients of logs use: GET and POST with a length, connections
that are kept. Written by hand because it has to break the protocol on demand, and because a
benchmark of a client must not measure its server.
"""

import asyncio
import gzip
import ssl
import threading
from collections import deque
from functools import lru_cache
from http import HTTPStatus
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit

from keypin.errors import KeypinError
from keypin.lab.ct_api import Ask, CtApi
from keypin.lab.ct_view import Answer, Client, Delivery

_LONGEST_HEAD = 1 << 16
_LONGEST_BODY = 1 << 20
_PACKED_FROM = 512  # bytes; below, gzip gains nothing
_TRICKLE = 0.05  # seconds between two bytes of a slow answer
_REMEMBERED = 10_000  # requests


class Seen(NamedTuple):
    """A request that was answered."""

    target: str
    status: int
    connection: int


class CtServer:
    """A log's server, as a context manager: it answers inside `with`, and is gone after it.

    Args:
        api: what it serves. An origin of the log's own is kept; else the address becomes it.
        port: where it listens; 0 for any free port.
        tls: serves HTTPS with this context.
        prefix: a path below which the log is, as `/2026h1`.
        packs: whether answers are packed by gzip where the client takes it.

    Attributes:
        url: the log's address, with a slash at its end.
        seen: the requests that were answered, the latest ten thousand.
    """

    def __init__(
        self,
        api: CtApi,
        *,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        prefix: str = "",
        packs: bool = True,
    ) -> None:
        self.api = api
        self.url = ""
        self.seen: deque[Seen] = deque(maxlen=_REMEMBERED)
        self._port, self._tls, self._prefix, self._packs = port, tls, prefix, packs
        self._connections = 0
        self._ready = threading.Event()
        self._failed: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="keypin lab log", daemon=True)
        self._stopping = asyncio.Event()

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread.start()
        self._ready.wait()
        if self._failed is not None:
            raise KeypinError(f"the log cannot listen: {self._failed.strerror}") from self._failed
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        try:
            server = await asyncio.start_server(
                self._converse, "127.0.0.1", self._port, ssl=self._tls, limit=_LONGEST_HEAD
            )
        except OSError as error:
            self._failed = error
            self._ready.set()
            return
        port = server.sockets[0].getsockname()[1]
        scheme, host = "https" if self._tls else "http", "localhost" if self._tls else "127.0.0.1"
        self.url = f"{scheme}://{host}:{port}{self._prefix}/"
        self.api.origin = self.api.log.origin or f"{host}:{port}{self._prefix}"
        self._ready.set()
        await self._stopping.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        number = self._connections
        try:
            while await self._exchange(reader, writer, number):
                pass
            writer.close()
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            # Clients that hang up, or send what is no HTTP, are what a laboratory is for.
            writer.transport.abort()
        except asyncio.CancelledError:
            writer.transport.abort()

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> bool:
        """Answer one request; return whether the connection lives on."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head[:-4].split("\r\n")
        method, target, _ = first.split(" ")
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        body = None
        if method == "POST":
            length = int(headers.get("content-length", "0"))
            body = await reader.readexactly(min(length, _LONGEST_BODY))
        answer = self._answer(target, Client(number, headers), body)
        self.seen.append(Seen(target, answer.status, number))
        answer = self._pack(answer, headers.get("accept-encoding", ""))
        return await _deliver(writer, answer) and headers.get("connection") != "close"

    def _answer(self, target: str, client: Client, body: bytes | None) -> Answer:
        url = urlsplit(target)
        if not url.path.startswith(self._prefix):
            return Answer(b"no log here\n", 404, "text/plain")
        # A plus sign in a query is itself here: base64 has some, and clients forget to escape it.
        query = dict(parse_qsl(url.query.replace("+", "%2B")))
        return self.api.answer(Ask(url.path.removeprefix(self._prefix), client, query, body))

    def _pack(self, answer: Answer, accepted: str) -> Answer:
        if answer.encoding or "gzip" not in accepted or not self._packs:
            return answer
        if answer.status != HTTPStatus.OK or len(answer.body) < _PACKED_FROM:
            return answer
        return Answer(
            _packed(answer.body), answer.status, answer.content_type, answer.headers,
            "gzip", answer.delivery,
        )  # fmt: skip


@lru_cache(maxsize=1024)
def _packed(body: bytes) -> bytes:
    return gzip.compress(body, 1)


async def _deliver(writer: asyncio.StreamWriter, answer: Answer) -> bool:
    """Send an answer; return whether another can follow."""
    endless = answer.delivery is Delivery.ENDLESS
    length = "Connection: close" if endless else f"Content-Length: {len(answer.body)}"
    lines = [
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
        f"Content-Type: {answer.content_type}",
        length,
        *(f"{name}: {value}" for name, value in answer.headers),
    ]
    if answer.encoding:
        lines.append(f"Content-Encoding: {answer.encoding}")
    head = "\r\n".join([*lines, "", ""]).encode("latin-1")
    if answer.delivery is Delivery.WHOLE:
        writer.write(head + answer.body)
        await writer.drain()
        return True
    writer.write(head)
    await _misdeliver(writer, answer)
    return answer.delivery is Delivery.SLOW


async def _misdeliver(writer: asyncio.StreamWriter, answer: Answer) -> None:
    if answer.delivery is Delivery.CUT:
        writer.write(answer.body[: len(answer.body) // 2])
        await writer.drain()
        writer.transport.abort()
        return
    if answer.delivery is Delivery.SLOW:
        for byte in answer.body:
            writer.write(bytes((byte,)))
            await writer.drain()
            await asyncio.sleep(_TRICKLE)
        return
    more = answer.body or b"\0"
    while True:
        writer.write(more)
        await writer.drain()
