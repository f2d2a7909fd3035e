"""Intervals that were observed, in lanes that do not overlap."""

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from keypin.web.pages.intervals import Span, lanes, united, worst

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
