"""How much comes in at this process right now, so that what can wait makes room for it.

Python runs one thread at a time: whoever sorts reports keeps those waiting who send them. In a
storm the disk takes what comes, and a tenth of the time is left for sorting: enough to see a burst.
The rest is sorted when it is over. One gauge for the process, because so is the processor.
"""

import threading
from collections import deque
from dataclasses import dataclass, field
from time import monotonic

BUSY = 500
"""Reports a second from which on taking them comes first."""

_SHARE = 0.1


@dataclass(slots=True)
class Pressure:
    """A gauge of what came in within the last second."""

    _recent: deque[tuple[float, int]] = field(default_factory=deque[tuple[float, int]])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, count: int, at: float | None = None) -> None:
        """Note that so many came in."""
        with self._lock:
            self._recent.append((monotonic() if at is None else at, count))

    def busy(self, at: float | None = None) -> bool:
        """Tell whether so many come in that all else should make room."""
        now = monotonic() if at is None else at
        with self._lock:
            while self._recent and self._recent[0][0] < now - 1:
                self._recent.popleft()
            return sum(count for _, count in self._recent) >= BUSY

    def rest(self, worked: float) -> float:
        """Return for how many seconds whoever worked so long makes room."""
        return worked * (1 / _SHARE - 1) if self.busy() else worked


PRESSURE = Pressure()
