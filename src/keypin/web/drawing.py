"""Where things of a timeline stand: moments become percents, lanes become rows of pixels.

Text must not shrink on a phone, so the picture has no view box: what lies along the time is in
percents of the width, what lies across it in pixels. Knows nothing of HTML; the template draws.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from keypin.web.views.timeline import Interval, Lane, Mark, Timeline

# Pixels: the scale on top, and of each lane its name above its bar.
SCALE = 30
NAME = 20
BAR = 24
LANE = NAME + BAR + 14

# A bar that is thinner could neither be seen nor touched, in percent.
_THINNEST = 0.6

# How far apart the ticks of the scale are: the smallest step that leaves at most so many.
_MOST_TICKS = 7
_STEPS = (
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(days=1),
    timedelta(days=2),
    timedelta(days=7),
    timedelta(days=14),
    timedelta(days=30),
    timedelta(days=91),
    timedelta(days=365),
    timedelta(days=3650),
)
_BY_THE_HOUR = timedelta(days=1)
_BY_THE_DAY = timedelta(days=91)


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the scale: where, in percent, and what it says."""

    x: str
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """An interval: where it begins and how wide it is, in percent; what it stands for."""

    x: str
    width: str
    interval: Interval


@dataclass(frozen=True, slots=True)
class Row:
    """A lane: its name, where its name and its bars stand, in pixels, and its bars."""

    name: str
    text_y: int
    bar_y: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A mark: where, in percent, on which side its label stands, and what it stands for."""

    x: str
    anchor: str
    offset: int
    mark: Mark


@dataclass(frozen=True, slots=True)
class Drawing:
    """A timeline, ready to be drawn."""

    height: int
    ticks: tuple[Tick, ...]
    rows: tuple[Row, ...]
    lines: tuple[Line, ...]


def draw(timeline: Timeline) -> Drawing:
    """Return where everything of a timeline stands."""
    shown = (mark for mark in timeline.marks if timeline.begins <= mark.at <= timeline.ends)
    return Drawing(
        height=SCALE + LANE * len(timeline.lanes) + 26,
        ticks=tuple(_ticks(timeline)),
        rows=tuple(_row(timeline, lane, index) for index, lane in enumerate(timeline.lanes)),
        lines=tuple(_line(timeline, mark) for mark in shown),
    )


def _along(timeline: Timeline, at: datetime) -> float:
    share = (at - timeline.begins) / (timeline.ends - timeline.begins)
    return min(max(share * 100, 0.0), 100.0)


def _percent(value: float) -> str:
    return f"{value:.2f}%"


def _row(timeline: Timeline, lane: Lane, index: int) -> Row:
    top = SCALE + LANE * index
    bars = tuple(_bar(timeline, one) for one in lane.intervals if _visible(timeline, one))
    return Row(lane.name, top + NAME - 6, top + NAME, bars)


def _visible(timeline: Timeline, interval: Interval) -> bool:
    ended = interval.ends is not None and interval.ends <= timeline.begins
    return interval.begins < timeline.ends and not ended


def _bar(timeline: Timeline, interval: Interval) -> Bar:
    left = _along(timeline, interval.begins)
    right = _along(timeline, interval.ends or _open_end(timeline, interval))
    width = max(right - left, _THINNEST)
    return Bar(_percent(min(left, 100 - width)), _percent(width), interval)


def _open_end(timeline: Timeline, interval: Interval) -> datetime:
    """Return until when something is drawn that has no end: nobody knows of it after now."""
    return timeline.ends if interval.planned or timeline.now is None else timeline.now


def _line(timeline: Timeline, mark: Mark) -> Line:
    x = _along(timeline, mark.at)
    # A label stays in the picture: right of its line, or left of it where that is near the edge.
    near = x > 80  # noqa: PLR2004 - percent
    return Line(_percent(x), "end" if near else "start", -6 if near else 6, mark)


def _ticks(timeline: Timeline) -> Iterator[Tick]:
    span = timeline.ends - timeline.begins
    step = next((one for one in _STEPS if span / one <= _MOST_TICKS), _STEPS[-1])
    style = "%H:%M" if step < _BY_THE_HOUR else "%-d %b" if step < _BY_THE_DAY else "%b %Y"
    at = timeline.begins.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    dated = False
    while at < timeline.ends:
        # At the right edge there would be no room for what the tick says.
        if timeline.begins <= at and (x := _along(timeline, at)) < 93:  # noqa: PLR2004
            if step >= _BY_THE_HOUR:
                label = style
            elif at.hour == at.minute == 0:
                label = "%-d %b"
            else:
                label = style if dated else f"%-d %b, {style}"
            dated = True
            yield Tick(_percent(x), at.strftime(label))
        at += step
