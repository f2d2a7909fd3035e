"""Secrets by name over HTTP: kept, listed by name alone, and used where keypin.toml names them."""

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


def test_a_file_names_it_as_the_address_of_a_route(api) -> None:
    """Which keeps it when the secret is forgotten."""
    _keep(api, "chat", HOOK)
    plan = api.post("inventory/plan", {"toml": TOML}).json()
    done = api.post("inventory/apply", {"toml": TOML, "digest": plan["digest"]})
    assert done.status_code == 200, done.text
    assert api.client.delete("secrets/chat").status_code == 204
    assert api.get("routes/chat").json()["shown"].startswith("https://127.0.0.1")


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
