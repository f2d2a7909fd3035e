"""Settings, "Alert routes": who is told, and what is silenced."""

from keypin.watch.people.roles import Role
from keypin.watch.store.tables import audit_log

ROUTE = {"name": "on-call", "address": f"https://192.0.32.10/hook#{'k' * 32}", "severity": "error"}
PATH = "/settings/routes"


def test_a_route_is_kept_paused_and_removed_and_its_address_stays_secret(new_shop) -> None:
    """The log names the route, and never where it leads."""
    shop = new_shop()
    browser = shop.browser()
    assert browser.post(f"{PATH}/add", **ROUTE, owner="mobile", tags="eu").status_code == 303
    page = browser.get(PATH).text
    for text in ("on-call", "error or worse", "of mobile", "192.0.32.10"):
        assert text in page
    assert browser.post(f"{PATH}/switch", route="on-call", enabled="no").status_code == 303
    assert "paused" in browser.get(PATH).text
    assert browser.post(f"{PATH}/switch", route="on-call", enabled="yes").status_code == 303
    assert browser.post(f"{PATH}/remove", route="on-call").status_code == 303
    with shop.database.read_across() as connection:
        log = connection.execute(audit_log.select()).mappings().all()
    assert [row["action"] for row in log][-4:] == [
        "route.add",
        "route.change",
        "route.change",
        "route.remove",
    ]
    assert "/hook" not in str([row["detail"] for row in log])


def test_an_address_that_leads_inside_is_refused(owner) -> None:
    """As is one that leads nowhere."""
    for address in ("http://127.0.0.1/hook", "nonsense"):
        answer = owner.post(f"{PATH}/add", **{**ROUTE, "address": address})
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text


def test_a_silence_stands_here_and_ends_here(new_shop) -> None:
    """With its reason and by whom."""
    browser = new_shop().browser()
    browser.post("/alerts/1/silence", span="week", reason="Monday's work")
    assert "Monday&#39;s work" in browser.get(PATH).text
    assert browser.post(f"{PATH}/unsilence").status_code == 303
    assert "Monday" not in browser.get(PATH).text


def test_only_owners_see_it(shop) -> None:
    """An address is a secret."""
    assert shop.browser(Role.EDITOR).get(PATH).status_code == 403
