"""What is the same in every operation: limits, scopes, entity tags, and what is noted."""

import pytest

from keypin.watch.people.roles import SCOPES
from keypin.web.api.operation import Operation
from keypin.web.api.operations import OPERATIONS


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
