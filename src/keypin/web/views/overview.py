"""The page Overview: what needs me today, and the next dates on which something breaks."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from keypin.web.views.alerts import AlertRow
from keypin.web.views.chart import Chart
from keypin.web.views.parts import Link, State, Tone


@dataclass(frozen=True, slots=True)
class Deadline:
    """A date that comes.

    Attributes:
        at: when.
        tone: how bad it will be if nothing is done.
        what: what happens then, a sentence, as "The leaf certificate expires."
        subject: the endpoint, release or pin set that it happens to.
    """

    at: datetime
    tone: Tone
    what: str
    subject: Link


@dataclass(frozen=True, slots=True)
class Count:
    """One number that stands for a part of the inventory.

    Attributes:
        label: what is counted, as "Endpoints".
        value: as it is read, as "1,204" or "99.2%".
        detail: what is behind it, a few words, as "3 cannot be read".
        tone: of the detail.
        href: where the rest is.
    """

    label: str
    value: str
    detail: str
    tone: Tone
    href: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the watch itself: prober, CT, collector, alerts; how it is, and since when."""

    name: str
    state: State
    detail: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One of the first steps of a new organisation: what to do, whether it is done, and where."""

    title: str
    detail: str
    done: bool
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewView:
    """The page.

    Attributes:
        needs: the open alerts that somebody must act on, the most urgent first; a few.
        more: how many more there are.
        waiting: how many alerts wait to be sure, and need nobody yet.
        deadlines: the next dates, the nearest first.
        counts: at most four numbers.
        chart: pin failure reports over the last days; None where there never was one.
        parts: of the watch itself.
        steps: shown while any of them is not done; empty for an organisation that is set up.
        calendar: the address of the deadlines as iCalendar.
        feed: the address of the alerts as RSS.
    """

    template: ClassVar[str] = "overview.html"

    needs: tuple[AlertRow, ...]
    more: int
    deadlines: tuple[Deadline, ...]
    counts: tuple[Count, ...]
    chart: Chart | None
    parts: tuple[Part, ...]
    steps: tuple[Step, ...] = ()
    waiting: int = 0
    calendar: str = ""
    feed: str = ""
