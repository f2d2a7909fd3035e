"""The page Audit log: who changed what, and whether the chain is whole."""

import csv
import io
import re

from sqlalchemy import text

from keypin.watch.people.roles import Role


def test_it_says_who_changed_what_and_that_the_chain_is_whole(new_shop) -> None:
    """An edit shows what was there before."""
    shop = new_shop()
    browser = shop.browser()
    browser.post(f"/endpoints/{shop.endpoint('blog.shop.example')}", interval="300", tags="a")
    page = browser.get("/audit").text
    for word in ("Every entry follows", "owner1@shop.example", "endpoint.change", "interval: 3600"):
        assert word in page
    rows = list(csv.DictReader(io.StringIO(browser.get("/audit.csv?q=kiosk").text)))
    assert [row["what"] for row in rows] == ["application.add"]


def test_an_entry_is_told_in_names_days_and_words(new_shop) -> None:
    """On the page and in the CSV; what is stored has numbers, fractions and lists."""
    shop = new_shop()
    browser = shop.browser()
    sent = {"text": shop.pins("api.shop.example"), "version": "9", "share": "5"}
    assert browser.post("/inventory/applications/1/releases", **sent).status_code == 303
    assert browser.post("/endpoints", endpoint="tag.example", owner="mobile", tags="gold, web")
    rows = list(csv.DictReader(io.StringIO(browser.get("/audit.csv").text)))
    said = {row["what"]: row["detail"] for row in rows}
    pushed, added = said["release.add"], said["endpoint.add"]
    assert "application: shop-android · " in pushed
    assert re.search(r"pin set: [0-9a-f]{12} · ", pushed)
    assert re.search(r"created at: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", pushed)
    assert "created at: 2" in added
    assert "owner: mobile · tags: gold, web · " in added
    assert "tags: gold, web" in browser.get("/audit").text


def test_a_log_that_was_tampered_with_says_so(new_shop) -> None:
    """Who goes past the triggers breaks the chain."""
    shop = new_shop()
    with shop.database.begin_across() as connection:
        names = connection.execute(text("SELECT name FROM sqlite_master WHERE type='trigger'"))
        for (name,) in names.all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text("UPDATE audit_log SET subject='other' WHERE subject='kiosk'"))
    assert "The log was tampered with" in shop.browser(Role.VIEWER).get("/audit").text
