"""What was so from when until when, in lanes: certificates, keys, CAs, what releases said."""

from dataclasses import dataclass
from datetime import datetime

from keypin.web.views.parts import Tone


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Lanes over one span of time.

    Attributes:
        title: said to screen readers.
        begins: the left edge.
        ends: the right edge, after `begins`.
        lanes: from top to bottom.
        marks: vertical lines.
    """

    title: str
    begins: datetime
    ends: datetime
    lanes: tuple[Lane, ...]
    marks: tuple[Mark, ...] = ()
