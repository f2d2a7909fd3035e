"""How far a log is read, in numbers and in a word."""

from datetime import UTC, datetime, timedelta

import pytest

from keypin.monitor.log import Progress
from keypin.watch.transparency.progress import Meter, state_of

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("progress", "word"),
    [
        (Progress("x", level=True), "followed"),
        (Progress("x", level=True, alarms=1), "followed"),
        (Progress("x", size=7, position=7), "followed"),
        (Progress("x", size=7, position=7, backlog=1), "behind"),
        (Progress("x", size=7, position=6), "behind"),
        (Progress("x"), "behind"),
        (Progress("x", trouble="no answer"), "silent"),
        (Progress("x", trouble="a fork", alarms=1), "misbehaving"),
    ],
)
def test_a_log_is_called(progress, word) -> None:
    """By what it does now."""
    assert state_of(progress) == word


def test_the_rate_is_of_the_last_minute() -> None:
    """And the lag is that of the last head that was read to its end."""
    meter = Meter()
    for second, read in ((0, 0), (60, 600), (90, 1500)):
        at = NOON + timedelta(seconds=second)
        meter.look(Progress("x", read=read, level=second == 60, head_at=at), at)
        if second == 0:
            assert (meter.rate, meter.level_at) == (0.0, None)
    assert meter.rate == 30
    assert meter.level_at == NOON + timedelta(seconds=60)
