"""Every page, on PostgreSQL as on SQLite; and none for those of another organisation."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.routing import Route

from keypin.watch.inventory.turn import in_turn
from keypin.web import pages

READ = (
    "/",
    "/deadlines.ics",
    "/alerts.rss",
    "/check?host=a.example",
    "/endpoints?q=mobile&sort=-expires",
    "/endpoints.csv?q=api.shop.example:443",
    "/endpoints/1?span=3",
    "/endpoints/1?table=logged&as=csv",
    "/endpoints/1?table=probes&sort=-read",
    "/matrix?q=api",
    "/matrix.csv",
    "/ct",
    "/ct?table=logs&sort=-lag",
    "/ct?q=shop&sort=deployed",
    "/ct.csv",
    "/ct?table=logs&as=csv",
    "/ct/found/1",
    "/ct/found/1.pem",
    "/reports?span=2&q=own&sort=cause",
    "/reports.csv?span=2",
    "/reports?groups=known",
    "/reports/1?sort=network&q=DE",
    "/reports/1.csv",
    "/alerts?state=open&sort=severity&q=shop",
    "/alerts.csv",
    "/alerts/1",
    "/silences?table=silences&sort=-until&q=planned",
    "/inventory",
    "/inventory?table=inventory&as=csv",
    "/inventory/keypin.toml",
    "/inventory/applications/1",
    "/inventory/releases/1",
    "/inventory/releases/1/pins/keypin-toml",
    "/audit?q=release&sort=-who",
    "/audit.csv",
    "/settings/routes",
    "/settings/owners?owner=mobile",
    "/settings/owners?table=owners&as=csv",
    "/settings/rules?table=rules&sort=-place",
    "/settings/secrets?table=secrets&as=csv",
)


def test_every_page_is_asked_for_here(shop) -> None:
    """A new route that reads joins the list above."""
    patterns = [
        one.path_regex
        for one in pages.routes(shop.core, shop.look)
        if isinstance(one, Route) and "GET" in (one.methods or ()) and one.path.startswith("/o/")
    ]
    asked = [f"/o/acme{path.partition('?')[0]}" for path in READ]
    unasked = [one.pattern for one in patterns if not any(one.match(path) for path in asked)]
    live = "events"  # tests/web/pages/test_check.py listens to those
    assert [one for one in unasked if live not in one] == []


@pytest.mark.parametrize("path", READ)
def test_a_page_is_the_same_on_postgresql(postgresql_shop, path: str) -> None:
    """What SQLite answers, PostgreSQL answers too."""
    assert postgresql_shop.browser().get(path).status_code == 200


@pytest.mark.parametrize("path", [*READ, "/check/events?host=127.0.0.1"])
def test_the_head_of_a_page_is_that_of_the_whole(owner, path: str) -> None:
    """HEAD has no body, and the fields of GET (RFC 9110 section 9.3.2)."""
    headers = {"accept": "text/html"}
    whole = owner.client.get(owner.base + path, headers=headers)
    head = owner.client.head(owner.base + path, headers=headers)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert head.headers.get("content-type") == whole.headers.get("content-type")


def test_a_change_is_made_on_postgresql(postgresql_shop) -> None:
    """With its entry in the audit log."""
    browser = postgresql_shop.browser()
    assert browser.post("/endpoints", endpoint="a.example").status_code == 303
    assert browser.post("/alerts/1/acknowledge").status_code == 303
    assert "endpoint.add" in browser.get("/audit").text


def test_a_page_changes_nothing_between_anothers_look_and_change(
    postgresql_shop, until_waiting
) -> None:
    """Forms wait their turn, as calls of the API do, but for no other organisation."""
    browser, database = postgresql_shop.browser(), postgresql_shop.database
    with ThreadPoolExecutor(1) as pool, in_turn(database, 2):
        with in_turn(database, 1):
            task = pool.submit(browser.post, "/endpoints", endpoint="turn.example")
            until_waiting(task, database)
            assert not task.done()
        assert task.result().status_code == 303


def test_no_page_crosses_to_another_organisation(new_shop, crossing, monkeypatch) -> None:
    """The rival tries each route with acme's name and numbers, as the owner that it is at home."""
    shop = new_shop()
    monkeypatch.setattr(crossing, "MARK", "shop-android")
    rival = shop.browser(organisation=2)
    values = {"number": "1", "form": "keypin-toml", "name": "rival", "route": "on-call", "id": "1"}
    target = crossing.Target(shop.database, 1, "acme", values)
    headers = {"origin": "https://watch.example", "x-csrf-token": rival.csrf}
    found = pages.routes(shop.core, shop.look)
    count = crossing.check(rival.client, found, target, "rival", headers=headers)
    assert count > len(found)
