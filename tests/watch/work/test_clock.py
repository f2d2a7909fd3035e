"""The time that machines agree on."""

from datetime import UTC, datetime, timedelta

from keypin.watch.store import Database
from keypin.watch.work.clock import SharedClock

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


def test_with_sqlite_the_time_is_this_machines(database: Database) -> None:
    """There is no other machine."""
    assert SharedClock(database, lambda: LONG_AGO)() == LONG_AGO


def test_with_postgresql_the_time_is_the_databases(postgresql: Database) -> None:
    """A machine whose clock is wrong, or jumps, agrees with its peers all the same."""
    clock = SharedClock(postgresql, lambda: LONG_AGO)
    first, second = clock(), clock()
    assert timedelta(0) < second - first < timedelta(minutes=1)
    assert abs(first - datetime.now(UTC)) < timedelta(minutes=1)
