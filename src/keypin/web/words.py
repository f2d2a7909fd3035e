"""How pages say times, spans, counts, shares and digests: the filters of the templates.

One way to say each, for every page. Knows nothing of storage, requests or HTML; the time is an
argument, so that a page can be tested at any moment.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

# The largest unit that fits at least once says a span; seconds, and the word of one.
_UNITS = (
    (365 * 86_400, "year"),
    (30 * 86_400, "month"),
    (86_400, "day"),
    (3_600, "hour"),
    (60, "minute"),
    (1, "second"),
)

# A span between one and two of a unit is said in the next smaller one: 36 hours, not 1 day.
_LEAST = 2


def plural(number: int, one: str, many: str = "") -> str:
    """Return a count with its noun: `1 release`, `12,000 releases`, `2 addresses` given `many`."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def count(number: int) -> str:
    """Return a whole number with its thousands apart."""
    return f"{number:,}"


def percent(share: float | None) -> str:
    """Return a share of 0 to 1 in percent; what is not nothing never reads as nothing.

    Args:
        share: a share; None where it is not known.
    """
    if share is None:
        return "unknown"
    if 0 < share < 0.01:  # noqa: PLR2004 - one percent
        return "under 1%"
    # As above, from the other end; fractions that make a whole miss it by their last bits.
    if 0.99 < share < 1 - 1e-9:  # noqa: PLR2004
        return "over 99%"
    return f"{share:.0%}"


def duration(span: timedelta) -> str:
    """Return how long, in the greatest unit that it holds once or at least twice: `36 hours`."""
    seconds = abs(int(span.total_seconds()))
    size, word = next(
        unit for unit in _UNITS if seconds >= unit[0] * _LEAST or seconds == unit[0] or unit[0] == 1
    )
    return plural(seconds // size, word)


def ago(at: datetime, now: datetime) -> str:
    """Return when, seen from now: `3 hours ago`, `in 12 days`, `just now`."""
    span = at - now
    if abs(span) < timedelta(seconds=10):
        return "just now"
    words = duration(span)
    return f"in {words}" if span > timedelta() else f"{words} ago"


def utc(at: datetime) -> str:
    """Return a moment to the second, in UTC, as people read it."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def minute(at: datetime) -> str:
    """Return a moment to the minute, in UTC, as sentences hold it: `2026-11-29 23:31 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def day(at: datetime) -> str:
    """Return the day of a moment, in UTC: `29 Nov 2026`."""
    moment = at.astimezone(UTC)
    return f"{moment.day} {moment:%b %Y}"


def iso(at: datetime) -> str:
    """Return a moment as machines read it: the `datetime` of a time element."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def short(digest: str, kept: int = 10) -> str:
    """Return the beginning of a digest; the whole stands beside it, for copying."""
    return digest if len(digest) <= kept + 1 else f"{digest[:kept]}…"


FILTERS: Mapping[str, Callable[..., str]] = MappingProxyType(
    {
        one.__name__: one
        for one in (plural, count, percent, duration, ago, utc, minute, day, iso, short)
    }
)
