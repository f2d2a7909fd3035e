"""Schedules are spread evenly, and stay so."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from keypin.watch.probing.timing import next_due, retry_due

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_the_same_load_comes_in_every_minute() -> None:
    """Though all were probed at once: the first time, and after a pause."""
    gaps = (next_due(number, HOUR, NOON) - NOON for number in range(6000))
    minutes = Counter(int(gap.total_seconds() // 60) for gap in gaps)
    inner = [minutes[minute] for minute in range(35, 85)]
    assert 85 <= min(inner) <= max(inner) <= 115


@given(
    st.integers(1, 2**40),
    st.integers(30, 604_800),
    st.integers(0, 3_000_000_000).map(lambda seconds: NOON + timedelta(seconds=seconds)),
)
def test_a_probe_follows_within_bounds(number, seconds, at) -> None:
    """Never at once again, and never later than what counts as astray."""
    interval = timedelta(seconds=seconds)
    gap = next_due(number, interval, at) - at
    assert interval * 0.44 <= gap <= interval * 1.56


def test_probes_keep_their_interval() -> None:
    """A day has twenty-four of them."""
    at = due = next_due(7, HOUR, NOON)
    for _ in range(24):
        due = next_due(7, HOUR, due)
    assert abs(due - at - timedelta(days=1)) <= HOUR * 0.1


def test_a_doubt_is_looked_at_soon() -> None:
    """Within a minute, or within an interval that is shorter."""
    assert retry_due(HOUR, NOON) - NOON == timedelta(seconds=60)
    assert retry_due(timedelta(seconds=30), NOON) - NOON == timedelta(seconds=30)
