"""Alerts as a feed (RSS 2.0, https://www.rssboard.org/rss-specification) for feed readers.

An alert is one item for ever: its guid is the alert's identity, and its title says when it is over.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from xml.etree.ElementTree import Element, SubElement, tostring

from keypin.alerts.alert import Alert, State
from keypin.alerts.message import address, line, lines, moment

# A reader that comes once a day misses nothing; the pages have all.
MAX_ITEMS = 100
MAX_EVIDENCE = 15


def feed(alerts: Iterable[Alert], at: datetime, *, base: str, name: str = "keypin alerts") -> bytes:
    """Write a feed.

    Args:
        alerts: what opened; those that never did are left out.
        at: the time, aware.
        base: the service's own address, as `https://keypin.example.com`.
        name: what feed readers call it.
    """
    rss = Element("rss", version="2.0")
    channel = SubElement(rss, "channel")
    _add(channel, "title", line(name))
    _add(channel, "link", address(base, "/alerts"))
    _add(channel, "description", "What keypin told, the newest first")
    _add(channel, "language", "en")
    _add(channel, "ttl", "5")
    opened = [(one.opened_at, one) for one in alerts if one.opened_at is not None]
    opened.sort(key=lambda one: (one[0], one[1].id), reverse=True)
    # The newest of what is shown, not the time of asking: a feed without news is the same bytes.
    _add(channel, "lastBuildDate", _date(max((_changed(one) for _, one in opened), default=at)))
    for begin, alert in opened[:MAX_ITEMS]:
        _item(SubElement(channel, "item"), alert, begin, base)
    return bytes(tostring(rss, encoding="utf-8", xml_declaration=True))


def _item(item: Element, alert: Alert, begin: datetime, base: str) -> None:
    over = alert.state is State.RESOLVED
    _add(item, "title", f"[{'resolved' if over else alert.severity}] {line(alert.signal.title)}")
    _add(item, "link", address(base, alert.signal.link))
    _add(item, "guid", f"urn:keypin:alert:{alert.id}").set("isPermaLink", "false")
    _add(item, "pubDate", _date(begin))
    _add(item, "category", alert.signal.id)
    # Feed readers take the description for HTML.
    _add(item, "description", "<br>".join(map(escape, _description(alert))))


def _description(alert: Alert) -> Iterable[str]:
    signal = alert.signal
    yield f"{alert.severity} {signal.id}, {line(str(signal.subject))}"
    yield f"Since {moment(alert.since)}"
    if alert.state is State.RESOLVED and alert.resolved_at is not None:
        yield f"Resolved {moment(alert.resolved_at)}"
    yield from lines(signal.evidence, MAX_EVIDENCE)
    if signal.next_step:
        yield f"Next step: {line(signal.next_step)}"


def _changed(alert: Alert) -> datetime:
    return max(filter(None, (alert.opened_at, alert.resolved_at)), default=alert.since)


def _add(parent: Element, name: str, text: str) -> Element:
    child = SubElement(parent, name)
    child.text = text
    return child


def _date(at: datetime) -> str:
    """Return a time as RFC 822 writes it."""
    return format_datetime(at.astimezone(UTC).replace(microsecond=0), usegmt=True)
