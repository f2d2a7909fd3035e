"""Many conversations in one thread: generators that wait for sockets, and the loop that wakes them.

A conversation is a generator. It yields what it waits for (`Wait` for a socket, `Call` for work
that blocks, `All` for further conversations) and is resumed with the outcome; time-outs are raised
inside it. asyncio does the same with transports, futures and protocols at three times the cost in
CPU for connections that live for two packets.

Knows nothing of TLS or of what the conversations are about.
"""

import selectors
import socket
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, Self

READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE

# How late a time-out may be noticed; all waiting conversations are looked through so often.
TICK = 0.05

# Threads for the resolver: getaddrinfo blocks, mostly on the network.
WORKERS = 32


class Clock:
    """Seconds that pass for the conversations: it stands still while nobody takes the results."""

    __slots__ = ("_paused",)

    def __init__(self) -> None:
        self._paused = 0.0

    def now(self) -> float:
        """Return the seconds since some moment."""
        return time.monotonic() - self._paused

    def skip(self, seconds: float) -> None:
        """Leave out `seconds` that have just passed."""
        self._paused += seconds


@dataclass(slots=True)
class Wait:
    """Until `sock` is ready for `events`, or `until` on the clock."""

    sock: socket.socket
    events: int
    until: float


@dataclass(frozen=True, slots=True)
class Call:
    """Until `work` has been done in another thread, or `until` on the clock."""

    work: Callable[[], object]
    until: float


Conversation = Generator["Wait | Call | All", Any, Any]


@dataclass(frozen=True, slots=True)
class All:
    """Until every one of `conversations` has ended; gives their results in their order."""

    conversations: tuple[Conversation, ...]


def _nothing() -> Conversation:
    yield from ()


_END = _nothing()


@dataclass(eq=False, slots=True)
class _Task:
    conversation: Conversation
    parent: "_Task | None" = None
    index: int = 0
    results: list[Any] = field(default_factory=list[Any])
    missing: int = 0
    sock: socket.socket | None = None
    fd: int = -1
    events: int = 0
    until: float = float("inf")
    call: Future[object] | None = None


class Engine:
    """Runs conversations, so many at once, and yields their results as they end.

    Use it as a context manager: leaving closes whatever is still open. `stop` may be called from
    any thread; all else belongs to the one that runs it.
    """

    def __init__(self) -> None:
        self.clock = Clock()
        self._selector = selectors.DefaultSelector()
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self._waker.setblocking(False)
        self._selector.register(self._woken, READ, None)
        self._waiting: set[_Task] = set()
        self._called: SimpleQueue[tuple[_Task, Future[object]]] = SimpleQueue()
        self._pool: ThreadPoolExecutor | None = None
        self._finished: list[Any] = []
        self._next_look = 0.0
        self._stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(
        self, conversations: Iterable[Conversation | None], concurrency: int
    ) -> Iterator[list[Any]]:
        """Yield the results of the conversations as they end, several at a time.

        While the caller works on what it was given, the clock of the conversations stands still.

        Args:
            conversations: taken one at a time, when there is room: it may be endless. None stands
                for "none may start before another ends".
            concurrency: how many run at once.
        """
        source = iter(conversations)
        running, more = 0, True
        while not self._stopped and (more or running):
            while more and running < concurrency:
                conversation = next(source, _END)
                more = conversation is not _END
                if conversation is None or conversation is _END:
                    break
                running += 1
                self._resume(_Task(conversation), None)
            if not self._finished and running:
                self._turn()
            finished, self._finished = self._finished, []
            running -= len(finished)
            if finished:
                before = time.monotonic()
                yield finished
                self.clock.skip(time.monotonic() - before)

    def stop(self) -> None:
        """End `run` at its next turn, from any thread."""
        self._stopped = True
        self._wake()

    def close(self) -> None:
        """Close every conversation and what the engine itself holds."""
        for waiting in tuple(self._waiting):
            task: _Task | None = waiting
            self._forget(waiting)
            while task is not None:
                task.conversation.close()
                task = task.parent
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        self._selector.close()
        self._woken.close()
        self._waker.close()

    def _turn(self) -> None:
        for key, _ in self._selector.select(TICK):
            if key.data is None:
                self._take_called()
            else:
                self._resume(key.data, None)
        now = self.clock.now()
        if now >= self._next_look:
            self._next_look = now + TICK
            for task in [task for task in self._waiting if now >= task.until]:
                self._resume(task, TimeoutError())

    def _resume(self, task: _Task, outcome: object) -> None:
        try:
            if isinstance(outcome, BaseException):
                waits = task.conversation.throw(outcome)
            else:
                waits = task.conversation.send(outcome)
        except StopIteration as end:
            self._forget(task)
            self._end(task, end.value)
        else:
            self._park(task, waits)

    def _park(self, task: _Task, waits: "Wait | Call | All") -> None:
        if isinstance(waits, Wait):
            task.until = waits.until
            self._watch(task, waits)
        else:
            self._forget(task)
            if isinstance(waits, Call):
                self._call(task, waits)
            else:
                self._spread(task, waits.conversations)

    def _watch(self, task: _Task, waits: Wait) -> None:
        if task.sock is waits.sock:
            if task.events != waits.events:
                task.events = waits.events
                self._selector.modify(task.fd, waits.events, task)
            return
        self._forget(task)
        task.until, task.events = waits.until, waits.events
        task.sock, task.fd = waits.sock, waits.sock.fileno()
        self._selector.register(task.fd, task.events, task)
        self._waiting.add(task)

    def _forget(self, task: _Task) -> None:
        if task.sock is not None:
            self._selector.unregister(task.fd)
        task.sock = task.call = None
        task.until = float("inf")
        self._waiting.discard(task)

    def _call(self, task: _Task, waits: Call) -> None:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(WORKERS, "keypin-resolver")
        task.until = waits.until
        task.call = self._pool.submit(waits.work)
        self._waiting.add(task)
        task.call.add_done_callback(lambda call: self._report(task, call))

    def _report(self, task: _Task, call: Future[object]) -> None:
        self._called.put((task, call))
        self._wake()

    def _wake(self) -> None:
        try:
            self._waker.send(b"\0")
        except OSError:
            # Full: it will wake anyhow. Closed: there is nobody to wake.
            return

    def _take_called(self) -> None:
        self._woken.recv(4096)
        while not self._called.empty():
            task, call = self._called.get()
            if task.call is call:
                self._forget(task)
                self._resume(task, call.exception() or call.result())

    def _spread(self, task: _Task, conversations: tuple[Conversation, ...]) -> None:
        task.missing = len(conversations)
        task.results = [None] * task.missing
        if not conversations:
            self._resume(task, [])
        for index, conversation in enumerate(conversations):
            self._resume(_Task(conversation, task, index), None)

    def _end(self, task: _Task, result: object) -> None:
        parent = task.parent
        if parent is None:
            self._finished.append(result)
            return
        parent.results[task.index] = result
        parent.missing -= 1
        if not parent.missing:
            self._resume(parent, parent.results)
