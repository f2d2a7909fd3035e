"""Answering requests in the process of the watch: uvicorn, in a thread.

There it leaves signals alone. They are the command line's, which asks the server to end, so that
the order of a stop is one: first no more requests, then no more work.
"""

import logging
import socket
import threading
from types import TracebackType
from typing import Self

import uvicorn

from keypin.errors import KeypinError
from keypin.watch import telemetry
from keypin.watch.service import Watch
from keypin.web.app import create
from keypin.web.collector_wire import Wire
from keypin.web.serve_bounds import Limits
from keypin.web.serve_files import raise_limit
from keypin.web.warming import Step, Warming

_log = logging.getLogger(__name__)

# What is accepted while the server is busy, and how long a stop waits for answers under way.
_BACKLOG = 2048
_GRACE = 5

_CONNECTIONS = 10_000


class ListenError(KeypinError):
    """The address cannot be listened at."""


class Server:
    """An HTTP server for one process of the watch.

    Args:
        watch: which.
        listening: where requests come in, from `listen`; it is closed in the end.
        told: whether OpenTelemetry hears of requests.
        warmed: done once what pages keep was read ahead.

    Attributes:
        address: where it is reached, as `http://127.0.0.1:8443`.
    """

    def __init__(
        self,
        watch: Watch,
        listening: socket.socket,
        *,
        told: bool = False,
        warmed: Step | None = None,
    ) -> None:
        self._socket = listening
        host, port = listening.getsockname()[:2]
        self.address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        self._warming = Warming(lambda: not watch.problems())
        self._server = uvicorn.Server(_configuration(create(watch, self._warming), told=told))
        if warmed is not None:
            self._warming.add(warmed)  # after the pages' own
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)

    def start(self) -> None:
        """Begin to answer, in a thread."""
        self._thread.start()
        self._warming.start()

    def stop(self) -> None:
        """Take no more requests, and finish those under way."""
        self._server.should_exit = True
        self._warming.stop()
        if self._thread.is_alive():
            self._thread.join(_GRACE + 3)
        self._socket.close()

    def problem(self) -> str | None:
        """Say why nothing is answered, or None."""
        return None if self._thread.is_alive() else "requests are not answered"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])


def _configuration(app: telemetry.App, *, told: bool) -> uvicorn.Config:
    files = raise_limit()

    class Limited(Wire):
        """A connection of this process, which has files to open besides."""

        limits = Limits(connections=min(_CONNECTIONS, files // 2))

    return uvicorn.Config(
        telemetry.told(app) if told else app,
        http=Limited,
        ws="none",
        log_config=None,  # the command line says how logs look
        access_log=False,
        server_header=False,
        # Whose word on the client's address is taken is decided by the application.
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE,
        timeout_keep_alive=30,
        # All of these may be accepted at once, before the first is looked at.
        backlog=min(_BACKLOG, files // 4),
    )


def listen(host: str, port: int) -> socket.socket:
    """Listen, before anything else is begun: whoever cannot need not migrate a database.

    Args:
        host: an address of this machine.
        port: the port; 0 for any that is free.

    Raises:
        ListenError: the address is taken, or not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server.bind((host, port))
        server.listen(_BACKLOG)
    except OSError as error:
        server.close()
        raise ListenError(
            f"{host}, port {port}: cannot be listened at: {error.strerror or error}; choose "
            "another with --host and --port"
        ) from error
    return server
