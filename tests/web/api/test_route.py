"""What is the same in every operation: limits, scopes, entity tags, and what is noted."""

import pytest

from keypin.watch.people import accounts, memberships
from keypin.watch.people.audit import SERVICE
from keypin.watch.people.roles import SCOPES, Role
from keypin.web.api.operation import Operation
from keypin.web.api.operations import OPERATIONS

HOOK = "https://127.0.0.1:9/keypin#" + "k" * 43


def test_no_operation_is_without_an_action() -> None:
    """Each row says what its caller must be allowed to do, and what changes something asks more."""
    assert all(isinstance(one, Operation) for one in OPERATIONS)
    reading = SCOPES["read"]
    telling = {"try_a_chain", "try_a_rule", "plan_inventory"}
    changing = [one for one in OPERATIONS if one.changes and one.id not in telling]
    assert all(one.action not in reading for one in changing)


@pytest.mark.parametrize("scope", [one for one in SCOPES if one != "admin"])
def test_a_token_may_do_what_its_scopes_say(kept, pem, scope) -> None:
    """And nothing else: 403 with the scopes that it has."""
    client = kept.api.of(kept.api.token(scope))
    for operation in OPERATIONS:
        if operation.action in SCOPES[scope]:
            continue
        answer = kept.ask(operation, client, pem())
        assert answer.status_code == 403
        assert answer.json()["detail"].startswith(f"this token may not {operation.action}")


def test_an_answer_that_the_client_has_is_not_sent_again(api) -> None:
    """304 for each form in which the tag may come, and 200 once it is another."""
    api.post("owners", {"name": "platform"})
    tag = api.get("owners/platform").headers["etag"]
    for header in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = api.get("owners/platform", headers={"if-none-match": header})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    api.client.put("owners/platform", json={"title": "Platform"}, headers={"if-match": tag})
    other = api.get("owners/platform", headers={"if-none-match": tag})
    assert (other.status_code, other.json()["title"]) == (200, "Platform")


def test_whoever_calls_too_often_waits(api) -> None:
    """429 with how long, for that token alone, and for no longer than it says."""
    api.throttle.most = 5
    busy = api.of(api.token("read"))
    answers = [busy.get("organisation") for _ in range(6)]
    assert {one.status_code for one in answers[:-1]} == {200}
    assert answers[-1].status_code == 429
    assert api.get("organisation").status_code == 200
    api.later(seconds=int(answers[-1].headers["retry-after"]))
    assert busy.get("organisation").status_code == 200


def test_what_changes_is_noted_with_who_did_it(api) -> None:
    """In the audit log, which a token with `read` may see."""
    api.post("owners", {"name": "platform"})
    api.client.put("owners/platform", json={"title": "Platform"})
    api.client.put("owners/platform", json={"title": "Platform"})
    api.client.delete("owners/platform")
    entries = api.of(api.token("read")).get("audit-log").json()["items"]
    assert [one["action"] for one in reversed(entries)][1:] == [
        "owner.add",
        "owner.change",
        "owner.remove",
        "token.create",
    ]
    change = entries[2]
    assert (change["actor"], change["subject"]) == ("token pipeline", "platform")
    assert change["detail"] == {"before": {"title": ""}, "after": {"title": "Platform"}}


# What changes nothing that the audit log has, and why.
UNAUDITED = {
    "try_a_chain": "keeps nothing",
    "try_a_rule": "keeps nothing",
    "plan_inventory": "keeps nothing",
}


# What goes first, so that what it is part of still stands.
_ORDER = ("revoke_token", "remove_release", "remove_application", "remove_owner")


def _body(filled, pins, name: str) -> dict[str, object] | None:
    """Return a body that is accepted where the documented example would be refused here."""
    api, host = filled.api, "zanzibar.example"
    match name:
        case "push_release":
            return {"content": pins("active", "renewed", "backup", host=host)}
        case "change_endpoint":
            return {"json": {"host": host, "tags": ["other"]}}
        case "create_route":
            return {"json": {"name": "on-call", "address": HOOK}}
        case "order_rules":
            names = [one["name"] for one in api.get("rules").json()]
            return {"json": {"names": names[::-1]}}
        case "apply_inventory":
            toml = api.get("inventory").text.replace('title = "zanzibar"', 'title = "other"')
            plan = api.post("inventory/plan", {"toml": toml}).json()
            return {"json": {"toml": toml, "digest": plan["digest"]}}
    return None


def test_whatever_an_operation_changes_is_noted(filled, pem, pins) -> None:
    """In the audit log, or it stands above with its reason."""
    api, silent = filled.api, set[str]()
    with api.database.begin(1) as scope:
        eve = accounts.create(scope.connection, "eve@example.com", "Eve", api.at)
        memberships.add(scope, eve, Role.OWNER, SERVICE, api.at)
    changing = [one for one in OPERATIONS if one.changes]
    removals = [one for one in changing if one.method == "DELETE"]
    removals.sort(key=lambda one: _ORDER.index(one.id) if one.id in _ORDER else -1)
    for operation in [*(one for one in changing if one not in removals), *removals]:
        body, before = _body(filled, pins, operation.id), api.audited()
        if body is None:
            answer = filled.ask(operation, api.client, pem())
        else:
            path = operation.path[1:].format(**{**filled.values, "version": "2.0"})
            answer = api.client.request(operation.method, path, **body)
        assert answer.status_code < 400, (operation.id, answer.text)
        if api.audited() == before:
            silent.add(operation.id)
    assert silent == set(UNAUDITED)
