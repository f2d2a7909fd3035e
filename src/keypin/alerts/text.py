"""A bundle in words: what, since when, on what evidence, what to do, and where to look."""

from datetime import datetime, timedelta

from keypin.alerts.alert import Alert
from keypin.alerts.bundle import Bundle
from keypin.alerts.duration import spelled
from keypin.alerts.message import (
    MAX_SUBJECT,
    Item,
    Message,
    Part,
    address,
    line,
    lines,
    moment,
)
from keypin.alerts.notice import Kind, Notice
from keypin.alerts.rendering import Words, render
from keypin.alerts.signal import gravest_first

# Of a hundred endpoints that fail at once, ten tell what it is; the page has all of them.
MAX_ALERTS = 10
MAX_EVIDENCE = 15

_SUBJECTS = {
    Kind.OPENED: "{severity}",
    Kind.WORSENED: "now {severity}",
    Kind.REPEATED: "still {severity}",
    Kind.ESCALATED: "{severity}, nobody acknowledged",
    Kind.RESOLVED: "resolved",
}


def words(bundle: Bundle, base: str) -> Words:
    """Put a bundle in words.

    Args:
        bundle: what is told in one message.
        base: the service's own address, as `https://keypin.example.com`.
    """
    ordered = sorted(bundle.notices, key=lambda one: gravest_first(one.alert.severity))
    shown = ordered[:MAX_ALERTS]
    parts = [_part(notice, base) for notice in shown]
    more = len(bundle.notices) - len(shown)
    if more:
        every = Item("All alerts", address(base, "/alerts"))
        parts.append(Part(heading=f"And {more} more", items=(every,)))
    return render(Message(_subject(bundle, ordered[0]), tuple(parts)))


def _subject(bundle: Bundle, first: Notice) -> str:
    state = _SUBJECTS[bundle.kind].format(severity=bundle.severity)
    others = len(bundle.notices) - 1
    end = f" (and {others} more)" if others else ""
    start = f"[{state}] "
    title = line(first.alert.signal.title, MAX_SUBJECT - len(start) - len(end))
    return start + title + end


def _part(notice: Notice, base: str) -> Part:
    alert, signal = notice.alert, notice.alert.signal
    over = notice.kind is Kind.RESOLVED
    step = () if over or not signal.next_step else (f"Next step: {line(signal.next_step)}",)
    return Part(
        heading=line(signal.title),
        severity=None if over else alert.severity,
        lines=(_about(alert), _times(notice), *_taken(alert), *step),
        evidence=() if over else lines(signal.evidence, MAX_EVIDENCE),
        items=(Item("Look at it in keypin", address(base, signal.link)),),
    )


def _about(alert: Alert) -> str:
    """Return what it is about and whose, as `error chain-refused: endpoint a:443; of payments`."""
    signal = alert.signal
    whose = [
        f"application {line(signal.application)}" if signal.application else "",
        f"owner {line(signal.owner)}" if signal.owner else "",
        f"concerns {', '.join(map(line, signal.concerns))}" if signal.concerns else "",
    ]
    return "; ".join(
        filter(None, (f"{alert.severity} {signal.id}, {line(str(signal.subject))}", *whose))
    )


def _taken(alert: Alert) -> tuple[str, ...]:
    """Return who takes care of it, or did, and what they said; nothing where nobody does."""
    if not alert.acknowledged_by:
        return ()
    said = f": {line(alert.acknowledged_note)}" if alert.acknowledged_note else ""
    return (f"Acknowledged by {line(alert.acknowledged_by)}{said}",)


def _times(notice: Notice) -> str:
    alert = notice.alert
    if alert.resolved_at is not None:
        length = _length(alert.since, alert.resolved_at)
        by = f", closed by {line(alert.resolved_by)}" if alert.resolved_by else ""
        return f"From {moment(alert.since)} until {moment(alert.resolved_at)}, {length}{by}"
    seen = f", seen {alert.count} times" if alert.count > 1 else ""
    flaps = f", came back {alert.flaps} times" if alert.flaps else ""
    lasting = f", for {_length(alert.since, notice.at)}" if notice.at > alert.since else ""
    return f"Since {moment(alert.since)}{lasting}{seen}{flaps}"


def _length(begin: datetime, end: datetime) -> str:
    """Return a length of time to the minute, or in seconds below one."""
    length = end - begin
    minute = timedelta(minutes=1)
    return spelled(length if length < minute else length // minute * minute)
