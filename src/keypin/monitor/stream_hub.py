"""Between those who read logs and those who listen: one makes messages, many wait for them.

Followers of logs hand in blocks, each in its thread, and wait while there is no room: nothing piles
up. One task takes an entry apart when somebody wants it, once whatever the number of listeners. A
listener who does not keep up loses messages, which are counted; no other one waits for him.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Container, Sequence
from contextlib import suppress
from threading import Event, Semaphore
from typing import NamedTuple

from keypin.ct.certstream import MAX_DER, Kind, Origin, Update, encode
from keypin.ct.entry import Block, LogEntry
from keypin.ct.watch_list import WatchList
from keypin.errors import KeypinError

# Bytes that lie ready for a listener: some two thousand lite messages.
READY = 4 << 20
LISTENERS = 100
# How many updates those see who ask for the latest, as certstream has it.
LATEST = 25
_BATCHES = 4
_AT_ONCE = 16
_ROOM_SECONDS = 0.5


class FullError(KeypinError):
    """There are as many listeners as there may be."""


class Batch(NamedTuple):
    """Entries on their way out.

    Attributes:
        origin: their log.
        block: the entries.
        seen: when they were read, in seconds since 1970.
        verified: whether they are proved to be in the tree that the log signed.
        chain: gives the certificates above one.
    """

    origin: Origin
    block: Block
    seen: float
    verified: bool
    chain: Callable[[LogEntry], Sequence[bytes]]


class Listener:
    """Somebody who listens, and what lies ready for him.

    Args:
        kind: what he asked for.
        wanted: which entries he asked for; None for all.
        alarms: whether he wants to hear of alarms, too.

    Attributes:
        skipped: how many messages he lost by not keeping up.
    """

    def __init__(
        self, kind: Kind, wanted: WatchList | None = None, *, alarms: bool = False
    ) -> None:
        self.kind = kind
        self.wanted = wanted
        self.alarms = alarms
        self.skipped = 0
        self._ready = deque[bytes]()
        self._size = 0
        self._something = asyncio.Event()

    def offer(self, message: bytes) -> None:
        """Lay a message ready, if there is room."""
        if self._ready and self._size + len(message) > READY:
            self.skipped += 1
            return
        self._ready.append(message)
        self._size += len(message)
        self._something.set()

    async def next(self) -> bytes:
        """Wait for a message, and take it."""
        while not self._ready:
            self._something.clear()
            await self._something.wait()
        message = self._ready.popleft()
        self._size -= len(message)
        return message


class Hub:
    """What connects followers with listeners.

    Args:
        wanted: which entries anybody hears of; None for all.
    """

    def __init__(self, wanted: WatchList | None = None) -> None:
        self.latest: deque[Update] = deque(maxlen=LATEST)
        self._wanted = wanted
        self._listeners = set[Listener]()
        self._batches = deque[Batch]()
        self._room = Semaphore(_BATCHES)
        self._closed = Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._something = asyncio.Event()

    # For threads

    def wants(self, kind: Kind) -> bool:
        """Tell whether anybody listens for a kind of message."""
        return any(listener.kind is kind for listener in tuple(self._listeners))

    def publish(self, batch: Batch) -> None:
        """Hand in entries; waits while there is no room."""
        while not self._closed.is_set():
            if self._room.acquire(timeout=_ROOM_SECONDS):
                self._batches.append(batch)
                self._call(self._something.set)
                return

    def tell(self, alarm: object) -> None:
        """Tell those of an alarm who asked for that: other clients take it for a certificate."""
        message = encode("alarm", alarm)
        self._call(lambda: self._alarm(message))

    def close(self) -> None:
        """Let nobody wait any more, and hand out nothing more."""
        self._closed.set()

    def _call(self, function: Callable[[], None]) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is over
                self._loop.call_soon_threadsafe(function)

    # In the loop

    def join(self, listener: Listener) -> None:
        """Let somebody listen.

        Raises:
            FullError: there is no room for him.
        """
        self.check_room()
        self._listeners.add(listener)

    def check_room(self) -> None:
        """Check that there is room for a listener.

        Raises:
            FullError: there is none.
        """
        if len(self._listeners) >= LISTENERS:
            raise FullError(f"{LISTENERS} clients listen already, which is the most")

    def leave(self, listener: Listener) -> None:
        """Forget a listener."""
        self._listeners.discard(listener)

    async def run(self) -> None:
        """Hand out what is handed in, until cancelled."""
        self._loop = asyncio.get_running_loop()
        try:
            while True:
                self._something.clear()
                while self._batches and not self._closed.is_set():
                    await self._deliver(self._batches.popleft())
                    self._room.release()
                await self._something.wait()
        finally:
            self.close()

    async def _deliver(self, batch: Batch) -> None:
        """Make the messages of a block, and lay them ready; others have their turn in between."""
        block = batch.block
        asked = [(one, _candidates(one.wanted, block)) for one in self._listeners]
        within = _candidates(self._wanted, block)
        recent = range(max(0, len(block) - LATEST), len(block))
        made = 0
        for position in range(len(block)):
            takers = [listener for listener, found in asked if position in found]
            if position in within and (takers or position in recent):
                self._hand_out(batch, position, takers)
                made += 1
                if made % _AT_ONCE == 0:
                    await asyncio.sleep(0)

    def _hand_out(self, batch: Batch, position: int, takers: Sequence[Listener]) -> None:
        entry = batch.block.entry(position)
        update = Update(entry, batch.origin, batch.seen, batch.verified, batch.chain)
        if not _is_wanted(self._wanted, update):
            return
        for listener in takers:
            message = update.message(listener.kind) if _is_wanted(listener.wanted, update) else b""
            if message:
                listener.offer(message)
        if len(entry.der) <= MAX_DER:
            self.latest.append(update)

    def _alarm(self, message: bytes) -> None:
        for listener in self._listeners:
            if listener.alarms:
                listener.offer(message)


def _candidates(wanted: WatchList | None, block: Block) -> Container[int]:
    """Return the positions of entries to look at; no other needs to be taken apart."""
    return range(len(block)) if wanted is None else frozenset(wanted.candidates(block))


def _is_wanted(wanted: WatchList | None, update: Update) -> bool:
    return wanted is None or bool(wanted.matches(update.logged))
