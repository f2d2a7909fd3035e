"""Deadlines as a calendar (iCalendar, RFC 5545) that calendar programs subscribe to.

A deadline keeps its UID when it moves, so that a renewed certificate moves its event and leaves no
second one. Needs `icalendar`, so nothing but the page that serves it imports this module.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from icalendar import TRANSP, Alarm, Calendar, Event, vDuration

from keypin.alerts.deadline import Deadline
from keypin.alerts.message import address, line
from keypin.alerts.signal import identity
from keypin.findings import Severity

# Whoever missed a date looks it up for a while.
PAST = timedelta(days=30)

REFRESH = timedelta(hours=6)

# When a calendar reminds, in days before; a note reminds nobody.
REMINDERS: dict[Severity, tuple[int, ...]] = {
    Severity.ERROR: (30, 7, 1),
    Severity.WARNING: (14, 2),
    Severity.NOTE: (),
}


def calendar(
    deadlines: Iterable[Deadline], at: datetime, *, base: str, name: str = "keypin deadlines"
) -> bytes:
    """Write a calendar.

    Args:
        deadlines: what is known to end.
        at: the time, aware.
        base: the service's own address, as `https://keypin.example.com`.
        name: what calendar programs call it.
    """
    shown = sorted(
        (one for one in deadlines if one.when >= at - PAST), key=lambda one: (one.when, one.uid)
    )
    written = Calendar.new(
        prodid="-//keypin//keypin watch//EN",
        name=line(name),
        uid=identity(base, name),
        subcomponents=[_event(one, at, base) for one in shown],
    )
    # RFC 7986 section 5.7 asks for the kind of value as well, which the library leaves out.
    refresh = vDuration(REFRESH, {"VALUE": "DURATION"})
    written["REFRESH-INTERVAL"] = refresh
    return bytes(written.to_ical())


def _event(deadline: Deadline, at: datetime, base: str) -> Event:
    when = deadline.when.astimezone(UTC)
    return Event.new(
        uid=f"{deadline.uid}@keypin",
        # Of the day, not of the second: a calendar without news is the same bytes for a day.
        stamp=at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0),
        start=when.date() if deadline.all_day else when.replace(microsecond=0),
        transparency=TRANSP.TRANSPARENT,
        summary=line(deadline.title),
        description=_description(deadline, base),
        url=address(base, deadline.link),
        categories=[str(deadline.severity), deadline.what],
        subcomponents=[_alarm(deadline, days) for days in REMINDERS[deadline.severity]],
    )


def _description(deadline: Deadline, base: str) -> str:
    about = f"{deadline.severity} {deadline.what}, {line(str(deadline.subject))}"
    step = line(deadline.next_step)
    return "\n".join(filter(None, (about, step, address(base, deadline.link))))


def _alarm(deadline: Deadline, days: int) -> Alarm:
    alarm = Alarm.new(description=line(deadline.title))
    alarm["ACTION"] = "DISPLAY"
    alarm.TRIGGER = timedelta(days=-days)
    return alarm
