"""When an endpoint is probed next: each has its own place in the interval, for ever.

Places are spread evenly by the endpoint's number, so that the same load comes in every second: also
the first time, and after a pause of any length. A small jitter, different each time, keeps two
schedules from beating in step. Pure: nothing is drawn by chance, so that every process agrees.
"""

from datetime import UTC, datetime, timedelta

# Multiples of the golden ratio fall into the largest gap each time (Knuth, TAOCP 6.4).
_GOLDEN = 0x9E3779B97F4A7C15
_OTHER = 0xD1B54A32D192ED03
_WHOLE = 1 << 64

# The part of the interval by which a probe comes early or late.
JITTER = 0.05

# How soon a failure is looked at again, until it counts as one.
RETRY = timedelta(seconds=60)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def next_due(endpoint: int, interval: timedelta, at: datetime) -> datetime:
    """Return when an endpoint is probed next, after a probe at a moment.

    Args:
        endpoint: its number.
        interval: how often it is probed.
        at: when it was probed, timezone-aware.

    Returns:
        Its place in the interval, not less than 0.45 of one and at most 1.55 from `at`.
    """
    length = interval.total_seconds()
    place = _part(endpoint * _GOLDEN) * length
    earliest = (at - _EPOCH).total_seconds() + length / 2
    turn = int(-(-(earliest - place) // length))
    jitter = (2 * _part(endpoint * _OTHER + turn * _GOLDEN) - 1) * JITTER * length
    return _EPOCH + timedelta(seconds=turn * length + place + jitter)


def retry_due(interval: timedelta, at: datetime) -> datetime:
    """Return when a failure that may be a blip is looked at again."""
    return at + min(RETRY, interval)


def _part(number: int) -> float:
    return (number % _WHOLE) / _WHOLE
