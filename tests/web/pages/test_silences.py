"""The page Silences: made by what they cover, listed with who, why and until when, and ended."""

import csv
import io
from datetime import timedelta

import pytest

from keypin.watch.people.roles import Role
from keypin.watch.store.tables import audit_log


def _actions(shop) -> list[str]:
    with shop.database.read_across() as connection:
        rows = connection.execute(audit_log.select().order_by(audit_log.c.id)).mappings()
        return [row["action"] for row in rows if row["action"].startswith("silence")]


def _rows(browser) -> list[dict[str, str]]:
    sheet = browser.get("/silences?table=silences&as=csv").text
    return list(csv.DictReader(io.StringIO(sheet)))


def test_an_editor_silences_what_matches_and_ends_it(new_shop) -> None:
    """The page says what, why, by whom and until when, and then who ended it."""
    shop = new_shop()
    editor = shop.browser(Role.EDITOR)
    conditions = {"owners": "mobile", "tags": "web, eu", "subjects": "*.shop.example:443"}
    more = {"ids": "chain-*, gate-*", "applications": "kiosk", "severity": "error"}
    made = editor.post("/silences/add", **conditions, **more, span="week", reason="planned")
    assert made.status_code == 303
    (row,) = _rows(editor)
    assert row["why"] == "planned"
    assert row["by"] == "editor1@shop.example"
    assert row["state"] == "in force"
    assert row["until"].startswith(f"{shop.now + timedelta(days=7):%Y-%m-%d}")
    page = editor.get("/silences").text
    for text in (
        *("chain-*", "gate-*", "error or worse", "*.shop.example:443"),
        *("of mobile", "of kiosk", "web", "eu"),
    ):
        assert f'<span class="kp-tag">{text}</span>' in page
    assert editor.post("/silences/1/end").status_code == 303
    assert [row["state"] for row in _rows(editor)] == ["ended by editor1@shop.example"]
    assert editor.post("/silences/1/end").status_code == 404
    assert _actions(shop) == ["silence.add", "silence.change"]


def test_what_is_silenced_is_not_told_and_says_so(new_shop) -> None:
    """By owner: each alert of theirs, and no other; its page says by which silence."""
    shop = new_shop()
    browser = shop.browser()
    browser.post("/silences/add", applications="kiosk", span="day", reason="in repair")
    found = browser.get("/alerts.csv").text
    rows = list(csv.DictReader(io.StringIO(found)))
    quiet = [row["alert"] for row in rows if row["state"] == "silenced"]
    assert len(quiet) == 1
    assert "users of kiosk" in quiet[0]
    assert "in repair" in browser.get("/alerts/6").text
    assert "in repair" not in browser.get("/alerts/1").text
    assert 'href="/o/acme/silences" aria-current="page">Silences <span class="kp-quiet">1<' in (
        browser.get("/silences").text
    )


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"reason": "x"}, "would silence everything"),
        ({"reason": "x", "owners": "nobody"}, "whom there is not"),
        ({"reason": " ", "ids": "*"}, "without reason"),
        ({"reason": "x", "ids": "*", "until": "2200-01-01"}, "366 at most"),
        ({"reason": "x", "ids": "*", "until": "2020-01-01"}, "after its beginning"),
        ({"reason": "x", "ids": "*", "until": "soon"}, "is no day"),
    ],
)
def test_what_nobody_meant_is_refused(owner, fields, why) -> None:
    """The form comes back open, with what stood in it."""
    answer = owner.post("/silences/add", **fields)
    assert (answer.status_code, why in answer.text) == (422, True)
    assert '<details class="card kp-fold" open>' in answer.text
    assert _rows(owner) == []


def test_all_end_at_once(new_shop) -> None:
    """There is a button where there are several."""
    shop = new_shop()
    browser = shop.browser()
    browser.post("/silences/add", ids="*", reason="one")
    assert "End all silences" not in browser.get("/silences").text
    browser.post("/silences/add", tags="web", reason="two")
    assert "End all silences" in browser.get("/silences").text
    assert browser.post("/silences/end").status_code == 303
    assert {row["state"] for row in _rows(browser)} == {"ended by owner1@shop.example"}


def test_a_viewer_reads_and_changes_nothing(shop) -> None:
    """There is no form, and no handler that would take one; of others nothing is seen."""
    viewer = shop.browser(Role.VIEWER)
    assert "/silences/add" not in viewer.get("/silences").text
    assert viewer.post("/silences/add", ids="*", reason="x").status_code == 403
    assert viewer.post("/silences/end").status_code == 403
