"""Several alerts at once: each is done, and written down; or none is, where it cannot be."""

import re

import pytest

from keypin.watch.people.roles import Role
from keypin.watch.store.tables import alerts, audit_log
from keypin.watch.store.tables import silences as silence_table


def _states(shop) -> dict[int, str]:
    with shop.database.read_across() as connection:
        return {row.id: row.state for row in connection.execute(alerts.select())}


def _log(shop, start: str) -> list[str]:
    with shop.database.read_across() as connection:
        rows = connection.execute(audit_log.select().order_by(audit_log.c.id)).mappings()
        return [row["subject"] for row in rows if row["action"] == start]


def test_several_are_taken_care_of_with_one_note(new_shop) -> None:
    """What is not open, not there, or no number is left as it is."""
    shop = new_shop()
    editor = shop.browser(Role.EDITOR)
    editor.post("/alerts/2/acknowledge")
    chosen = ["1", "2", "3", "7", "9999", "x", "9" * 99]
    answer = editor.post("/alerts/chosen", do="acknowledge", alert=chosen, note="moving")
    assert answer.headers["location"].endswith("/alerts?state=open&said=alerts-acknowledged")
    states = _states(shop)
    assert [states[one] for one in (1, 2, 3, 4)] == [*["acknowledged"] * 3, "open"]
    assert states[7] == "pending"
    assert len(_log(shop, "alert.acknowledged")) == 3
    assert "moving" in editor.get("/alerts/3").text
    assert "moving" not in editor.get("/alerts/2").text


def test_several_are_silenced_each_by_a_silence_of_its_own(new_shop) -> None:
    """Those that were not chosen are told as before."""
    shop = new_shop()
    editor = shop.browser(Role.EDITOR)
    fields = {"do": "silence", "span": "week", "note": "planned", "state": "open"}
    assert editor.post("/alerts/chosen", alert=["1", "2"], **fields).status_code == 303
    assert ["silenced" in _row(editor, one) for one in (1, 2, 4)] == [True, True, False]
    with shop.database.read_across() as connection:
        reasons = [row.reason for row in connection.execute(silence_table.select())]
    assert reasons == ["planned"] * 2
    assert len(_log(shop, "silence.add")) == 2


def _row(browser, number: int) -> str:
    page = browser.get("/alerts").text
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    return next(one for one in rows if f'value="{number}"' in one)


def test_several_are_resolved(new_shop) -> None:
    """Each as if it were alone; what is resolved already stays so."""
    shop = new_shop()
    editor = shop.browser(Role.EDITOR)
    editor.post("/alerts/1/resolve")
    answer = editor.post("/alerts/chosen", do="resolve", alert=["1", "2"], state="open")
    assert answer.status_code == 303
    assert [_states(shop)[one] for one in (1, 2, 3)] == ["resolved", "resolved", "open"]
    assert len(_log(shop, "alert.closed")) == 2


def test_a_silence_without_a_reason_is_refused_and_the_choice_stays(new_shop) -> None:
    """Nothing is done to any."""
    shop = new_shop()
    browser = shop.browser()
    answer = browser.post("/alerts/chosen", do="silence", alert=["1", "3"], span="week", note=" ")
    assert answer.status_code == 422
    assert "without reason" in answer.text
    assert re.findall(r'value="(\d)" form="chosen"[^>]* checked', answer.text) == ["3", "1"]
    assert _log(shop, "silence.add") == []


@pytest.mark.parametrize(
    "fields", [{"do": "acknowledge"}, {"do": "nonsense", "alert": "1"}, {"alert": "1"}]
)
def test_nothing_chosen_is_nothing_done(shop, fields) -> None:
    """And the page says so."""
    answer = shop.browser().post("/alerts/chosen", **fields)
    assert answer.headers["location"].endswith("said=alerts-none")
    assert set(_states(shop).values()) == {"open", "pending"}


def test_a_viewer_chooses_nothing(shop) -> None:
    """There are no boxes, no buttons, and no handler that would take them."""
    viewer = shop.browser(Role.VIEWER)
    page = viewer.get("/alerts").text
    assert 'id="chosen"' not in page
    assert 'name="alert"' not in page
    assert viewer.post("/alerts/chosen", do="resolve", alert="1").status_code == 403


def test_another_organisations_alerts_are_not_there(shop) -> None:
    """Its numbers are no choice."""
    rival = shop.browser(Role.OWNER, 2)
    rival.base = "/o/rival"
    answer = rival.post("/alerts/chosen", do="resolve", alert="1")
    assert answer.headers["location"].endswith("said=alerts-none")
    assert _states(shop)[1] == "open"
