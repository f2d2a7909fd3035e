"""What was so from when until when, in lanes: certificates, keys, CAs, what releases said."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from keypin.web.views.parts import Tone
from keypin.web.views.whole import Told, Whole

_FINE = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """What was so for a while.

    Attributes:
        begins: from when.
        ends: until when; None where it still is so, or where nobody knows its end.
        label: a few words, as "EC P-256 · 9f3a…".
        detail: the rest, one fact a line.
        tone: how it is.
        planned: whether it is only foreseen: it is drawn with a broken line.
        href: where one reads more; none where empty.
    """

    begins: datetime
    ends: datetime | None
    label: str
    detail: tuple[str, ...]
    tone: Tone
    planned: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """A row of intervals, which should not overlap: its name, as "Key" or "Shop 3.2 (41%)"."""

    name: str
    intervals: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment across all lanes, as "now", "expires" or "keys rotated"."""

    at: datetime
    label: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Part:
    """An interval, with the lane that it is in: a row of the table that says the same."""

    lane: Lane
    interval: Interval


PARTS: Whole[Part] = Whole(
    key="parts",
    title="Over time, as a table",
    columns=(
        Told("What", lambda row: row.lane.name),
        Told("Which", lambda row: row.interval.label),
        Told("From", lambda row: row.interval.begins),
        Told("Until", lambda row: row.interval.ends),
        Told("More", lambda row: row.interval.detail),
        Told("Planned", lambda row: row.interval.planned, shown=False),
    ),
    hint="what or which",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Lanes over one span of time.

    Attributes:
        title: said to screen readers.
        begins: the left edge.
        ends: the right edge, after `begins`.
        lanes: from top to bottom.
        marks: vertical lines.
        now: until when what still is so is drawn; to the right edge where it is None.
        note: what is not in it, one sentence; empty where nothing is missing.
    """

    title: str
    begins: datetime
    ends: datetime
    lanes: tuple[Lane, ...]
    marks: tuple[Mark, ...] = ()
    now: datetime | None = None
    note: str = ""

    @property
    def fine(self) -> bool:
        """Whether it is short enough that hours matter."""
        return self.ends - self.begins < _FINE

    @property
    def table(self) -> Whole[Part]:
        """What it shows, as a table."""
        return PARTS.of(Part(lane, one) for lane in self.lanes for one in lane.intervals)
