"""When the wall clock jumps: what was put off until a moment was put off by another clock.

The monotonic clock says how much time has passed (PEP 418); whatever the wall clock says besides is
a jump. Corrections of a few seconds are none.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

JUMP = timedelta(seconds=5)

SLACK = timedelta(minutes=2)
"""By so much the clocks of machines may differ: what is later still was written by a wrong one."""

_EVEN = timedelta()


class Jumps:
    """Compares the two clocks, each time with the time before.

    Args:
        clock: tells the time.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._then, self._at = monotonic(), clock()

    def seen(self) -> timedelta:
        """Return by how much the clock jumped since it was last asked; nothing where it did not."""
        now, at = monotonic(), self._clock()
        jump = at - self._at - timedelta(seconds=now - self._then)
        self._then, self._at = now, at
        return jump if abs(jump) > JUMP else _EVEN

    def back(self) -> bool:
        """Tell whether it was set back since it was last asked."""
        return self.seen() < _EVEN
