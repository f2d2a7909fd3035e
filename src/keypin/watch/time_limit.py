"""A limit to how long somebody else may keep us, altogether.

    with TimeLimit(20.0) as limit, guarded_sockets(guard, limit=limit):
        ...

A socket's own timeout is for one step: whoever sends a byte every few seconds never meets it. So
what is connected within (`keypin.watch.guarding_sockets`) is held here, and shut when the time is
over, whatever is being waited for. Who is cut off so reads an end, and may take it for the end of
an answer: look at `over` before you believe it.
"""

import os
import socket
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from threading import Lock, Thread, Timer
from time import monotonic
from typing import Self, TypeVar

_T = TypeVar("_T")

# Seconds that whoever is told something, or asked, may take: names, addresses, answer and all.
TOTAL = 20.0


class TimeLimit:
    """A limit that begins when it is made, and holds sockets until it ends.

    Args:
        seconds: how long, by a clock that nobody sets.

    Attributes:
        seconds: the same.
        over: whether the time was over before the end.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.over = False
        self._until = monotonic() + seconds
        self._ended = False
        self._held: list[socket.socket] = []
        self._lock = Lock()
        self._timer = Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def left(self) -> float:
        """Return the seconds that are left.

        Raises:
            TimeoutError: there are none.
        """
        rest = self._until - monotonic()
        if rest <= 0 or self.over:
            raise self.error()
        return rest

    def error(self) -> TimeoutError:
        """Return what there is to say when the time is over."""
        return TimeoutError(f"it took longer than {self.seconds:g} seconds")

    def hold(self, one: socket.socket) -> None:
        """Hold a socket, under whatever it is wrapped in later.

        Raises:
            TimeoutError: the time is over.
        """
        with self._lock:
            if self.over:
                raise self.error()
            # TLS takes the descriptor out of the socket, so another one of it is kept.
            self._held.append(socket.socket(one.family, one.type, 0, os.dup(one.fileno())))

    def run(self, what: Callable[[], _T]) -> _T:
        """Do what cannot be interrupted, as the resolver, in a thread that is left alone in time.

        Raises:
            TimeoutError: the time was over.
        """
        answer = Future[_T]()
        Thread(target=_answered, args=(answer, what), daemon=True).start()
        try:
            return answer.result(self.left())
        except TimeoutError as error:
            raise self.error() from error

    def end(self) -> None:
        """End it: what was held is let go."""
        self._timer.cancel()
        with self._lock:
            self._ended = True
            held, self._held = self._held, []
        for one in held:
            one.close()

    def _cut(self) -> None:
        with self._lock:
            if self._ended:
                return
            self.over = True
            for one in self._held:
                with suppress(OSError):  # it is not connected, or not any more
                    one.shutdown(socket.SHUT_RDWR)


def _answered(answer: Future[_T], what: Callable[[], _T]) -> None:
    try:
        answer.set_result(what())
    except BaseException as error:  # noqa: BLE001 - who waits raises it
        answer.set_exception(error)
