"""Settings, "Alert rules": tried on the alerts that there are, then kept, moved and removed."""

import re
from html import unescape

from keypin.watch.people.roles import Role
from keypin.watch.store.tables import alert_rules, audit_log

PATH = "/settings/rules"
USUAL = {"when-severity": "note", "group_by": "id, application, owner", "window": "20s"}


def _error(page: str, field: str) -> str:
    """Return what is wrong with a field."""
    return unescape(re.search(f'id="rule-{field}-error">.*?</p>', page, re.DOTALL)[0])


def _definition(shop, name: str) -> dict[str, object]:
    with shop.database.read_across() as connection:
        query = alert_rules.select().where(alert_rules.c.name == name)
        return connection.execute(query).one().definition


def _hidden(page: str) -> dict[str, str]:
    """Return what the form holds that keeps the rule."""
    form = re.search(r'<form[^>]*id="keep".*?</form>', page, re.DOTALL)[0]
    found = re.findall(r'name="([^"]+)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in found if name != "csrf"}


def test_a_rule_is_tried_before_it_is_kept(new_shop) -> None:
    """It is kept as it was tried, by an editor, and that is written down."""
    shop = new_shop()
    editor = shop.browser(Role.EDITOR)
    texts = {**USUAL, "name": "unheard", "when-ids": "chain-*, endpoint-*", "ignore": "on"}
    tried = editor.post(f"{PATH}/try", **texts, new="yes")
    assert tried.status_code == 200
    assert re.search(r"Of the newest \d+ alerts it would have decided [1-9]", tried.text)
    assert "Nobody would have heard of these." in tried.text
    assert re.search(r'<li><a href="/o/acme/alerts/\d+">', tried.text)
    assert editor.get(PATH).text.count("unheard") == 0
    kept = editor.post(f"{PATH}/keep", **_hidden(tried.text))
    assert kept.headers["location"].endswith("done=rule-kept")
    assert _definition(shop, "unheard") == {
        "name": "unheard",
        "when": {"ids": ["chain-*", "endpoint-*"]},
        "ignore": True,
    }
    page = editor.get(PATH).text
    for text in ("unheard", "chain-*", "ignored", "users-refused"):
        assert text in page
    with shop.database.read_across() as connection:
        log = [row.action for row in connection.execute(audit_log.select())]
    assert log[-1] == "rule.add"


def test_a_rule_is_changed_at_its_place_moved_and_removed(new_shop) -> None:
    """What its form does not say is as usual."""
    shop = new_shop()
    owner = shop.browser()
    address = f"https://192.0.32.10/hook#{'k' * 32}"
    owner.post("/settings/routes/add", name="chat", address=address, severity="error")
    for name in ("first", "second"):
        owner.post(f"{PATH}/keep", **USUAL, name=name, new="yes", **{"when-ids": "log-*"})
    page = owner.get(f"{PATH}?rule=second").text
    assert "Change second" in page
    texts = {
        **USUAL,
        "when-severity": "warning",
        "when-owners": "mobile",
        "severity": "error",
        "routes": "chat",
        "wait": "5m",
        "repeat": "4h",
        "escalate": "30m: chat\n2h: chat",
    }
    tried = owner.post(f"{PATH}/try", name="second", **texts)
    assert owner.post(f"{PATH}/keep", **_hidden(tried.text)).status_code == 303
    assert _definition(shop, "second") == {
        "name": "second",
        "when": {"severity": "warning", "owners": ["mobile"]},
        "severity": "error",
        "routes": ["chat"],
        "wait": "5m",
        "repeat": "4h",
        "escalate": [{"after": "30m", "routes": ["chat"]}, {"after": "2h", "routes": ["chat"]}],
    }
    shown = owner.get(f"{PATH}?rule=second").text
    assert "30m: chat\n2h: chat</textarea>" in shown
    for text in ("warning or worse", "of mobile", "counts as error", "waits 5m", "again every 4h"):
        assert text in shown
    assert owner.post(f"{PATH}/up", name="second").status_code == 303
    page = owner.get(PATH).text
    assert page.index(">second</a>") < page.index(">first</a>")
    assert owner.post(f"{PATH}/up", name="second").status_code == 303
    assert owner.post(f"{PATH}/remove", name="first").status_code == 303
    assert "first</a>" not in owner.get(PATH).text


def test_an_earlier_rule_decides(new_shop) -> None:
    """The rehearsal says so; with no alerts there is nothing to say."""
    shop = new_shop()
    owner = shop.browser()
    owner.post(f"{PATH}/keep", **USUAL, name="all", new="yes")
    tried = owner.post(f"{PATH}/try", **USUAL, name="late", new="yes")
    assert "it would have decided none, and matches" in tried.text
    with shop.database.begin_across() as connection:
        connection.exec_driver_sql("DELETE FROM alerts")
    tried = owner.post(f"{PATH}/try", **USUAL, name="late", new="yes")
    assert "There is no alert yet to try it on." in tried.text


def test_what_is_wrong_stands_beside_its_field(owner) -> None:
    """When it is tried, and when it is kept; what was typed stays."""
    for changed, field, text in (
        ({"name": "Not So"}, "name", "name of a rule"),
        ({"window": "soon"}, "window", "soon"),
        ({"repeat": "1s"}, "", "repeat every"),
        ({"routes": "nowhere"}, "routes", "which there is not"),
        ({"when-owners": "mobile, nobody"}, "when-owners", "whom there is not"),
        ({"group_by": "colour"}, "", "group_by 'colour'"),
        ({"escalate": "30m chat"}, "escalate", "a time, a colon and routes"),
        ({"escalate": "often: chat"}, "escalate", "often"),
        ({"when-severity": "bad"}, "when-severity", "bad"),
    ):
        for what in ("try", "keep"):
            fields = {**USUAL, "name": "mine", "when-tags": "typed", **changed, "new": "yes"}
            answer = owner.post(f"{PATH}/{what}", **fields)
            assert answer.status_code == 422
            said = _error(answer.text, field) if field else unescape(answer.text)
            assert text in said
            assert 'value="typed"' in answer.text


def test_a_name_is_taken_once(new_shop) -> None:
    """Which the rehearsal says already."""
    owner = new_shop().browser()
    owner.post(f"{PATH}/keep", **USUAL, name="mine", new="yes")
    for what in ("try", "keep"):
        answer = owner.post(f"{PATH}/{what}", **USUAL, name="mine", new="yes")
        assert "is there already" in _error(answer.text, "name")


def test_what_is_not_there_is_not_found(owner) -> None:
    """Nor changed, moved or removed."""
    assert owner.get(f"{PATH}?rule=nothing").status_code == 404
    for what in ("try", "keep", "up", "remove"):
        assert owner.post(f"{PATH}/{what}", **USUAL, name="nothing").status_code == 404


def test_who_only_looks_sees_none_of_it(shop) -> None:
    """Rules say who is told."""
    assert shop.browser(Role.VIEWER).get(PATH).status_code == 403
