"""The page Alert: taken care of, silenced, resolved; each is written down."""

import re
from datetime import timedelta

import pytest

from keypin.watch.people.roles import Role
from keypin.watch.store.tables import (
    alert_history,
    alert_routes,
    alerts,
    audit_log,
    deliveries,
)
from keypin.web.words import minute


def _number(shop, title: str) -> int:
    with shop.database.read_across() as connection:
        rows = connection.execute(alerts.select()).mappings().all()
    return next(row["id"] for row in rows if title in row["title"])


def test_it_says_what_was_seen_what_to_do_and_whom_it_hits(shop, owner) -> None:
    """With its evidence, and a link to where that is."""
    page = owner.get(f"/alerts/{_number(shop, 'breaks now for 12%')}").text
    assert "users: <strong>12% of shop-android</strong>" in page
    assert "Open endpoint" in page
    assert "Nobody: no route matches this alert." in page
    assert "It opened." in page
    assert "<h1>Chain refused: api.shop.example:443</h1>" in page
    assert page.count("the chain has none of the keys that it pins") == 1
    tree = re.search(r'<ul class="kp-clues">(.*?)</ul></li></ul>', page, re.DOTALL)
    assert tree is not None
    assert re.findall(r"<li>([\w ]+):<ul>", tree[1]) == ["it accepts", "the chain has"]
    assert tree[1].count('data-copy="sha256/') == 5
    missed = owner.get(f"/alerts/{_number(shop, 'expires in 10 days')}").text
    (pin,) = re.findall(r'data-copy="(sha256/[^"]*)"', missed)
    assert len(pin) == len("sha256/") + 44
    assert "</span> CN=cdn.shop.example</li>" in missed


def test_an_editor_takes_care_of_it_silences_it_and_resolves_it(new_shop) -> None:
    """And it says so, as does the audit log."""
    shop = new_shop()
    editor = shop.browser(Role.EDITOR)
    path = f"/alerts/{_number(shop, 'breaks now')}"
    assert "Take care of it, with a note" in editor.get(path).text
    assert editor.post(f"{path}/acknowledge", note="back at noon").status_code == 303
    page = editor.get(path).text
    assert "taken care of" in page
    assert '<p class="kp-said">back at noon</p>' in page
    assert "Take care of it, with a note" not in page
    assert "Editor1@shop.example".lower() in page
    assert editor.post(f"{path}/silence", span="week", reason="Monday").status_code == 303
    until = minute(shop.now + timedelta(days=7))
    page = editor.get(path).text
    assert f"Silenced until {until} by editor1@shop.example: Monday" in page
    assert f"It was silenced until {until}." in page
    assert editor.post(f"{path}/unsilence").status_code == 303
    page = editor.get(path).text
    assert "Silenced until" not in page
    assert '<p class="kp-said">Monday</p>' in page
    assert "The silence ended." in page
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
    refused = browser.post(f"{path}/silence", until="Monday", reason="x")
    assert (refused.status_code, "is no day" in refused.text) == (422, True)
    browser.post(f"{path}/resolve")
    assert browser.post(f"{path}/acknowledge").status_code == 422
    assert browser.post(f"{path}/resolve").status_code == 422


def test_a_silence_ends_after_the_day_that_is_named(new_shop) -> None:
    """And not after the span beside it."""
    shop = new_shop()
    browser = shop.browser()
    path = f"/alerts/{_number(shop, 'breaks now')}"
    last = (shop.now + timedelta(days=9)).date()
    assert browser.post(f"{path}/silence", until=f"{last}", reason="x").status_code == 303
    assert f"Silenced until {last + timedelta(days=1)} 00:00 UTC" in browser.get(path).text


@pytest.mark.parametrize(
    ("seconds", "attempts", "window", "enabled", "said"),
    [
        pytest.param(-1, 0, 0, True, "on its way", id="due"),
        pytest.param(60, 0, 600, True, "is sent by {} with others of its group", id="grouped"),
        pytest.param(86_400, 0, 0, True, "is sent at {}, in the hours of its route", id="hours"),
        pytest.param(60, 3, 0, True, "is tried again at {}", id="again"),
        pytest.param(60, 0, 0, False, "waits until its route is turned on", id="paused"),
    ],
)
def test_what_waits_says_until_when(new_shop, seconds, attempts, window, enabled, said) -> None:
    """And for what: its group, the hours of its route, another try, or that it is told at all."""
    shop = new_shop()
    browser = shop.browser()
    address = f"https://192.0.32.10/hook#{'k' * 32}"
    browser.post("/settings/routes/add", name="on-call", address=address)
    number = _number(shop, "breaks now")
    due = shop.now + timedelta(seconds=seconds)
    with shop.database.begin(1) as scope:
        route = scope.value(scope.select(alert_routes.c.id))
        told = alert_history.c.alert == number
        (entry,) = scope.rows(scope.select(alert_history).where(told))
        notice = {**entry["notice"], "window": f"PT{window}S", "at": shop.now.isoformat()}
        change = scope.update(alert_history).where(alert_history.c.id == entry["id"])
        scope.execute(change.values(notice=notice))
        moments = {"created_at": shop.now, "due_at": due}
        counts = {"state": "waiting", "attempts": attempts}
        scope.add(deliveries, key="one", route=route, entry=entry["id"], **counts, **moments)
    if not enabled:
        browser.post("/settings/routes/switch", route="on-call", enabled="no")
    today = due.date() == shop.now.date()
    when = f"{due:%H:%M} UTC" if today else minute(due)
    assert said.format(when) in browser.get(f"/alerts/{number}").text


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
