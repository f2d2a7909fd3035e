"""A source may do so much in a period, and then so much as time gives back."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from keypin.web import security_throttle
from keypin.web.security_throttle import Throttle

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def test_so_many_are_admitted_and_the_next_is_told_how_long() -> None:
    """And no longer."""
    throttle = Throttle(3, timedelta(seconds=30))
    assert [throttle.wait("a", NOON) for _ in range(3)] == [None] * 3
    assert throttle.wait("a", NOON) == timedelta(seconds=10)
    assert throttle.wait("a", NOON + timedelta(seconds=9)) == timedelta(seconds=1)
    assert throttle.wait("a", NOON + timedelta(seconds=10)) is None


def test_another_source_is_not_slowed_down() -> None:
    """Each has its own bucket."""
    throttle = Throttle(1, timedelta(minutes=1))
    assert throttle.wait("a", NOON) is None
    assert throttle.wait("b", NOON) is None
    assert throttle.wait("a", NOON) is not None


def test_a_clock_that_was_set_back_gives_nothing() -> None:
    """Nor does it lock anybody out for a day."""
    throttle = Throttle(1, timedelta(minutes=1))
    throttle.wait("a", NOON)
    back = NOON - timedelta(days=1)
    assert throttle.wait("a", back) == timedelta(minutes=1)
    assert throttle.wait("a", back + timedelta(minutes=1)) is None


def test_the_source_seen_longest_ago_is_forgotten(monkeypatch) -> None:
    """So that many of them take no memory."""
    monkeypatch.setattr(security_throttle, "_SOURCES", 2)
    throttle = Throttle(1, timedelta(minutes=1))
    for source in ("a", "b", "c"):
        throttle.wait(source, NOON)
    assert len(throttle._levels) == 2
    assert throttle.wait("a", NOON) is None


@given(st.lists(st.integers(0, 20), max_size=60))
def test_no_period_admits_more_than_twice_the_most(gaps: list[int]) -> None:
    """A full bucket, and what time gives back."""
    throttle, at, admitted = Throttle(5, timedelta(seconds=60)), NOON, []
    for gap in gaps:
        at += timedelta(seconds=gap)
        if throttle.wait("a", at) is None:
            admitted.append(at)
    for one in admitted:
        assert sum(one <= other < one + timedelta(seconds=60) for other in admitted) <= 10
