"""Calendars and feed readers get what they know the secret address of."""

from datetime import timedelta

from icalendar import Calendar

from keypin.watch.alerting import feeds
from keypin.watch.inventory.shelf import Shelf
from keypin.watch.people.audit import Actor

ADA = Actor("ada@example.com")


def test_a_token_opens_one_organisations_feeds(any_alerted) -> None:
    """Another's does not, an old one neither, and where there is none nothing does."""
    sealer = any_alerted.core.sealer
    with any_alerted.database.begin(1) as scope:
        assert feeds.token(scope, sealer) is None
        assert not feeds.opens(scope, sealer, "")
        old = feeds.new_token(scope, sealer, by=ADA, at=any_alerted.now)
        assert feeds.opens(scope, sealer, old)
        new = feeds.new_token(scope, sealer, by=ADA, at=any_alerted.now)
        assert feeds.token(scope, sealer) == new
        given = (new, old, new[:-1], "\udcff")
        assert [feeds.opens(scope, sealer, one) for one in given] == [True, False, False, False]
    with any_alerted.database.read(2) as scope:
        assert not feeds.opens(scope, sealer, new)


def test_deadlines_are_a_calendar(alerted, signal) -> None:
    """Each has its day and the page that shows it."""
    day = alerted.now + timedelta(days=9)
    alerted.tell(signal("a", id="pins-exhausted", facts=(("at", day.isoformat()),)))
    written = Calendar.from_ical(feeds.calendar(alerted.core, 1, Shelf()))
    (event,) = written.walk("VEVENT")
    assert event.start == day.date()
    assert event["URL"] == "https://keypin.example/o/acme/endpoints/7"
    assert written["NAME"] == "keypin deadlines of acme"


def test_alerts_are_a_feed(alerted, signal) -> None:
    """What opened is in it, the newest first."""
    alerted.see(signal("a"))
    alerted.now += timedelta(minutes=1)
    alerted.see(signal("b"))
    text = feeds.rss(alerted.core, 1).decode()
    assert "<title>keypin alerts of acme</title>" in text
    assert text.count("<item>") == 2
    assert text.index("b.example.com") < text.index("a.example.com")
    assert "<item>" not in feeds.rss(alerted.core, 2).decode()
