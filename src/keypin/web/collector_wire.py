"""Requests as bytes: uvicorn's own reader of HTTP/1.1, with a short way for reports.

A task for each request, and the messages of ASGI, take as long as the report itself. So a report
whose body came with its head is answered as soon as it is read, by a callback. All else goes
uvicorn's way: what came in pieces, what is sent ahead of an answer (pipelining), and what a client
does not fetch. A uvicorn without the method that is overridden here would take that way for all.
"""

from asyncio import AbstractEventLoop
from typing import Any, NamedTuple, cast

from uvicorn import Config
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from keypin.web.collector import Door, Front, door_of
from keypin.web.collector_answers import CLOSE, Answer
from keypin.web.serve_bounds import Bounded

_CLOSE = b"%b: %b\r\n" % CLOSE


class _Held(NamedTuple):
    """A request of which the head has come."""

    door: Door
    cycle: RequestResponseCycle
    app: ASGI3Application


class Wire(Bounded):
    """A connection; for `uvicorn.Config(app, http=Wire)`.

    Where the application is no `Front`, it is only `Bounded`.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._front = config.app if isinstance(config.app, Front) else None
        self._reading = False
        self._held: _Held | None = None

    def data_received(self, data: bytes) -> None:
        """Read what came, and answer it."""
        self._reading = True
        super().data_received(data)
        self._reading = False
        if self._held is not None:
            held, self._held = self._held, None
            if held.cycle.more_body or not self._answered(held):
                super()._start_asgi_task(held.cycle, held.app)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        door = None
        if self._front is not None and self._reading and not self.flow.write_paused:
            door = door_of(cycle.scope["path"])
        if door is None:
            super()._start_asgi_task(cycle, app)
        else:
            self._held = _Held(door, cycle, app)

    def _answered(self, held: _Held) -> bool:
        """Answer a request without a task, now or later, and tell whether that can be."""

        def done(answer: Answer) -> None:
            self._finish(held.cycle, answer)

        scope = cast("dict[str, Any]", held.cycle.scope)
        collector = cast("Front", self._front).collector
        return collector.answer_whole(held.door, scope, bytes(held.cycle.body), done)

    def _finish(self, cycle: RequestResponseCycle, answer: Answer) -> None:
        if cycle.disconnected or self.transport.is_closing():
            return
        cycle.response_started = cycle.response_complete = True
        if cycle.keep_alive and not answer.closes:
            self._write(answer)
        else:
            self._write(answer, *([] if answer.closes else [_CLOSE]))
            self.transport.close()
        cycle.on_response()
