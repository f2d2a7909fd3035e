"""The page Alert: taken care of, silenced, resolved; each is written down."""

import re

from keypin.watch.people.roles import Role
from keypin.watch.store.tables import (
    alert_history,
    alert_routes,
    alerts,
    audit_log,
    deliveries,
)


def _number(shop, title: str) -> int:
    with shop.database.read_across() as connection:
        rows = connection.execute(alerts.select()).mappings().all()
    return next(row["id"] for row in rows if title in row["title"])


def test_it_says_what_was_seen_what_to_do_and_whom_it_hits(shop, owner) -> None:
    """With its evidence, and a link to where that is."""
    page = owner.get(f"/alerts/{_number(shop, 'breaks now for 12%')}").text
    assert "12%</strong> of users" in page
    assert "Open endpoint" in page
    assert "Nobody: no route matches this alert." in page
    assert "It opened." in page


def test_an_editor_takes_care_of_it_silences_it_and_resolves_it(new_shop) -> None:
    """And it says so, as does the audit log."""
    shop = new_shop()
    editor = shop.browser(Role.EDITOR)
    path = f"/alerts/{_number(shop, 'breaks now')}"
    assert editor.post(f"{path}/acknowledge").status_code == 303
    page = editor.get(path).text
    assert "taken care of" in page
    assert "Editor1@shop.example".lower() in page
    assert editor.post(f"{path}/silence", span="week", reason="Monday").status_code == 303
    assert "silenced" in editor.get(path).text
    assert editor.post(f"{path}/unsilence").status_code == 303
    assert editor.post(f"{path}/resolve").status_code == 303
    assert "resolved" in editor.get(path).text
    with shop.database.read_across() as connection:
        log = connection.execute(audit_log.select()).mappings().all()
    written = [row["action"] for row in log][-4:]
    assert written == ["alert.acknowledged", "silence.add", "silence.change", "alert.closed"]


def test_what_cannot_be_done_says_why(new_shop) -> None:
    """An alert that is resolved is not taken care of; a silence has a reason."""
    shop = new_shop()
    browser = shop.browser()
    path = f"/alerts/{_number(shop, 'breaks now')}"
    refused = browser.post(f"{path}/silence", span="day", reason=" ")
    assert refused.status_code == 422
    assert "without reason" in refused.text
    browser.post(f"{path}/resolve")
    assert browser.post(f"{path}/acknowledge").status_code == 422
    assert browser.post(f"{path}/resolve").status_code == 422


def test_a_viewer_reads_and_changes_nothing(shop) -> None:
    """There is no button, and no handler that would take it."""
    viewer = shop.browser(Role.VIEWER)
    path = f"/alerts/{_number(shop, 'breaks now')}"
    assert not re.search(r'method="post" action="[^"]*/alerts/', viewer.get(path).text)
    assert viewer.post(f"{path}/acknowledge").status_code == 403


def test_what_is_not_there_is_not_found(owner) -> None:
    """Nor can it be closed."""
    assert owner.get("/alerts/9999").status_code == 404
    assert owner.post("/alerts/9999/resolve").status_code == 404


def test_whom_a_route_told_that_is_gone_stays(new_shop) -> None:
    """Under its name; what waited was not told."""
    shop = new_shop()
    browser = shop.browser()
    address = f"https://192.0.32.10/hook#{'k' * 32}"
    browser.post("/settings/routes/add", name="on-call", address=address, severity="error")
    number = _number(shop, "breaks now")
    with shop.database.begin(1) as scope:
        route = scope.value(scope.select(alert_routes.c.id))
        told = alert_history.c.alert == number
        entry = scope.value(scope.select(alert_history.c.id).where(told))
        moments = {"created_at": shop.now, "due_at": shop.now}
        for state in ("delivered", "waiting"):
            row = {"key": state, "route": route, "entry": entry, "state": state, **moments}
            scope.add(deliveries, **row)
    assert browser.post("/settings/routes/remove", route="on-call").status_code == 303
    page = browser.get(f"/alerts/{number}").text
    for text in ("on-call (removed)", "delivered", "not told: the route was removed before"):
        assert text in page
