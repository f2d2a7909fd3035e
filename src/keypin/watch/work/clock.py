"""The time as the database tells it, so that machines whose clocks differ agree on the period."""

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy import func, select

from keypin.watch.store import Database

# How long the machine's own monotonic clock is trusted to run as fast as the database's.
_FRESH = 30.0


class SharedClock:
    """Tells PostgreSQL's time, or this machine's where the database is its own.

    Args:
        database: which database.
        clock: this machine's clock.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._asked: tuple[float, datetime] | None = None

    def __call__(self) -> datetime:
        """Return the time, in UTC."""
        if self._database.sqlite:
            return self._clock()
        if self._asked is None or monotonic() - self._asked[0] > _FRESH:
            with self._database.read_across() as connection:
                told = connection.execute(select(func.clock_timestamp())).scalar_one()
            self._asked = monotonic(), told
        asked, told = self._asked
        return told + timedelta(seconds=monotonic() - asked)
