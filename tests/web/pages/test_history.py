"""What an endpoint showed is read along an index, and no more of it than can be drawn."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from keypin.watch.store.tables import observations
from keypin.web.pages.history import MOST, read

# How SQLite says it, and PostgreSQL.
READS = re.compile(r"(SEARCH|SCAN|on) observations")
BY_INDEX = re.compile(
    r"INDEX ix_observations_endpoint \(organisation=\? AND endpoint=\? AND ended_at"
    r"|INDEX ix_observations_shown \(organisation=\? AND endpoint=\?"
    r"|Index.* Scan.* using (ix_observations_(endpoint|shown)|uq_observations_open)"
)
PLACE = {"vantage": "there", "key_type": "ecdsa", "detail": {}, "probes": 1, "failure": "refused"}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def flapping(request, new_shop):
    """Return a shop one of whose endpoints changed every minute, beside a quiet address."""
    known = request.param == "sqlite"
    shop = new_shop() if known else request.getfixturevalue("postgresql_shop")
    number, count = shop.endpoint("blog.shop.example"), 2 * MOST + 10
    begins = [shop.now - timedelta(minutes=one) for one in range(count, 0, -1)]
    rows = [
        PLACE
        | {"endpoint": number, "organisation": 1, "address": "203.0.113.9:443"}
        | {"first_seen_at": at, "last_seen_at": at, "ended_at": at + timedelta(minutes=1)}
        for at in begins
    ]
    long = shop.now - timedelta(days=300)
    quiet = rows[0] | {"address": "203.0.113.8:443", "first_seen_at": long}
    lately = shop.now - timedelta(minutes=2)
    rows += [quiet | {"ended_at": lately}, quiet | {"first_seen_at": lately, "ended_at": None}]
    with shop.database.begin_across() as connection:
        connection.execute(observations.insert(), rows)
        if not known:  # which looks by itself, sooner or later; SQLite once a day
            connection.execute(text("ANALYZE"))
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
    """However long ago that began; and the page says that something is missing."""
    shop, number = flapping
    found = past(flapping)
    assert found.whole == shop.now - timedelta(minutes=MOST - 1)
    assert MOST < len(found.rows) <= MOST + 5
    long = [row for row in found.rows if row["first_seen_at"] == shop.now - timedelta(days=300)]
    assert len(long) == 1
    page = shop.browser().get(f"/endpoints/{number}?span=4").text
    assert "only the newest 2,000 observations are drawn" in page
    assert page.count('class="kp-bar ') < 300


def test_a_short_span_is_read_whole_with_what_reaches_into_it(flapping) -> None:
    """What began before it and has ended since is part of it."""
    shop, _ = flapping
    since = shop.now - timedelta(minutes=30)
    found = past(flapping, minutes=30)
    assert found.whole is None
    assert all(row["ended_at"] is None or row["ended_at"] >= since for row in found.rows)
    there = [row for row in found.rows if row["first_seen_at"] >= since - timedelta(minutes=1)]
    assert len(there) == 31 + 2  # and what the quiet address shows since, and the blog itself
    assert min(row["first_seen_at"] for row in there) < since


def test_no_query_reads_all_of_a_long_past(flapping) -> None:
    """Each finds what it asks for by an index: what is so still, or what ended last."""
    shop, number = flapping
    asked: list[tuple[str, Any]] = []

    def note(_connection, _cursor, statement: str, parameters: Any, *_: object) -> None:
        if "FROM observations" in statement:
            asked.append((statement, parameters))

    engine, browser = shop.database.engine, shop.browser()
    event.listen(engine, "before_cursor_execute", note)
    try:
        for span in range(5):
            browser.get(f"/endpoints/{number}?span={span}")
    finally:
        event.remove(engine, "before_cursor_execute", note)
    how = "EXPLAIN QUERY PLAN " if shop.database.sqlite else "EXPLAIN "
    assert len(asked) >= 5 * 5
    for statement, parameters in asked:
        with shop.database.read_across() as connection:
            plan = connection.exec_driver_sql(how + statement, parameters).all()
        steps = [str(row[-1]) for row in plan if READS.search(str(row[-1]))]
        assert steps
        assert all(BY_INDEX.search(one) for one in steps), steps
