"""Alerts as feed readers read them."""

from dataclasses import replace
from datetime import timedelta
from xml.etree.ElementTree import fromstring

from keypin.alerts.feed import MAX_ITEMS, feed

BASE = "https://keypin.example"


def items(data: bytes) -> list[dict[str, str]]:
    """Return the items of a feed, by the names of their elements."""
    channel = fromstring(data)[0]  # noqa: S314 - our own
    return [{one.tag: one.text for one in item} for item in channel.findall("item")]


def test_an_alert_is_an_item(story, signal, now) -> None:
    """With the same guid for ever."""
    shop = story()
    shop.sees(signal(evidence=("a", "b"), next_step="Act.", link="/endpoints/7"))
    (item,) = items(feed([shop.alert], now, base=BASE))
    assert item == {
        "title": "[error] shop 3.2 refuses what api.shop.example:443 serves",
        "link": "https://keypin.example/endpoints/7",
        "guid": f"urn:keypin:alert:{shop.alert.id}",
        "pubDate": "Mon, 23 Nov 2026 09:00:00 GMT",
        "category": "chain-refused",
        "description": "error chain-refused, endpoint api.shop.example:443"
        "<br>Since 2026-11-23 09:00 UTC<br>a<br>b<br>Next step: Act.",
    }
    over = shop.alert.cleared(now + timedelta(hours=1))
    (later,) = items(feed([over], now, base=BASE))
    assert later["guid"] == item["guid"]
    assert later["title"].startswith("[resolved] ")
    assert "<br>Resolved 2026-11-23 10:00 UTC<br>" in later["description"]


def test_what_never_opened_is_not_told(story, signal, now) -> None:
    """Nor is there an item for it."""
    shop = story(wait=timedelta(minutes=5))
    shop.sees(signal())
    assert items(feed([shop.alert], now, base=BASE)) == []


def test_the_newest_come_first_and_a_feed_ends(story, signal, now) -> None:
    """The pages have the rest."""
    shop = story()
    shop.sees(signal())
    alerts = [
        replace(shop.alert, episode=number, opened_at=now + number * timedelta(minutes=1))
        for number in range(MAX_ITEMS + 5)
    ]
    found = items(feed(alerts, now, base=BASE))
    assert len(found) == MAX_ITEMS
    assert found[0]["guid"].endswith("-104")


def test_a_feed_without_news_is_the_same_bytes(story, signal, now) -> None:
    """Its date is that of the newest event, so that readers fetch nothing twice."""
    shop = story()
    shop.sees(signal())
    alerts = [shop.alert]
    assert feed(alerts, now, base=BASE) == feed(alerts, now + timedelta(hours=1), base=BASE)
    over = feed([shop.alert.cleared(now + timedelta(hours=2))], now, base=BASE)
    assert b"<lastBuildDate>Mon, 23 Nov 2026 11:00:00 GMT</lastBuildDate>" in over
    assert b"<lastBuildDate>Mon, 23 Nov 2026 09:00:00 GMT</lastBuildDate>" in feed(
        [], now, base=BASE
    )


def test_a_stranger_writes_no_element(story, signal, now) -> None:
    """Readers take the description for HTML, so it is escaped twice; XML has no control bytes."""
    shop = story()
    shop.sees(signal(title="<b>\x00\x1b</b>", evidence=("<script>",)))
    (item,) = items(feed([shop.alert], now, base=BASE))
    assert item["title"] == "[error] <b>��</b>"
    assert "<br>&lt;script&gt;" in item["description"]
