"""Reading ahead in one log: the network's latency costs nothing while there is a backlog.

A block that is handed out has been fetched while earlier ones were worked on. What lies ahead of
all logs together is bounded by one `Allowance`; the block that a log needs next is always fetched,
so that no log can keep another from going on. An answer of unusual size is fetched when its turn
comes, one at a time in the whole process. What stays unreadable is stepped over by its hashes.
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import NamedTuple

from keypin.ct.entry import Block, EntryFormatError
from keypin.monitor.client import TooLargeError
from keypin.monitor.source import LARGEST, Source

# Of one log; static logs answer in some 50 ms, in which 256 entries take 2 ms of work.
AHEAD = 8
ALLOWANCE = 48 << 20
_FIRST_GUESS = 1 << 20
# A log may hand out garbage for a moment.
_TRIES = 2
_ONE_LARGE = Lock()


class Allowance:
    """How many bytes may lie ahead, over all logs."""

    def __init__(self, size: int = ALLOWANCE) -> None:
        self._left = size
        self._lock = Lock()

    def take(self, size: int) -> bool:
        """Take some of it; False where there is not enough left."""
        with self._lock:
            if size > self._left:
                return False
            self._left -= size
            return True

    def give_back(self, size: int) -> None:
        """Return what was taken."""
        with self._lock:
            self._left += size


class _Asked(NamedTuple):
    """An answer that is on its way, and what of the allowance was taken for it."""

    future: Future[list[Block]]
    taken: int
    first: int
    end: int


class Reader:
    """What fetches the blocks of one log, in order.

    Args:
        source: the log.
        allowance: shared by all logs.
        ahead: how many answers may lie ahead.
    """

    def __init__(self, source: Source, allowance: Allowance, ahead: int = AHEAD) -> None:
        self._source = source
        self._allowance = allowance
        self._ahead = ahead
        self._guess = _FIRST_GUESS
        self._pool: ThreadPoolExecutor | None = None

    def blocks(self, first: int, end: int, size: int) -> Iterator[Block]:
        """Yield the entries from an index up to another, in a tree of a size.

        Raises:
            LogError: the log does not answer; what was yielded before stands.
            EntryFormatError: it answers with what are no entries, and tells no hashes of them.
        """
        while first < end:
            try:
                for block in self._readable(first, end, size):
                    yield block
                    first = block.end
            except EntryFormatError as error:
                until = min(end, self._source.end_of_answer(first, size))
                for block in self._again(first, until, size, str(error)):
                    yield block
                    first = block.end

    def _again(self, first: int, end: int, size: int, why: str) -> list[Block]:
        """Ask again for what could not be read."""
        with _ONE_LARGE:
            for _ in range(_TRIES):
                try:
                    return self._source.blocks(first, end, size, LARGEST)
                except EntryFormatError as error:
                    why = str(error)
            return [self._source.torn(first, end, size, why)]

    def _readable(self, first: int, end: int, size: int) -> Iterator[Block]:
        """Yield entries up to the first that cannot be read."""
        waiting = deque[_Asked]()
        asked = first
        try:
            while asked < end or waiting:
                asked = self._ask(waiting, asked, end, size)
                future, taken, start, until = waiting[0]
                try:
                    blocks = future.result()
                except TooLargeError:
                    with _ONE_LARGE:
                        yield from self._source.blocks(start, until, size, LARGEST)
                else:
                    self._guess = max(1, sum(block.kept for block in blocks))
                    yield from blocks
                waiting.popleft()
                self._allowance.give_back(taken)
        finally:
            for future, taken, _, _ in waiting:
                future.cancel()
                self._allowance.give_back(taken)

    def _ask(self, waiting: deque[_Asked], asked: int, end: int, size: int) -> int:
        """Ask for as much as may lie ahead, and return up to where was asked."""
        while asked < end and len(waiting) < self._ahead:
            taken = self._guess if waiting else 0
            if taken and not self._allowance.take(taken):
                break
            until = min(end, self._source.end_of_answer(asked, size))
            waiting.append(_Asked(self._submit(asked, until, size), taken, asked, until))
            asked = until
        return asked

    def _submit(self, first: int, end: int, size: int) -> Future[list[Block]]:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._ahead, thread_name_prefix="keypin-ct-read")
        return self._pool.submit(self._source.blocks, first, end, size)

    def close(self) -> None:
        """Let go of the threads; answers that are on their way are not waited for."""
        if self._pool:
            self._pool.shutdown(wait=False, cancel_futures=True)
