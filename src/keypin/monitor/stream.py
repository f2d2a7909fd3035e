"""The stream's server: WebSockets (RFC 6455) that certstream's clients read, and a few pages.

It runs in a thread with an event loop of its own. Messages are not compressed: each client would
need its own compression of the same bytes.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from types import TracebackType
from typing import Self

import msgspec
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from keypin.errors import InputError, KeypinError
from keypin.monitor.stream_hub import FullError, Hub, Listener
from keypin.monitor.stream_pages import NoStreamError, Page, Pages, asked

# Seconds, as certstream-server has them.
HEARTBEAT = 30.0
# A slow client answers a ping when it has read what was sent before it.
_PING_SECONDS, _PONG_SECONDS = 20.0, 120.0
# Clients have nothing to say; some say that they live.
_LONGEST_HEARD = 1 << 12

# Whoever connects and sends what is no HTTP is no concern of the user.
_LOGGER = logging.getLogger("keypin.stream")
_LOGGER.setLevel(logging.CRITICAL)


class ListenError(KeypinError):
    """The server cannot listen where it should."""


class Stream:
    """The server, as a context manager: it answers inside `with`, and is gone after it.

    Args:
        hub: where messages come from.
        heads: gives the newest tree heads of the logs, as JSON Lines.
        host: the address to listen at.
        port: the port; 0 for any free one.
        heartbeat: seconds between two heartbeats.

    Attributes:
        port: where it listens.
    """

    def __init__(
        self,
        hub: Hub,
        heads: Callable[[], str],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        heartbeat: float = HEARTBEAT,
    ) -> None:
        self.host, self.port = host, port
        self._hub = hub
        self._pages = Pages(hub, heads)
        self._heartbeat = heartbeat
        self._ready = threading.Event()
        self._failed: BaseException | None = None
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="keypin-ct-stream", daemon=True)

    @property
    def url(self) -> str:
        """The address of the lite stream."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"ws://{host}:{self.port}/"

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread.start()
        self._ready.wait()
        self.check()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._hub.close()
        with suppress(RuntimeError):  # it has ended already
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def check(self) -> None:
        """Check that the server has not failed.

        Raises:
            ListenError: it cannot listen.
            BaseException: whatever ended it.
        """
        if isinstance(self._failed, OSError):
            where = f"{self.host}:{self.port}"
            raise ListenError(
                f"cannot listen on {where}: {self._failed.strerror or self._failed}; name another"
                " address with --listen"
            ) from self._failed
        if self._failed is not None:
            raise self._failed

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:  # noqa: BLE001 - told by `check`, in another thread
            self._failed = error
        finally:
            self._hub.close()
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()
            self._ready.set()

    async def _serve(self) -> None:
        async with serve(
            self._converse,
            self.host,
            self.port,
            process_request=self._answer,
            compression=None,
            max_size=_LONGEST_HEARD,
            ping_interval=_PING_SECONDS,
            ping_timeout=_PONG_SECONDS,
            close_timeout=2,
            server_header="keypin",
            logger=_LOGGER,
        ) as server:
            self.port = next(iter(server.sockets)).getsockname()[1]
            self._ready.set()
            handing_out = asyncio.ensure_future(self._hub.run())
            stopping = asyncio.ensure_future(self._stopping.wait())
            await asyncio.wait((handing_out, stopping), return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            handing_out.cancel()
            with suppress(asyncio.CancelledError):
                await handing_out

    async def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer a request that is for no stream, and refuse one that cannot be."""
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return _response(await self._pages.page(request.method, request.path))
        try:
            asked(request.path)
            self._hub.check_room()
        except NoStreamError as error:
            return connection.respond(HTTPStatus.NOT_FOUND, f"{error}\n")
        except InputError as error:
            return connection.respond(HTTPStatus.BAD_REQUEST, f"{error}\n")
        except FullError as error:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, f"{error}\n")
        return None

    async def _converse(self, connection: ServerConnection) -> None:
        """Send a client what it asked for until it goes; what it says is passed over."""
        if connection.request is None:
            return
        kind, wanted, alarms = asked(connection.request.path)
        listener = Listener(kind, wanted, alarms=alarms)
        try:
            self._hub.join(listener)
        except FullError as error:
            await connection.close(1013, str(error))
            return
        sending = asyncio.ensure_future(self._send(connection, listener))
        try:
            with suppress(ConnectionClosed):
                async for _ in connection:
                    pass
        finally:
            self._hub.leave(listener)
            sending.cancel()
            with suppress(asyncio.CancelledError, ConnectionClosed):
                await sending

    async def _send(self, connection: ServerConnection, listener: Listener) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            if loop.time() >= due:
                due = loop.time() + self._heartbeat
                await connection.send(_heartbeat(listener), text=True)
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    message = await listener.next()
                await connection.send(message, text=True)


def _heartbeat(listener: Listener) -> bytes:
    return msgspec.json.encode(
        {"message_type": "heartbeat", "timestamp": time.time(), "skipped": listener.skipped}
    )


def _response(page: Page) -> Response:
    headers = Headers(
        {
            "Content-Type": page.content_type,
            "Content-Length": str(len(page.body)),
            "Connection": "close",
        }
    )
    if page.status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = "GET"
    if page.status is HTTPStatus.UPGRADE_REQUIRED:
        headers["Upgrade"] = "websocket"
        headers["Connection"] = "Upgrade, close"
    return Response(page.status, page.status.phrase, headers, page.body)
