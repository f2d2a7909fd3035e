"""How fast endpoints are probed: four times as fast as their schedules ask, and no faster.

After a pause everything is due at once, and so is a large inventory that is new. It is caught up
with at a bounded rate, which spares the network, the servers and the rest of the service.
"""

import threading
from time import monotonic

# What is caught up with at the least, in probes a second, however few endpoints there are.
LEAST = 20.0

_FASTER = 4.0

# Seconds whose probes may be saved up: as long as a lane may be busy with slow endpoints.
_SAVED = 5.0


class Pace:
    """Hands out probes, so many a second; for all lanes of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rate = LEAST
        self._left = LEAST
        self._then = monotonic()

    def set(self, scheduled: float) -> None:
        """Say how many probes a second the schedules ask for."""
        with self._lock:
            self._rate = max(LEAST, scheduled * _FASTER)

    def take(self, most: int) -> int:
        """Return how many probes may begin now, so many at most; they count as begun."""
        with self._lock:
            now = monotonic()
            self._left = min(self._left + (now - self._then) * self._rate, self._rate * _SAVED)
            self._then = now
            taken = min(most, int(self._left))
            self._left -= taken
            return taken

    def give_back(self, number: int) -> None:
        """Take back what was not needed."""
        with self._lock:
            self._left += number
