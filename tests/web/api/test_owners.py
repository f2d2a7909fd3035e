"""Owners over HTTP: one whom something names stays, and it is said what."""

RULE = {"when": {"owners": ["mobile"]}}


def test_an_owner_whom_something_names_stays(api) -> None:
    """Until it names another."""
    api.post("owners", {"name": "mobile"})
    api.post("rules", {"name": "theirs", **RULE})
    api.post("routes", {"name": "chat", "address": "ntfys://alerts", "owners": ["mobile"]})
    refused = api.client.delete("owners/mobile")
    assert refused.status_code == 422
    assert refused.json()["detail"] == (
        "the owner 'mobile' is named by the route chat, and the rule theirs; "
        "name another there first"
    )
    assert api.get("owners/mobile").status_code == 200
    api.client.put("rules/theirs", json={})
    api.client.put("routes/chat", json={})
    assert api.client.delete("owners/mobile").status_code == 204
    assert api.audited()[-1] == "owner.remove"
