"""Secrets by name over HTTP: kept, listed by name alone, and used where keypin.toml names them."""

import threading
from concurrent.futures import ThreadPoolExecutor

from keypin.watch.people import named_secrets

HOOK = "https://127.0.0.1:9/keypin#" + "k" * 43
TOML = 'version = 1\norganisation = "acme"\n\n[[route]]\nname = "chat"\nurl = { secret = "chat" }\n'


def _keep(api, name: str, value: object) -> object:
    return api.post("secrets", {"name": name, "value": value})


def test_a_secret_is_kept_replaced_and_forgotten(api) -> None:
    """It is told by no operation and stands in no entry of the audit log."""
    made = _keep(api, "smtp", "hunter2")
    assert (made.status_code, made.json()["name"]) == (201, "smtp")
    assert _keep(api, "smtp", "hunter4").status_code == 409
    other = api.client.put("secrets/smtp", json={"value": "hunter3"})
    assert other.status_code == 200
    listed = api.get("secrets")
    assert listed.json()["items"] == [{"name": "smtp", "changed_at": "2026-11-29T12:00:00Z"}]
    assert api.client.delete("secrets/smtp").status_code == 204
    assert api.get("secrets").json()["items"] == []
    gone = api.client.delete("secrets/smtp")
    assert (gone.status_code, "no secret 'smtp'" in gone.json()["detail"]) == (404, True)
    assert api.client.put("secrets/smtp", json={"value": "x"}).status_code == 404
    assert api.audited() == ["token.create", *["secret.keep"] * 2, "secret.forget"]
    texts = (made.text, other.text, listed.text, api.get("audit-log").text, api.get("export").text)
    assert not any("hunter" in text for text in texts)


def _apply(api, toml: str) -> list[str]:
    plan = api.post("inventory/plan", {"toml": toml}).json()
    done = api.post("inventory/apply", {"toml": toml, "digest": plan["digest"]})
    assert done.status_code == 200, done.text
    return [f"{one['action']} {one['subject']}" for one in plan["changes"]]


def test_a_secret_that_a_file_names_stays(api) -> None:
    """Until the route has another address, or is gone."""
    _keep(api, "chat", HOOK)
    assert _apply(api, TOML) == ["add chat"]
    refused = api.client.delete("secrets/chat")
    assert refused.status_code == 422
    assert refused.json()["detail"] == (
        "the secret chat is named by the route chat; give each another address first"
    )
    api.client.put("routes/chat", json={"address": HOOK.replace("k" * 43, "n" * 43)})
    assert api.client.delete("secrets/chat").status_code == 204


def test_a_secret_that_was_replaced_reaches_the_route(api) -> None:
    """When the file is applied again, once; the plan says so, and shows neither of them."""
    _keep(api, "chat", HOOK)
    _apply(api, TOML)
    assert _apply(api, TOML) == []
    exported = api.get("inventory").text
    api.client.put("secrets/chat", json={"value": HOOK.replace(":9/", ":10/")})
    assert api.get("inventory").text == exported
    plan = api.post("inventory/plan", {"toml": TOML})
    assert "127.0.0.1" not in plan.text
    assert [one["name"] for one in plan.json()["changes"][0]["fields"]] == ["url"]
    assert _apply(api, TOML) == ["change chat"]
    assert _apply(api, TOML) == []
    assert api.get("routes/chat").json()["shown"].startswith("https://127.0.0.1:10/")


def test_what_the_service_keeps_for_itself_is_neither_listed_nor_touched(api) -> None:
    """As the token of the feeds."""
    addresses = api.post("feeds").json()
    assert api.get("secrets").json()["items"] == []
    assert _keep(api, "keypin:feeds", "x").status_code == 422
    assert api.client.put("secrets/keypin:feeds", json={"value": "x"}).status_code == 422
    assert _keep(api, "feeds", "x").status_code == 201
    assert api.get("feeds").json() == addresses


def test_what_cannot_be_kept_is_refused_without_being_repeated(api) -> None:
    """Too much of it, nothing, and what is no text."""
    for value in ("", "\N{POUND SIGN}" * named_secrets.LARGEST, 7, "x" * 70000):
        answer = _keep(api, "smtp", value)
        assert answer.status_code == 422
        assert "\N{POUND SIGN}" not in answer.text
        assert "xx" not in answer.text
    assert api.get("secrets").json()["items"] == []


def test_only_owners_may(api) -> None:
    """A token that changes the inventory does not."""
    _keep(api, "smtp", "x")
    editor = api.of(api.token("read", "inventory:write", "alerts:write"))
    assert editor.get("secrets").status_code == 403
    assert editor.post("secrets", json={"name": "a", "value": "x"}).status_code == 403
    assert editor.put("secrets/smtp", json={"value": "x"}).status_code == 403
    assert editor.delete("secrets/smtp").status_code == 403


def test_one_of_two_new_secrets_of_one_name_is_kept(new_api, postgresql) -> None:
    """At the same moment: the other is told that there is one."""
    api = new_api(postgresql)
    for name in "abcd":
        barrier = threading.Barrier(2)

        def keep(value: str, name: str = name, barrier: threading.Barrier = barrier) -> int:
            barrier.wait()
            return _keep(api, name, value).status_code

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(keep, ("one", "two"))) == [201, 409]
