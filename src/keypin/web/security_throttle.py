"""How often one source may do something: a bucket for each, which fills up again with time.

In memory and for this process alone: it slows strangers down, and what must hold over several
machines (wrong passwords of an account) is counted in the database. The number of sources is
bounded, so that many of them take no memory; the one that was seen longest ago is forgotten.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

_SOURCES = 50_000


@dataclass(slots=True)
class Throttle:
    """Admits so many of something in a period, from each source.

    Attributes:
        most: how many at once, and in each period.
        period: how long it takes until as many are admitted again.
    """

    most: int
    period: timedelta
    _levels: OrderedDict[str, tuple[float, datetime]] = field(
        default_factory=OrderedDict[str, tuple[float, datetime]], init=False, repr=False
    )
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def wait(self, source: str, at: datetime) -> timedelta | None:
        """Admit one more of a source, or say how long until the next one.

        Args:
            source: as `keypin.web.security_source.site` names it.
            at: now.

        Returns:
            None where it is admitted.
        """
        with self._lock:
            level, since = self._levels.pop(source, (0.0, at))
            # A clock that was set back empties nothing.
            drained = max((at - since) / self.period * self.most, 0.0)
            level = max(level - drained, 0.0)
            admitted = level + 1 <= self.most
            self._levels[source] = (level + 1 if admitted else level, at)
            if len(self._levels) > _SOURCES:
                self._levels.popitem(last=False)
        return None if admitted else (level + 1 - self.most) / self.most * self.period
