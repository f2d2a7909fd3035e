"""How long a public TLS certificate may live, and what that does to a pin on one.

Knows dates and durations only: no certificate, no pin, no clock. The limits are those of the
CA/Browser Forum's Baseline Requirements for TLS, section 6.3.2, as amended by ballot SC-081v3
(adopted 2025-05-16); they bind publicly trusted certificates, not those of a private CA.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Limit:
    """The longest validity of a certificate that is issued at or after a day.

    Attributes:
        since: the first moment of the rule, UTC.
        days: the longest validity, in days.
        source: the ballot that decided it.
    """

    since: datetime
    days: int
    source: str


# Newest last. CA/Browser Forum Baseline Requirements, section 6.3.2 and its history.
LIMITS: tuple[Limit, ...] = (
    Limit(datetime(2012, 7, 1, tzinfo=UTC), 1826, "Baseline Requirements 1.0"),
    Limit(datetime(2015, 4, 1, tzinfo=UTC), 1187, "Baseline Requirements 1.0"),
    Limit(datetime(2018, 3, 1, tzinfo=UTC), 825, "ballot 193"),
    Limit(datetime(2020, 9, 1, tzinfo=UTC), 398, "ballot SC-031"),
    Limit(datetime(2026, 3, 15, tzinfo=UTC), 200, "ballot SC-081v3"),
    Limit(datetime(2027, 3, 15, tzinfo=UTC), 100, "ballot SC-081v3"),
    Limit(datetime(2029, 3, 15, tzinfo=UTC), 47, "ballot SC-081v3"),
)

NEAR_EXPIRY = timedelta(days=30)
"""ACME clients renew a 90-day certificate when 30 days are left: fewer means a missed renewal."""


def limit_at(moment: datetime) -> Limit:
    """Return the limit for a public certificate issued at a moment.

    Args:
        moment: when it is issued, timezone-aware; before 2012 the oldest limit is returned.
    """
    in_force = [limit for limit in LIMITS if limit.since <= moment]
    return in_force[-1] if in_force else LIMITS[0]


def limits_after(moment: datetime) -> tuple[Limit, ...]:
    """Return the limits that come into force after a moment, the next one first."""
    return tuple(limit for limit in LIMITS if limit.since > moment)


def longest_life_from(moment: datetime) -> timedelta:
    """Return how long a public certificate that is in use at a moment can still live at most.

    A certificate issued just before a limit may outlive one issued after it, so the answer is
    the latest end over every limit in force until then, less the moment.
    """
    ends = [moment + timedelta(days=limit_at(moment).days)]
    for earlier, later in pairwise(LIMITS):
        if later.since <= moment:
            ends.append(later.since + timedelta(days=earlier.days))
    return max(ends) - moment


def renewal_due(not_before: datetime, not_after: datetime) -> datetime:
    """Return when a well-run server renews: with a third of the lifetime left.

    For 90 days that is the 30 days that Let's Encrypt recommends in its integration guide; ACME
    clients apply the same third to shorter lifetimes.
    """
    return not_after - (not_after - not_before) / 3


def near_expiry(not_before: datetime, not_after: datetime) -> timedelta:
    """Return how much remaining life already means that a renewal was missed.

    Thirty days, or a quarter of the lifetime where that is less: a fixed 30 days would call a
    47-day certificate late for two thirds of its life.
    """
    return min(NEAR_EXPIRY, (not_after - not_before) / 4)


def days(span: timedelta) -> int:
    """Return a span in whole days, rounded towards zero, never below zero."""
    return max(0, span // timedelta(days=1))


def forecast(moment: datetime) -> str:
    """Return, as one clause, the limit at a moment and those still to come."""
    now = f"{limit_at(moment).days} days"
    coming = [f"{limit.days} days from {limit.since:%Y-%m-%d}" for limit in limits_after(moment)]
    return ", then ".join([now, *coming])
