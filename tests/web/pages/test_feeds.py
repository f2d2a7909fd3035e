"""The dates as a calendar and the alerts as a feed, to browsers and to programs with a token."""

from keypin.watch.people import tokens
from keypin.watch.people.audit import SERVICE


def test_the_dates_are_a_calendar(owner) -> None:
    """Each leads to its page by a whole address."""
    answer = owner.get("/deadlines.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    text = answer.text.replace("\r\n ", "")
    assert "BEGIN:VEVENT" in text
    assert "https://watch.example/o/acme/endpoints/" in text


def test_the_alerts_are_a_feed_for_a_program_too(shop) -> None:
    """A token that reads suffices; nobody without one is told anything."""
    with shop.database.begin(1) as scope:
        token = tokens.create(scope, "reader", ["read"], SERVICE, shop.now)
    visitor = shop.visitor()
    headers = {"authorization": f"Bearer {token}"}
    answer = visitor.client.get("/o/acme/alerts.rss", headers=headers)
    assert answer.headers["content-type"].startswith("application/rss+xml")
    assert "breaks now for 12%" in answer.text
    assert visitor.get("/alerts.rss").status_code == 303
