"""Many logs at once: a thread follows each, and none waits for another."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime

from keypin.monitor.client import StoppedError
from keypin.monitor.follower import Comparing, Follower
from keypin.monitor.log import Found, Log, Progress
from keypin.monitor.reader import Allowance, Reader
from keypin.monitor.store import Store

# Seconds between two looks at a log that is level; a log in trouble is looked at ever more rarely.
INTERVAL = 60.0
_LONGEST = 900.0
_DOUBLINGS = 10
# With `once`, a log that stays in trouble is given up after so many rounds.
_ROUNDS_IN_TROUBLE = 2


class Monitor:
    """What follows logs, each in a thread.

    Args:
        store: where the state is kept.
        found: what looks through the entries; called by many threads.
        begin: where to begin in logs that are new: with the entries since this moment; None for
            those to come.
        interval: seconds between two looks at a log.
        once: whether to stop when level with every log.
        now: the clock.

    Attributes:
        followers: what follows each log.
        comparing: what compares each head with those that were heard elsewhere; set it before
            the start.
    """

    def __init__(
        self,
        store: Store,
        found: Found,
        *,
        begin: datetime | None = None,
        interval: float = INTERVAL,
        once: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.followers = list[Follower]()
        self.comparing: Comparing | None = None
        self._store = store
        self._found = found
        self._begin = begin
        self._interval = interval
        self._once = once
        self._now = now
        self._stop = threading.Event()
        self._allowance = Allowance()
        self._running = list[Future[None]]()
        self._readers = list[Reader]()

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond the end: what clients of logs wait with.

        Raises:
            StoppedError: the monitor is stopping.
        """
        if self._stop.wait(seconds):
            raise StoppedError("stopping")

    def wait(self, seconds: float) -> None:
        """Wait, or until the monitor stops."""
        self._stop.wait(seconds)

    @property
    def progress(self) -> list[Progress]:
        """How far each log is followed."""
        return [follower.progress for follower in self.followers]

    def start(self, logs: Iterable[Log]) -> None:
        """Begin to follow logs."""
        for log in logs:
            reader = Reader(log.source, self._allowance)
            self._readers.append(reader)
            self.followers.append(
                Follower(
                    log,
                    self._store,
                    reader,
                    self._found,
                    begin=self._begin,
                    now=self._now,
                    stopping=self._stop.is_set,
                    comparing=self.comparing,
                )
            )
        pool = ThreadPoolExecutor(max(1, len(self.followers)), thread_name_prefix="keypin-ct")
        self._running = [pool.submit(self._follow, follower) for follower in self.followers]
        pool.shutdown(wait=False)

    def running(self) -> bool:
        """Tell whether any log is followed still.

        Raises:
            Exception: whatever ended a thread that should not have ended; all others are stopped.
        """
        over = [future for future in self._running if future.done()]
        for future in over:
            error = future.exception()
            if error:
                self._stop.set()
                raise error
        return len(over) < len(self._running)

    def stop(self) -> None:
        """Stop all, and wait until what was verified is on disk."""
        self._stop.set()
        for future in self._running:
            future.exception()
        for reader in self._readers:
            reader.close()

    def _follow(self, follower: Follower) -> None:
        troubled = 0
        while not self._stop.is_set():
            level = follower.round()
            troubled = troubled + 1 if follower.progress.trouble else 0
            if self._once and (level or troubled >= _ROUNDS_IN_TROUBLE):
                return
            if level or troubled:
                doublings = min(_DOUBLINGS, max(0, troubled - 1))
                self._stop.wait(min(_LONGEST, self._interval * 2**doublings))
