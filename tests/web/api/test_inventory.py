"""keypin.toml over HTTP: what leaves a name without its owner is not applied, and nothing of it."""

import re

HEAD = 'version = 1\norganisation = "acme"\n'
OWNER = '[[owner]]\nname = "mobile"\n'
THEIRS = """
[[endpoint]]
host = "api.example.com"
owner = "mobile"
[[application]]
name = "shop"
owner = "mobile"
[[route]]
name = "chat"
url = { secret = "chat" }
owners = ["mobile"]
[[rule]]
name = "theirs"
when.owners = ["mobile"]
"""


def _apply(api, toml: str) -> object:
    plan = api.post("inventory/plan", {"toml": toml})
    digest = plan.json().get("digest", "0" * 64)
    return api.post("inventory/apply", {"toml": toml, "digest": digest})


def _everything(api) -> object:
    api.post("secrets", {"name": "chat", "value": "ntfys://alerts"})
    return _apply(api, HEAD + OWNER + THEIRS)


def test_an_owner_goes_with_all_that_names_them(api) -> None:
    """In one apply: what names them goes or changes first."""
    assert _everything(api).status_code == 200
    left = THEIRS.replace('owner = "mobile"\n', "").replace('owners = ["mobile"]\n', "")
    for toml in (HEAD + left.partition("[[rule]]")[0], HEAD):
        applied = _apply(api, toml)
        assert applied.status_code == 200, applied.text
        assert api.get("owners").json()["items"] == []
        assert api.get("rules").json() == []
        assert _everything(api).status_code == 200


def test_a_file_that_names_an_owner_whom_it_removes_is_refused(api) -> None:
    """Whatever names them, when the file is read."""
    _everything(api)
    before, log = api.get("inventory").text, api.audited()
    for table in re.split(r"(?=\[\[)", THEIRS)[1:]:
        applied = _apply(api, HEAD + table)
        assert applied.status_code == 422
        assert "the owner 'mobile' is not in the inventory" in applied.json()["detail"]
    assert (api.get("inventory").text, api.audited()) == (before, log)


def test_a_file_that_cannot_be_applied_whole_changes_nothing(api) -> None:
    """What comes before the route whose address nobody knows is undone."""
    before, log = api.get("inventory").text, api.audited()
    applied = _apply(api, HEAD + OWNER + THEIRS)
    assert applied.status_code == 422
    assert "the address secret chat of a route is not known" in applied.json()["detail"]
    assert (api.get("inventory").text, api.audited()) == (before, log)


def test_a_route_that_names_nobody_is_refused_where_it_is_made(api) -> None:
    """Nor a rule: the inventory would be none that a file could say."""
    api.post("rules", {"name": "mine"})
    api.post("routes", {"name": "mine", "address": "ntfys://alerts"})
    for answer in (
        api.post("rules", {"name": "theirs", "when": {"owners": ["nobody"]}}),
        api.client.put("rules/mine", json={"when": {"owners": ["nobody"]}}),
        api.post("routes", {"name": "b", "address": "ntfys://alerts", "owners": ["nobody"]}),
        api.client.put("routes/mine", json={"owners": ["nobody"]}),
    ):
        assert answer.status_code == 422
        assert "names the owner nobody, whom there is not" in answer.json()["detail"]
    assert api.get("inventory").status_code == 200
