from datetime import UTC, datetime, timedelta

import pytest

from keypin.ct import heads as module
from keypin.ct.alarm import FORK, FUTURE, ROLLBACK, STALLED
from keypin.ct.head import TreeHead
from keypin.ct.heads import Heads

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def head(size: int, root: int = 0, at: datetime = NOW) -> TreeHead:
    """Return a head; its root is its size, unless another is given."""
    stamp = int(at.timestamp() * 1000)
    return TreeHead(size, stamp, bytes((root or size,)) * 32, b"\x04\x03\x00\x00")


def test_a_log_that_grows_is_right() -> None:
    """Larger and later heads raise nothing, and the latest is remembered."""
    heads = Heads(DAY)
    assert heads.offer(head(1), NOW) == ()
    assert heads.offer(head(2, at=NOW + DAY), NOW + DAY) == ()
    assert heads.latest == head(2, at=NOW + DAY)
    assert heads.known(1) == head(1)
    assert heads.known(7) is None


def test_the_same_tree_may_be_signed_again() -> None:
    """A head with a newer time and the same tree is the latest."""
    heads = Heads(DAY)
    heads.offer(head(1), NOW)
    assert heads.offer(head(1, at=NOW + DAY), NOW + DAY) == ()
    assert heads.latest == head(1, at=NOW + DAY)


def test_two_roots_of_one_size_are_a_fork() -> None:
    """Both heads are in the alarm, for together they prove it; it is told once."""
    heads = Heads(DAY)
    heads.offer(head(5), NOW)
    [alarm] = heads.offer(head(5, root=9), NOW)
    assert alarm.kind is FORK
    assert alarm.heads == (head(5), head(5, root=9))
    assert alarm.message == "the log signed two different trees of 5 entries"
    assert heads.offer(head(5, root=9), NOW) == ()


@pytest.mark.parametrize("late", [NOW, NOW + DAY], ids=["at once", "later"])
def test_the_other_tree_of_a_fork_is_not_the_latest(late: datetime) -> None:
    """It was told; what was known first is what later heads are compared with."""
    heads, other = Heads(DAY), head(5, root=9, at=late)
    heads.offer(head(5), NOW)
    assert [alarm.kind for alarm in heads.offer(other, late)] == [FORK]
    assert heads.latest == head(5)
    heads.offer(head(5, at=late + DAY), late + DAY)
    assert heads.latest == head(5, at=late + DAY)


def test_after_a_fork_an_earlier_run_gives_what_was_signed_first() -> None:
    """Heads that were kept have no order but their times."""
    assert Heads(DAY, (head(5, root=9, at=NOW + DAY), head(5))).latest == head(5)


def test_a_fork_is_seen_against_an_earlier_run() -> None:
    """Heads that were kept count as well."""
    heads = Heads(DAY, (head(9), head(5)))
    assert heads.latest == head(9)
    assert [alarm.kind for alarm in heads.offer(head(5, root=8), NOW)] == [FORK]


def test_a_smaller_tree_signed_later_is_a_rollback() -> None:
    """Trees only grow."""
    heads = Heads(DAY)
    heads.offer(head(5), NOW)
    [alarm] = heads.offer(head(3, at=NOW + DAY), NOW + DAY)
    assert alarm.kind is ROLLBACK
    assert alarm.heads == (head(5), head(3, at=NOW + DAY))
    assert heads.latest == head(5)


def test_an_old_head_of_a_slow_front_end_is_no_rollback() -> None:
    """A smaller tree signed earlier is merely old."""
    heads = Heads(DAY)
    heads.offer(head(5), NOW)
    assert heads.offer(head(3, at=NOW - DAY), NOW) == ()


def test_a_head_from_the_future_is_told() -> None:
    """Five minutes are allowed, since clocks differ."""
    heads = Heads(DAY)
    assert heads.offer(head(5, at=NOW + timedelta(minutes=5)), NOW) == ()
    [alarm] = heads.offer(head(6, at=NOW + timedelta(minutes=6)), NOW)
    assert alarm.kind is FUTURE
    assert "2026-11-24 12:06:00 UTC" in alarm.message


def test_a_head_that_gets_too_old_is_told_once() -> None:
    """Past the maximum merge delay the log has stalled; a new head ends that."""
    heads = Heads(DAY)
    assert heads.check(NOW) is None
    heads.offer(head(5), NOW)
    assert heads.check(NOW + DAY) is None
    alarm = heads.check(NOW + 2 * DAY + timedelta(hours=1))
    assert alarm is not None
    assert alarm.kind is STALLED
    assert alarm.message == (
        "the newest tree head is 2 days old, where 24 hours is the maximum merge delay"
    )
    assert heads.check(NOW + 3 * DAY) is None
    heads.offer(head(6, at=NOW + 3 * DAY), NOW + 3 * DAY)
    assert heads.check(NOW + 3 * DAY) is None
    assert heads.check(NOW + 5 * DAY) is not None


def test_a_short_delay_is_said_in_seconds() -> None:
    """Static logs merge within a minute."""
    heads = Heads(timedelta(seconds=60))
    heads.offer(head(5), NOW)
    alarm = heads.check(NOW + timedelta(minutes=7))
    assert alarm is not None
    assert alarm.message == (
        "the newest tree head is 7 minutes old, where 60 seconds is the maximum merge delay"
    )


def test_the_memory_is_bounded(monkeypatch) -> None:
    """A log that signs heads without end costs no memory without end."""
    monkeypatch.setattr(module, "MEMORY", 3)
    heads = Heads(DAY)
    for size in range(1, 9):
        heads.offer(head(size), NOW)
    assert heads.known(5) is None
    assert heads.known(6) == head(6)
    for root in range(20, 25):
        assert [alarm.kind for alarm in heads.offer(head(8, root=root), NOW)] == [FORK]
