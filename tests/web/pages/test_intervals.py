"""Intervals that were observed, in lanes that do not overlap."""

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from keypin.web.pages.intervals import Span, gathered, lanes, united, worst
from keypin.web.views.parts import Tone
from keypin.web.views.timeline import Interval

START = datetime(2026, 11, 1, tzinfo=UTC)
HOURS = st.integers(0, 50)
SPANS = st.lists(
    st.builds(
        lambda begins, length, value: Span(
            START + timedelta(hours=begins),
            None if length is None else START + timedelta(hours=begins + length),
            value,
        ),
        HOURS,
        st.none() | st.integers(1, 20),
        st.sampled_from("abc"),
    ),
    max_size=12,
)


def _at(spans: tuple[Span[str], ...] | list[Span[str]], moment: datetime) -> set[str]:
    return {
        one.value
        for one in spans
        if one.begins <= moment and (one.ends is None or moment < one.ends)
    }


@given(SPANS)
def test_what_is_united_was_so_at_the_same_times(spans: list[Span[str]]) -> None:
    """Nothing is lost and nothing is invented, at any half hour."""
    for hours in range(75):
        moment = START + timedelta(hours=hours, minutes=30)
        assert _at(united(spans), moment) == _at(spans, moment)


@given(SPANS)
def test_within_a_lane_none_overlap(spans: list[Span[str]]) -> None:
    """A lane is read from left to right."""
    for lane in lanes(united(spans), 3):
        for one, other in itertools.pairwise(lane):
            assert one.ends is not None
            assert one.ends <= other.begins


@given(SPANS)
def test_of_several_at_a_time_the_worst_is_shown(spans: list[Span[str]]) -> None:
    """Whatever else was so."""
    shown = worst(spans, "abc".index)
    for hours in range(75):
        moment = START + timedelta(hours=hours, minutes=30)
        there = _at(spans, moment)
        assert _at(shown, moment) == ({min(there)} if there else set())


def _interval(begins: float, hours: float | None, label: str = "a", **more: object) -> Interval:
    start = START + timedelta(hours=begins)
    given: dict[str, object] = {"detail": (), "tone": Tone.NOTE, **more}
    ends = None if hours is None else start + timedelta(hours=hours)
    return Interval(begins=start, ends=ends, label=label, **given)  # type: ignore[arg-type]


NOW = START + timedelta(hours=100)
HOUR = timedelta(hours=1)


def test_what_is_too_short_to_be_seen_stands_together() -> None:
    """With what it holds, as loud as the worst of it; what is long enough stays itself."""
    flapping = [
        _interval(1 + index / 4, 0.25, "ab"[index % 2], tone=Tone.BAD if index == 3 else Tone.GOOD)
        for index in range(8)
    ]
    before, after = _interval(-9, 10, "x"), _interval(3, None, "y")
    first, bar, last = gathered([before, *flapping, after], HOUR, NOW)
    assert (first, last) == (before, after)
    assert (bar.label, bar.detail, bar.tone) == ("8 changes", ("a", "b"), Tone.BAD)
    assert (bar.begins, bar.ends) == (flapping[0].begins, flapping[-1].ends)


def test_what_is_far_apart_or_planned_stays_apart() -> None:
    """However short it is."""
    apart = [_interval(0, 0.1), _interval(3, 0.1), _interval(3.2, 0.1, planned=True)]
    assert gathered(apart, HOUR, NOW) == tuple(apart)
    assert gathered([], HOUR, NOW) == ()


def test_of_many_a_few_are_named() -> None:
    """The rest is counted."""
    many = [_interval(index / 10, 0.1, str(index)) for index in range(9)]
    (bar,) = gathered(many, HOUR, NOW)
    assert bar.detail == ("0", "1", "2", "3", "4", "and 4 others")


@given(st.lists(st.tuples(st.integers(1, 90), st.integers(0, 90)), max_size=200))
def test_a_lane_has_no_more_bars_than_can_be_seen(minutes: list[tuple[int, int]]) -> None:
    """Whatever happened: each bar, or it with the gap after it, is seen."""
    at, several = 0.0, []
    for length, gap in minutes:
        several.append(_interval(at, length / 60))
        at += (length + gap) / 60
    bars = gathered(several, HOUR, NOW)
    assert len(bars) <= 2 * at + 1
    assert sum(bar.label == "a" for bar in bars) <= len(several)
