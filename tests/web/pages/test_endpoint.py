"""The page Endpoint: what is served, what was served, and what may be done."""

from datetime import timedelta

import pytest

from keypin.watch.people.roles import Role
from keypin.watch.store.tables import audit_log, endpoints
from keypin.web.words import minute

API, CDN, PAY, NEW = "api", "cdn", "pay", "new"


def _number(shop, name: str) -> int:
    return int(shop.endpoint(f"{name}.shop.example"))


def test_it_shows_chain_timeline_and_what_each_release_says(shop, owner) -> None:
    """Release 3.1 refuses the key that 3.2 pins; the timeline has both."""
    page = owner.get(f"/endpoints/{_number(shop, API)}").text
    for text in ("shop-android 3.1", "shop-android 3.2", "mismatch", "matched", "keypin lab root"):
        assert text in page
    assert "kp-timeline" in page
    assert "Policy of shop-android 3.2, then: report" in page


@pytest.mark.parametrize("span", ["0", "1", "2", "3", "4", "9", "x"])
def test_the_timeline_has_several_spans(shop, owner, span: str) -> None:
    """One that does not exist is the usual one."""
    assert owner.get(f"/endpoints/{_number(shop, PAY)}?span={span}").status_code == 200


def test_what_was_never_read_says_so(shop, owner) -> None:
    """There is no timeline and no chain, and the releases say so too."""
    page = owner.get(f"/endpoints/{_number(shop, NEW)}").text
    assert "Not read yet" in page
    assert "not seen yet" in page


def test_what_cannot_be_reached_says_why(shop, owner) -> None:
    """The failure stands among the last handshakes."""
    page = owner.get(f"/endpoints/{shop.endpoint('blog.shop.example')}").text
    assert "connection refused" in page


def test_a_planned_chain_stands_on_the_timeline(shop, owner, planned) -> None:
    """It is drawn as planned, under its name."""
    page = owner.get(f"/endpoints/{_number(shop, API)}").text
    assert f"planned: {planned}" in page


@pytest.mark.parametrize("table", ["logged", "probes"])
def test_its_tables_are_had_as_csv_and_sort(shop, owner, table: str) -> None:
    """Each by the address of the page, which says of which table it asks."""
    path = f"/endpoints/{_number(shop, API)}?table={table}"
    assert owner.get(f"{path}&as=csv").headers["content-type"].startswith("text/csv")
    page = owner.get(f"{path}&sort=-state&q=nothing").text
    assert page.count("Nothing matches") == 1


def test_an_editor_changes_pauses_probes_and_removes_it(new_shop) -> None:
    """Each is written into the audit log, and says what it did."""
    shop = new_shop()
    editor = shop.browser(Role.EDITOR)
    path = f"/endpoints/{_number(shop, CDN)}"
    sent = [
        editor.post(path, owner="mobile", tags="eu, web", interval="300", vantage_points="oslo"),
        editor.post(f"{path}/pause"),
        editor.post(f"{path}/resume"),
        editor.post(f"{path}/probe"),
    ]
    said = ["changed", "paused", "resumed", "due"]
    assert [answer.headers["location"].rpartition("-")[2] for answer in sent] == said
    page = editor.get(path).text
    assert "eu" in page
    assert 'value="oslo"' in page
    assert editor.post(f"{path}/remove").headers["location"].startswith("/o/acme/endpoints?")
    assert editor.get(path).status_code == 404
    with shop.database.read_across() as connection:
        log = connection.execute(audit_log.select().where(audit_log.c.organisation == 1)).mappings()
        written = [row["action"] for row in log if row["subject"] == "cdn.shop.example:443"]
    change = "endpoint.change"
    assert written == [change, change, change, "endpoint.probe", "endpoint.remove"]


def test_an_owner_that_does_not_exist_is_refused(shop, owner) -> None:
    """The form comes back with the reason."""
    answer = owner.post(f"/endpoints/{_number(shop, API)}", owner="nobody-known", interval="300")
    assert answer.status_code == 422
    assert "nobody-known" in answer.text


@pytest.mark.parametrize("number", ["999999", "0", "x", "1" * 30, "-1"])
def test_what_is_not_there_is_a_page_of_its_own(owner, number: str) -> None:
    """Whatever stands in the path."""
    assert owner.get(f"/endpoints/{number}").status_code == 404


def test_another_organisation_has_no_such_endpoint(shop) -> None:
    """Its number says nothing there, and its own organisation is not shown to strangers."""
    rival = shop.browser(organisation=2)
    number = _number(shop, API)
    assert rival.get(f"/endpoints/{number}").status_code == 404
    rival.base = "/o/rival"
    assert rival.get(f"/endpoints/{number}").status_code == 404
    assert rival.post(f"/endpoints/{number}/remove").status_code == 404
    with shop.database.read_across() as connection:
        there = endpoints.select().where(endpoints.c.id == number)
        assert connection.execute(there).first() is not None


def test_a_first_failure_is_told_and_nothing_is_called_usual(new_shop) -> None:
    """What was never seen is not fine; what failed, and since when, stands there."""
    shop = new_shop()
    path = f"/endpoints/{_number(shop, NEW)}"
    assert "Not read yet: nothing is known." in shop.browser().get(path).text
    shop.seen("new.shop.example", shop.now)
    page = shop.browser().get(path).text
    since = minute(shop.now)
    assert f"Could not be read since {since}: connection refused. It was never seen." in page
    assert "could not be read" in page
    assert "Nothing unusual" not in page
    assert "not read yet" not in page
    assert f"since {since}: connection refused" in page


def test_what_was_seen_before_says_when(new_shop) -> None:
    """One that fails for the first time was seen eight minutes ago."""
    shop = new_shop()
    shop.seen("cdn.shop.example", shop.now)
    page = shop.browser().get(f"/endpoints/{_number(shop, CDN)}").text
    assert f"It was seen last {minute(shop.now - timedelta(minutes=8))}." in page
