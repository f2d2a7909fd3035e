"""What an endpoint showed is read along an index, and no more of it than can be drawn."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from keypin.watch.store.tables import observations
from keypin.web.pages.history import MOST, read

PLACE = {"vantage": "there", "key_type": "ecdsa", "detail": {}, "probes": 1, "failure": "refused"}


@pytest.fixture(scope="module")
def flapping(new_shop):
    """Return a shop one of whose endpoints changed every minute, beside a quiet address."""
    shop = new_shop()
    number, count = shop.endpoint("blog.shop.example"), 2 * MOST + 10
    begins = [shop.now - timedelta(minutes=one) for one in range(count, 0, -1)]
    rows = [
        PLACE
        | {"endpoint": number, "organisation": 1, "address": "203.0.113.9:443"}
        | {"first_seen_at": at, "last_seen_at": at, "ended_at": at + timedelta(minutes=1)}
        for at in begins
    ]
    long = shop.now - timedelta(days=300)
    rows.append(rows[0] | {"address": "203.0.113.8:443", "first_seen_at": long, "ended_at": None})
    with shop.database.begin_across() as connection:
        connection.execute(observations.insert(), rows)
    return shop, number


def past(flapping, **ago: float):
    """Read it since so long ago."""
    shop, number = flapping
    since = shop.now - timedelta(**ago) if ago else None
    with shop.database.read(1) as scope:
        still = scope.rows(
            scope.select(observations).where(
                observations.c.endpoint == number, observations.c.ended_at.is_(None)
            )
        )
        return read(scope, number, since, lambda _: {}, pin_sets=(), still=still)


def test_of_too_much_the_newest_is_read_and_what_still_is_so(flapping) -> None:
    """However old that is; and the page says that something is missing."""
    shop, number = flapping
    found = past(flapping)
    assert found.cut
    assert MOST < len(found.rows) <= MOST + 5
    assert any(row["address"] == "203.0.113.8:443" for row in found.rows)
    page = shop.browser().get(f"/endpoints/{number}?span=4").text
    assert "only the newest 2,000 observations are drawn" in page
    assert page.count('class="kp-bar ') < 300


def test_a_short_span_is_read_whole_with_what_reaches_into_it(flapping) -> None:
    """What began before it and has ended since is part of it."""
    shop, _ = flapping
    since = shop.now - timedelta(minutes=30)
    found = past(flapping, minutes=30)
    assert not found.cut
    assert all(row["ended_at"] is None or row["ended_at"] >= since for row in found.rows)
    there = [row for row in found.rows if row["address"] == "203.0.113.9:443"]
    assert len(there) == 31
    assert min(row["first_seen_at"] for row in there) < since


def test_no_query_reads_all_of_a_long_past(flapping) -> None:
    """Each that reads observations has a limit, whatever the span."""
    shop, _ = flapping
    asked: list[str] = []

    def note(_connection, _cursor, statement: str, *_: object) -> None:
        asked.append(statement)

    engine = shop.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        for ago in ({}, {"days": 365}, {"minutes": 5}):
            past(flapping, **ago)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    reading = [one for one in asked if "first_seen_at DESC" in one]
    assert len(reading) >= 4
    assert all("LIMIT" in one for one in reading)
