from datetime import UTC, datetime, timedelta

import pytest

from keypin.pins.lifetimes import (
    LIMITS,
    days,
    forecast,
    limit_at,
    limits_after,
    longest_life_from,
    near_expiry,
    renewal_due,
)


def day(text: str) -> datetime:
    """Return midnight UTC of a day."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("issued", "limit"),
    [
        ("2011-01-01", 1826),
        ("2026-03-14", 398),
        ("2026-03-15", 200),
        ("2027-03-14", 200),
        ("2027-03-15", 100),
        ("2029-03-14", 100),
        ("2029-03-15", 47),
        ("2040-01-01", 47),
    ],
)
def test_the_limit_is_that_of_the_day_of_issue(issued, limit) -> None:
    """Ballot SC-081v3 steps on each 15 March; before 2012 the oldest limit stands in."""
    assert limit_at(day(issued)).days == limit


def test_the_limits_only_ever_shrink() -> None:
    """Each is later and shorter than the one before."""
    assert [limit.days for limit in LIMITS] == sorted((x.days for x in LIMITS), reverse=True)
    assert [limit.since for limit in LIMITS] == sorted(x.since for x in LIMITS)


def test_what_is_to_come_is_told_in_order() -> None:
    """The clause that findings show."""
    assert [limit.days for limit in limits_after(day("2026-11-23"))] == [100, 47]
    assert forecast(day("2027-04-01")) == "100 days, then 47 days from 2029-03-15"
    assert forecast(day("2030-01-01")) == "47 days"


@pytest.mark.parametrize(
    ("at", "left"),
    [("2026-11-23", 200), ("2026-03-16", 397), ("2027-04-01", 183), ("2030-01-01", 47)],
)
def test_the_longest_life_counts_certificates_issued_before_the_step(at, left) -> None:
    """The day after a step an older certificate still has nearly the older limit."""
    assert longest_life_from(day(at)) == timedelta(days=left)


def test_renewal_is_due_with_a_third_left() -> None:
    """Thirty days of ninety, as Let's Encrypt recommends."""
    assert renewal_due(day("2026-01-01"), day("2026-04-01")) == day("2026-03-02")


@pytest.mark.parametrize(
    ("life", "near"), [(398, 30), (120, 30), (90, 22.5), (47, 11.75), (6, 1.5)]
)
def test_near_is_a_fraction_of_a_short_life(life, near) -> None:
    """A fixed thirty days would be noise at 47."""
    start = day("2026-01-01")
    assert near_expiry(start, start + timedelta(days=life)) == timedelta(days=near)


def test_days_are_whole_and_never_negative() -> None:
    """A finding says 0 days, not -1."""
    assert days(timedelta(days=2, hours=23)) == 2
    assert days(timedelta(days=-3)) == 0
