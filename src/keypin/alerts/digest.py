"""The digest: what opened, what is still open, what resolved, and the next dates.

It is written where nothing happened as well: that it arrives shows that the service runs.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from keypin.alerts.alert import Alert, State
from keypin.alerts.deadline import Deadline
from keypin.alerts.message import Item, Message, Part, address, day, line, moment
from keypin.alerts.rendering import Words, render
from keypin.alerts.signal import gravest_first
from keypin.alerts.silence import Silence, silencing

# What is further away is in the calendar.
HORIZON = timedelta(days=60)
# More than that is a page, not a mail.
MAX_ITEMS = 25


def digest(
    alerts: Iterable[Alert],
    deadlines: Iterable[Deadline],
    at: datetime,
    *,
    since: datetime,
    base: str,
    silences: Iterable[Silence] = (),
) -> Words:
    """Write a digest.

    Args:
        alerts: those that are open, and those that resolved since the last digest.
        deadlines: what is known to end.
        at: the time, aware.
        since: when the last digest was written.
        base: the service's own address, as `https://keypin.example.com`.
        silences: those of the organisation; a silenced alert is shown as such.
    """
    opened = [one for one in alerts if one.opened_at is not None]
    active = _sorted(one for one in opened if one.active)
    fresh = [one for one in active if one.opened_at is not None and one.opened_at > since]
    older = [one for one in active if one not in fresh]
    over = _sorted(
        one
        for one in opened
        if one.state is State.RESOLVED and one.resolved_at is not None and one.resolved_at > since
    )
    dates = sorted(
        (one for one in deadlines if at <= one.when <= at + HORIZON),
        key=lambda one: (one.when, one.title),
    )
    quiet = tuple(silences)
    sections = (
        (f"Opened since {moment(since)}", [_open(one, quiet, at, base) for one in fresh]),
        ("Still open", [_open(one, quiet, at, base) for one in older]),
        ("Resolved", [_over(one, base) for one in over]),
        (f"The next {HORIZON.days} days", [_date(one, at, base) for one in dates]),
    )
    parts = tuple(_part(heading, items, base) for heading, items in sections)
    return render(Message(_subject(len(fresh), len(older), len(over), dates), parts))


def _subject(fresh: int, older: int, over: int, dates: list[Deadline]) -> str:
    following = f"; next date {day(dates[0].when)}" if dates else ""
    return f"keypin: {fresh} opened, {older} still open, {over} resolved{following}"


def _part(heading: str, items: list[Item], base: str) -> Part:
    if not items:
        return Part(heading=heading, lines=("Nothing.",))
    more = len(items) - MAX_ITEMS
    shown = (
        (*items[:MAX_ITEMS], Item(f"and {more} more", address(base, "/"))) if more > 0 else items
    )
    return Part(heading=f"{heading}: {len(items)}", items=tuple(shown))


def _sorted(alerts: Iterable[Alert]) -> list[Alert]:
    """Return alerts, the gravest first, of these the oldest."""
    return sorted(alerts, key=lambda one: (gravest_first(one.severity), one.since, one.id))


def _open(alert: Alert, silences: tuple[Silence, ...], at: datetime, base: str) -> Item:
    notes = [str(alert.severity), f"since {moment(alert.since)}"]
    if alert.acknowledged_by:
        said = f": {line(alert.acknowledged_note)}" if alert.acknowledged_note else ""
        notes.append(f"acknowledged by {line(alert.acknowledged_by)}{said}")
    silence = silencing(alert.signal, silences, at)
    if silence is not None:
        notes.append(f"silenced until {moment(silence.until)}: {line(silence.reason)}")
    return Item(line(alert.signal.title), address(base, alert.signal.link), ", ".join(notes))


def _over(alert: Alert, base: str) -> Item:
    end = moment(alert.resolved_at) if alert.resolved_at else ""
    note = f"{moment(alert.since)} to {end}"
    return Item(line(alert.signal.title), address(base, alert.signal.link), note)


def _date(deadline: Deadline, at: datetime, base: str) -> Item:
    left = (deadline.when - at).days
    when = day(deadline.when) if deadline.all_day else moment(deadline.when)
    note = f"{when}, in {left} days"
    if deadline.next_step:
        note += f". {line(deadline.next_step)}"
    return Item(line(deadline.title), address(base, deadline.link), note)
