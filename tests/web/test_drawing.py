"""A timeline is drawn in percents along the time, and in pixels across it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from keypin.web.drawing import BAR, LANE, NAME, SCALE, draw
from keypin.web.views.parts import Tone
from keypin.web.views.timeline import Interval, Lane, Mark, Timeline

BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
TEN = timedelta(days=10)


def interval(begins: float, ends: float | None) -> Interval:
    """Return an interval between two days."""
    return Interval(
        begins=BEGINS + timedelta(days=begins),
        ends=None if ends is None else BEGINS + timedelta(days=ends),
        label="",
        detail=(),
        tone=Tone.GOOD,
    )


def timeline(*intervals: Interval, days: float = 100, marks: tuple[Mark, ...] = ()) -> Timeline:
    """Return a timeline with one lane."""
    return Timeline(
        title="",
        begins=BEGINS,
        ends=BEGINS + timedelta(days=days),
        lanes=(Lane("Key", intervals),),
        marks=marks,
    )


@pytest.mark.parametrize(
    ("begins", "ends", "x", "width"),
    [
        (10, 40, "10.00%", "30.00%"),
        (-50, 40, "0.00%", "40.00%"),
        (60, None, "60.00%", "40.00%"),
        (60, 900, "60.00%", "40.00%"),
        (50, 50.01, "50.00%", "0.60%"),
        (99.99, None, "99.40%", "0.60%"),
    ],
)
def test_a_bar_stands_where_its_time_is(
    begins: float, ends: float | None, x: str, width: str
) -> None:
    """It is cut at the edges, and never too thin to be seen or touched."""
    (bar,) = draw(timeline(interval(begins, ends))).rows[0].bars
    assert (bar.x, bar.width) == (x, width)


def test_what_still_is_so_is_drawn_until_now() -> None:
    """After it nobody knows; what is planned goes on to the edge."""
    known = interval(60, None)
    drawn = draw(replace(timeline(known, replace(known, planned=True)), now=known.begins + 2 * TEN))
    assert [bar.width for bar in drawn.rows[0].bars] == ["20.00%", "40.00%"]


def test_what_is_outside_is_not_drawn() -> None:
    """What ended before the left edge or begins at the right one has no bar."""
    drawn = draw(timeline(interval(-9, 0), interval(100, None)))
    assert drawn.rows[0].bars == ()


def test_lanes_stand_below_each_other() -> None:
    """Each has its name above its bar."""
    two = Timeline(
        title="", begins=BEGINS, ends=BEGINS + timedelta(1), lanes=(Lane("a", ()), Lane("b", ()))
    )
    drawn = draw(two)
    assert [row.bar_y for row in drawn.rows] == [SCALE + NAME, SCALE + LANE + NAME]
    assert drawn.rows[1].text_y < drawn.rows[1].bar_y
    assert drawn.height > drawn.rows[1].bar_y + BAR


def test_the_label_of_a_mark_stays_in_the_picture() -> None:
    """Near the right edge it stands on the left of its line; outside there is no line."""
    marks = tuple(Mark(BEGINS + timedelta(days=at), "x", Tone.NOTE) for at in (-1, 20, 95, 101))
    lines = draw(timeline(marks=marks)).lines
    assert [(line.x, line.anchor) for line in lines] == [("20.00%", "start"), ("95.00%", "end")]
    assert lines[1].offset < 0


@pytest.mark.parametrize(
    ("days", "first", "most"),
    [
        (0.5, "1 Jan", 7),
        (1.25, "1 Jan", 7),
        (3, "1 Jan", 7),
        (8.75, "1 Jan", 7),
        (30, "1 Jan", 7),
        (365, "Jan 2026", 7),
        (9000, "Jan 2026", 7),
    ],
)
def test_the_scale_is_as_fine_as_can_be_read(days: float, first: str, most: int) -> None:
    """Hours, days or months, and never so many that they touch."""
    ticks = draw(timeline(days=days)).ticks
    assert ticks[0].label == first
    assert 3 <= len(ticks) <= most


def test_a_scale_of_hours_says_where_a_day_begins() -> None:
    """Of two days, midnight has the date."""
    labels = [tick.label for tick in draw(timeline(days=1.25)).ticks]
    assert labels == ["1 Jan", "06:00", "12:00", "18:00", "2 Jan"]


def test_a_scale_of_less_than_a_day_says_of_which() -> None:
    """Its first tick does; the others have no room for it."""
    short = replace(timeline(days=0.25), begins=BEGINS + timedelta(hours=1))
    assert [tick.label for tick in draw(short).ticks][:2] == ["1 Jan, 01:00", "02:00"]
