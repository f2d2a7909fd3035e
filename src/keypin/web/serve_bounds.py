"""What a connection may take before it is a request: so many bytes, so much time, and a number.

No sign-in comes before this, so whoever can connect is held to it. Uvicorn bounds neither the head
of a request nor the time that it takes. Bytes are counted as they come; time is looked at once a
second, for all connections in one go, since a timer for each request costs as much as its answer.

Its private methods are overridden here. One without them would do without these bounds, which
`tests/web/test_serve_bounds.py` would tell.
"""

import asyncio
import logging
import math
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, ClassVar
from weakref import WeakSet

from uvicorn import Config
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from keypin.web.collector_answers import CLOSE, Answer, problem

_log = logging.getLogger(__name__)

HEAD = 64 * 1024
"""Bytes of a request's head, and of all in a body that is none: extensions of chunks, trailers."""

LINES = 100
"""Lines of a head, and of trailers."""

AHEAD = 100
"""Requests that may come before the answer to the first of them."""

_BAD = problem(400, "what came is no request; expected HTTP/1.1 (RFC 9112)", CLOSE)
_LONG = problem(414, f"the address is too long; expected a head of {HEAD:,} bytes at most", CLOSE)
_LARGE = problem(
    431, f"the head is too large; expected {HEAD:,} bytes in {LINES} lines at most", CLOSE
)
_AHEAD = problem(
    429, f"more than {AHEAD} requests came ahead of their answers; wait for these", CLOSE
)
_SLOW_HEAD = problem(408, "the head of the request did not arrive in time; send it again", CLOSE)
_SLOW_BODY = problem(408, "the body of the request came too slowly; send it again", CLOSE)
_FULL = problem(503, "too many connections are open; send it again", (b"retry-after", b"5"), CLOSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much time connections have, and how many there may be.

    Attributes:
        head: seconds from the first byte of a head, or from the beginning, until it is whole.
        body: seconds in which `pace` bytes of a body must come, or the rest of it.
        pace: as above.
        unsent: seconds in which a client must take some of what waits for it.
        lingering: seconds for which what a refused client still sends is read, and dropped; it
            would else not see the refusal.
        connections: how many there may be.
        every: seconds between two looks.
    """

    head: float = 10.0
    body: float = 60.0
    pace: int = HEAD
    unsent: float = 60.0
    lingering: float = 2.0
    connections: int = 10_000
    every: float = 1.0


class _Stage(Enum):
    """What a connection waits for."""

    OPENED = auto()
    HEAD = auto()
    BODY = auto()
    ANSWER = auto()
    NEXT = auto()
    SENDING = auto()
    LINGERING = auto()


class _StoppedError(Exception):
    """What the parser is told to read no further by."""


class _Flow(FlowControl):
    """Reads nothing more while requests wait for the answer to an earlier one."""

    def __init__(self, connection: "Bounded") -> None:
        super().__init__(connection.transport)
        self._waiting = connection.pipeline

    def resume_reading(self) -> None:
        if self.read_paused and not self._waiting:
            super().resume_reading()


# Servers whose connections are looked at.
_looked_at: WeakSet[ServerState] = WeakSet()


def _look(state: ServerState, loop: asyncio.AbstractEventLoop, every: float) -> None:
    """Look at all connections of a server, again and again."""
    now = loop.time()
    for one in tuple(state.connections):
        if isinstance(one, Bounded):
            one.look(now)
    loop.call_later(every, _look, state, loop, every)


class Bounded(HttpToolsProtocol):
    """A connection, for `uvicorn.Config(app, http=Bounded)`.

    Attributes:
        limits: of all connections of this class.
    """

    limits: ClassVar[Limits] = Limits()

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.ws_protocol_class = None  # nothing here is a WebSocket
        self.url, self.headers = b"", []
        # Bytes that came; and how many had when a head or a part of a body was last whole.
        self._came = self._whole = 0
        # What is said as the last thing, and whether that was said.
        self._refusal: Answer | None = None
        self._refused = False
        # What was last seen: of which request, since when, after how many bytes; what was unsent.
        self._stage = _Stage.OPENED
        self._of: object = self.scope
        self._since = self.loop.time()
        self._came_then = self._unsent = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, unless there are too many."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self.flow = _Flow(self)
        if self.server_state not in _looked_at:
            _looked_at.add(self.server_state)
            _look(self.server_state, self.loop, self.limits.every)
        if len(self.connections) > self.limits.connections:
            _log.warning(
                "more than %d connections are open, so new ones are refused; raise the limit of "
                "open files (LimitNOFILE), or look at who opens them",
                self.limits.connections,
            )
            self._refusal = _FULL
            self._write(_FULL)
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        """Read what came, if that is still asked for."""
        if self._refusal is not None:
            return
        self._came += len(data)
        super().data_received(data)
        if self._too_much():
            self._refuse(self._too_large())

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """Stay open for the answer to a whole request, though no other will come."""
        newest = self._newest
        if newest is None or newest.more_body or newest.response_started:
            return None
        newest.keep_alive = False
        return True

    def on_headers_complete(self) -> None:
        """Take a head that is not too large."""
        if self._too_much() and (len(self.headers) > LINES or self._size() > HEAD):
            self._stop(self._too_large())
        if len(self.pipeline) >= AHEAD:
            self._stop(_AHEAD)
        self._whole = self._came
        super().on_headers_complete()
        self.headers = []  # trailers are no headers, and nobody reads them

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        self._whole = self._came
        super().on_body(body)

    def on_response_complete(self) -> None:
        """Go on to what comes next."""
        super().on_response_complete()
        if self.flow.read_paused and not self.transport.is_closing():
            self.flow.resume_reading()  # the last that waited may be under way now
        if self._refusal is not None and self.cycle.response_complete:
            self._say(self._refusal)

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser does not read further."""
        del msg
        self._refuse(self._refusal or _BAD)

    def _unsupported_upgrade_warning(self) -> None:
        """Answer a request to speak something else as if it had not been asked, and end then.

        What came after its head may be of the other protocol already, and was not read.
        """
        if self.cycle.response_complete:
            self.transport.close()
        self.cycle.keep_alive = False

    def look(self, now: float) -> None:
        """End it if it had its time; asked again and again.

        Args:
            now: by the clock of the loop.
        """
        unsent, self._unsent = self._unsent, self.transport.get_write_buffer_size()
        stage = self._where()
        moved = stage is not self._stage or self.scope is not self._of
        if stage is _Stage.SENDING:
            moved = moved or self._unsent < unsent
        elif stage is _Stage.BODY:
            moved = moved or self._came - self._came_then >= self.limits.pace
        if moved:
            self._stage, self._of = stage, self.scope
            self._since, self._came_then = now, self._came
        elif now - self._since > self._patience(stage):
            self._end(stage)

    def _where(self) -> _Stage:
        """Return what it waits for."""
        if self._unsent:
            return _Stage.SENDING
        if self._refusal is not None:
            return _Stage.LINGERING if self._refused else _Stage.ANSWER
        if self.flow.read_paused:  # it has what it sends still to read, for as long as that takes
            return _Stage.ANSWER
        return self._asking()

    def _asking(self) -> _Stage:
        """Return how far it is with a request."""
        newest = self._newest
        if newest is None or newest.scope is not self.scope:
            return _Stage.HEAD if self._came else _Stage.OPENED
        if newest.response_complete:
            return _Stage.NEXT
        return _Stage.BODY if newest.more_body else _Stage.ANSWER

    @property
    def _newest(self) -> RequestResponseCycle | None:
        """The newest of the requests whose head is whole."""
        return self.cycle

    def _patience(self, stage: _Stage) -> float:
        """Return for how many seconds it may wait for the same."""
        if stage is _Stage.ANSWER:
            return math.inf
        if stage is _Stage.NEXT:
            return self.timeout_keep_alive
        of = {_Stage.BODY: self.limits.body, _Stage.SENDING: self.limits.unsent}
        of[_Stage.LINGERING] = self.limits.lingering
        return of.get(stage, self.limits.head)

    def _end(self, stage: _Stage) -> None:
        """End what had its time."""
        if stage is _Stage.HEAD:
            self._refuse(_SLOW_HEAD)
        elif stage is _Stage.BODY:
            self._refuse(_SLOW_BODY)
        elif stage in {_Stage.SENDING, _Stage.LINGERING}:
            self.transport.abort()
        else:
            self.transport.close()

    def _too_much(self) -> bool:
        """Tell whether more came than a head may have, or a body besides itself."""
        much = self._came - self._whole > HEAD or len(self.headers) > LINES
        return much and self._refusal is None

    def _size(self) -> int:
        """Return how large the head is, about."""
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _too_large(self) -> Answer:
        return _LONG if len(self.url) > HEAD // 2 else _LARGE

    def _stop(self, refusal: Answer) -> None:
        """Have the parser read no further; it then asks for `send_400_response`.

        Raises:
            _StoppedError: always.
        """
        self._refusal = refusal
        raise _StoppedError

    def _refuse(self, refusal: Answer) -> None:
        """Read nothing more, and say why when all that was asked before is answered."""
        self._refusal = refusal
        newest = self._newest
        if newest is not None and not newest.response_complete:
            if not newest.more_body:
                return
            newest.disconnected = True  # the rest of its body will not come
            newest.message_event.set()
            if newest.response_started or self.pipeline:
                self.transport.close()
                return
        self._say(refusal)

    def _say(self, refusal: Answer) -> None:
        """Say the last thing; a client that still sends has some time to read it."""
        if not self.transport.is_closing():
            self._refused = True
            self._write(refusal)
            self.transport.write_eof()

    def _write(self, answer: Answer, *more: bytes) -> None:
        """Write an answer that nothing of ASGI sends, with more lines of its head."""
        said = [b"%b: %b\r\n" % each for each in self.server_state.default_headers]
        self.transport.write(b"".join((answer.head, *said, *more, b"\r\n", answer.body)))
