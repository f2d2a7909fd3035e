"""Owners over HTTP: one whom something names stays, and it is said what."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from keypin.inventory import Owner
from keypin.watch.inventory import owners
from keypin.watch.inventory.turn import in_turn

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


@pytest.mark.parametrize("way", ["put", "delete"])
def test_a_condition_holds_until_the_change_is_made(
    way: str, new_api, postgresql, until_waiting
) -> None:
    """Whoever comes second is told that it was changed, and takes nothing back."""
    api = new_api(postgresql)
    api.post("owners", {"name": "a"})
    known = {"if-match": api.get("owners/a").headers["etag"]}
    more = {"json": {"title": "second"}} if way == "put" else {}
    with ThreadPoolExecutor(1) as pool:
        with in_turn(postgresql, 1) as scope:
            task = pool.submit(getattr(api.client, way), "owners/a", headers=known, **more)
            until_waiting(task)
            owners.change(scope, Owner(name="a", title="first"))
        assert task.result().status_code == 412
    assert api.get("owners/a").json()["title"] == "first"


def test_of_two_at_once_under_one_condition_one_is_answered(new_api, postgresql) -> None:
    """The same, by the API alone."""
    api = new_api(postgresql)
    for name in "abcdef":
        api.post("owners", {"name": name})
        known = {"if-match": api.get(f"owners/{name}").headers["etag"]}
        barrier = threading.Barrier(2)

        def change(title: str, name: str = name, barrier=barrier, known=known) -> int:
            barrier.wait()
            new = {"title": title}
            return api.client.put(f"owners/{name}", json=new, headers=known).status_code

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(change, ("one", "two"))) == [200, 412]
