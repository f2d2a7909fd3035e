"""A clock jumps where it says something else than the time that has passed."""

from datetime import UTC, datetime, timedelta

import pytest

from keypin.watch.jumps import JUMP, Jumps


@pytest.mark.parametrize(
    ("by", "jumps", "back"),
    [
        (timedelta(), False, False),
        (JUMP / 2, False, False),
        (-JUMP / 2, False, False),
        (timedelta(days=1), True, False),
        (timedelta(days=-1), True, True),
    ],
    ids=["even", "corrected", "corrected-back", "ahead", "back"],
)
def test_a_jump_is_seen_once(by: timedelta, jumps: bool, back: bool) -> None:  # noqa: FBT001
    """And a correction of some seconds is none."""
    off = timedelta()
    one, other = (Jumps(lambda: datetime.now(UTC) + off) for _ in range(2))
    off = by
    assert abs(one.seen() - by) < timedelta(seconds=1) if jumps else not one.seen()
    assert other.back() is back
    assert not one.seen()
