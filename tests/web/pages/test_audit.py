"""The page Audit log: who changed what, and whether the chain is whole."""

import csv
import io

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


def test_a_log_that_was_tampered_with_says_so(new_shop) -> None:
    """Who goes past the triggers breaks the chain."""
    shop = new_shop()
    with shop.database.begin_across() as connection:
        names = connection.execute(text("SELECT name FROM sqlite_master WHERE type='trigger'"))
        for (name,) in names.all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text("UPDATE audit_log SET subject='other' WHERE subject='kiosk'"))
    assert "The log was tampered with" in shop.browser(Role.VIEWER).get("/audit").text
