"""Counts of bounded size that can be merged in any order and grouping."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keypin.reports import Tally, Timeline

KEYS = st.lists(st.none() | st.sampled_from("abcdefghij"), max_size=30)
TIMES = st.lists(st.integers(0, 10_000).map(lambda s: datetime.fromtimestamp(s, UTC)), max_size=30)


def test_counts() -> None:
    """What says nothing does not count; the commonest key comes first."""
    tally = Tally.of(["b", "a", None, "b"])
    assert (tally.top, tally.total, tally.distinct) == ((("b", 2), ("a", 1)), 3, 2)
    assert tally.concentration == 2 / 3
    assert Tally.of([]).concentration == 0.0


@settings(deadline=None)
@given(parts=st.lists(KEYS, min_size=1, max_size=4), most=st.integers(1, 12))
def test_a_tally_is_the_same_however_it_is_put_together(parts, most) -> None:
    """Merging is associative and commutative, and what is held is complete."""
    whole = Tally.of([key for part in parts for key in part], most=most)
    tallies = [Tally.of(part, most=most) for part in parts]
    left, right = tallies[0], tallies[-1]
    for one in tallies[1:]:
        left = left.merge(one)
    for one in reversed(tallies[:-1]):
        right = one.merge(right)
    backwards = tallies[-1]
    for one in reversed(tallies[:-1]):
        backwards = backwards.merge(one)
    assert whole == left == right == backwards
    true = Counter(key for part in parts for key in part if key)
    assert whole.total == true.total()
    assert len(whole.counts) == min(most, len(true))
    assert all(true[key] == count for key, count in whole.counts.items())


def test_tallies_of_different_sizes() -> None:
    """The smaller size is kept, in whatever order."""
    small, large = Tally.of("abc", most=2), Tally.of("cde", most=4)
    assert small.merge(large) == large.merge(small) == Tally.of("abccde", most=2)


@pytest.mark.parametrize("number", [255, 1_000, 50_000])
def test_how_many_there_are(number) -> None:
    """Beyond what is held, the number is estimated within a fifth."""
    tally = Tally.of(f"source {index}" for index in range(number))
    assert len(tally.counts) <= 256
    assert abs(tally.distinct - number) <= (0 if number < 256 else 0.2 * number)


@settings(deadline=None)
@given(parts=st.lists(TIMES, min_size=1, max_size=4), most=st.integers(1, 5))
def test_a_timeline_is_the_same_however_it_is_put_together(parts, most) -> None:
    """The latest stretches are held, and complete."""
    whole = Timeline.of([at for part in parts for at in part], width=60, most=most)
    lines = [Timeline.of(part, width=60, most=most) for part in parts]
    left, right = lines[0], lines[-1]
    for one in lines[1:]:
        left = left.merge(one)
    for one in reversed(lines[:-1]):
        right = one.merge(right)
    assert whole == left == right
    assert len(whole.counts) <= most


def test_stretches(now) -> None:
    """They begin at whole minutes, the oldest first."""
    line = Timeline.of([now + timedelta(seconds=at) for at in (61, 0, 59)], width=60, most=9)
    assert line.stretches == ((now, 2), (now + timedelta(minutes=1), 1))


def test_timelines_of_different_widths() -> None:
    """They do not go together."""
    with pytest.raises(ValueError, match="different widths"):
        Timeline.of([], width=60, most=9).merge(Timeline.of([], width=61, most=9))
