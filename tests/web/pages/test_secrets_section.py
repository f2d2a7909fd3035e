"""Settings, "Secrets": kept, replaced and removed by name, and never shown."""

import re
from html import unescape

import pytest

from keypin.alerts import Route
from keypin.watch.alerting import routes
from keypin.watch.people import named_secrets
from keypin.watch.people.audit import SERVICE
from keypin.watch.people.roles import Role
from keypin.watch.store.tables import alert_routes, audit_log

PATH = "/settings/secrets"
ADDRESS = "ntfys://hunter2"


def _error(page: str, field: str) -> str:
    """Return what is wrong with a field."""
    return unescape(re.search(f'id="secret-{field}-error">.*?</p>', page, re.DOTALL)[0])


def _value(shop, name: str) -> bytes | None:
    with shop.database.read(1) as scope:
        return named_secrets.reveal(scope, shop.sealer, name)


def test_a_secret_is_kept_replaced_and_removed(new_shop) -> None:
    """By an owner; each is written down, and no page shows what it is."""
    shop = new_shop()
    owner = shop.browser()
    kept = owner.post(f"{PATH}/add", name="chat", value=f" {ADDRESS} ")
    assert kept.headers["location"].endswith("done=secret-kept")
    assert _value(shop, "chat") == ADDRESS.encode()
    pages = [owner.get(f"{PATH}?done=secret-kept").text, owner.get(f"{PATH}?secret=chat").text]
    assert "The secret is kept, and shown nowhere again." in pages[0]
    assert re.search(r'data-label="Changed"><time[^>]*>just now<', pages[0])
    assert re.search(r'data-label="Named by">no route<', pages[0])
    assert "Replace chat" in pages[1]
    changed = owner.post(f"{PATH}/replace", name="chat", value="ntfys://hunter3")
    assert changed.headers["location"].endswith("done=secret-changed")
    assert _value(shop, "chat") == b"ntfys://hunter3"
    removed = owner.post(f"{PATH}/remove", name="chat")
    assert removed.headers["location"].endswith("done=secret-gone")
    pages += [owner.get(PATH).text, owner.get("/audit").text, owner.get(f"{PATH}?as=csv").text]
    assert "?secret=chat" not in pages[2]
    assert not any("hunter" in page for page in pages)
    with shop.database.read_across() as connection:
        log = [(row.action, row.subject) for row in connection.execute(audit_log.select())]
    actions = ("secret.keep", "secret.keep", "secret.forget")
    assert log[-3:] == [(action, "chat") for action in actions]


def test_a_secret_that_routes_name_stays(new_shop) -> None:
    """The page says which, before and when it is tried."""
    shop = new_shop()
    owner = shop.browser()
    owner.post(f"{PATH}/add", name="chat", value=ADDRESS)
    with shop.database.begin(1) as scope:
        for name in ("pager", "boss"):
            route = Route(name=name)
            routes.add(scope, shop.sealer, route, ADDRESS, at=shop.now)
        said = {"kept": "secret", "name": "chat"}
        scope.execute(scope.update(alert_routes).values(reference=said))
    assert 'data-label="Named by">boss, pager<' in owner.get(PATH).text
    refused = owner.post(f"{PATH}/remove", name="chat")
    assert refused.status_code == 422
    said = "the secret chat is named by the routes boss, pager; give each another address first"
    assert said in refused.text
    assert _value(shop, "chat") == ADDRESS.encode()


def test_what_is_wrong_stands_beside_its_field(new_shop) -> None:
    """The name stays, and the secret must be typed again."""
    shop = new_shop()
    owner = shop.browser()
    owner.post(f"{PATH}/add", name="chat", value=ADDRESS)
    for name, value, field, text in (
        ("My Chat", ADDRESS, "name", "lower case words joined by hyphens"),
        ("keypin:feeds", ADDRESS, "name", "lower case words joined by hyphens"),
        ("n" * 65, ADDRESS, "name", "64 characters at most"),
        ("chat", ADDRESS, "name", "is there already"),
        ("mail", " ", "value", "a secret of 0 bytes"),
        ("mail", "\N{POUND SIGN}" * 40_000, "value", "a secret of 80000 bytes"),
    ):
        answer = owner.post(f"{PATH}/add", name=name, value=value)
        assert answer.status_code == 422
        assert text in _error(answer.text, field)
        assert f'value="{name}"' in answer.text
        assert "hunter2" not in answer.text
        assert "\N{POUND SIGN}" not in answer.text
    answer = owner.post(f"{PATH}/replace", name="chat", value="")
    assert answer.status_code == 422
    assert "a secret of 0 bytes" in _error(answer.text, "value")
    assert "Replace chat" in answer.text
    assert _value(shop, "chat") == ADDRESS.encode()


@pytest.mark.parametrize("name", ["nothing", "keypin:own", ""])
def test_what_is_not_there_is_not_found(shop, owner, name: str) -> None:
    """Nor replaced, nor removed; what the service keeps for itself is not there."""
    with shop.database.begin(1) as scope:
        named_secrets.keep(scope, shop.sealer, "keypin:own", b"x", by=SERVICE, at=shop.now)
    if name:
        assert owner.get(f"{PATH}?secret={name}").status_code == 404
    assert owner.post(f"{PATH}/replace", name=name, value="y").status_code == 404
    assert owner.post(f"{PATH}/remove", name=name).status_code == 404
    assert "keypin:own" not in owner.get(PATH).text
    assert _value(shop, "keypin:own") == b"x"


def test_only_owners_see_it(shop) -> None:
    """As through the API: an editor neither reads the names nor changes one."""
    editor = shop.browser(Role.EDITOR)
    assert editor.get(PATH).status_code == 403
    for what in ("add", "replace", "remove"):
        assert editor.post(f"{PATH}/{what}", name="theirs", value="x").status_code == 403
    assert PATH not in editor.get("/settings/rules").text
    assert _value(shop, "theirs") is None
