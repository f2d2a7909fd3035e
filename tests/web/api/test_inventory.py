"""keypin.toml over HTTP: what is exported is the inventory, and what is applied is the file.

What leaves a name without its owner is not applied, and nothing of it.
"""

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keypin.certs import Endpoint
from keypin.watch.alerting import routes
from keypin.watch.inventory import endpoints
from keypin.watch.store import tables
from keypin.web import as_code

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


def _apply(api, toml: str, **addresses: str) -> object:
    plan = api.post("inventory/plan", {"toml": toml})
    digest = plan.json().get("digest", "0" * 64)
    sent = {"toml": toml, "digest": digest, "addresses": addresses}
    return api.post("inventory/apply", sent)


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


def test_one_of_two_plans_of_the_same_inventory_is_applied(new_api, postgresql) -> None:
    """At the same moment; the other was made of an inventory that is no more."""
    api = new_api(postgresql)
    for number in range(4):
        files = [f'{HEAD}{OWNER}title = "{number} {one}"\n' for one in ("here", "there")]
        digests = [api.post("inventory/plan", {"toml": one}).json()["digest"] for one in files]
        barrier = threading.Barrier(2)

        def apply(toml: str, digest: str, barrier: threading.Barrier = barrier) -> int:
            barrier.wait()
            return api.post("inventory/apply", {"toml": toml, "digest": digest}).status_code

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(apply, files, digests)) == [200, 409]


def test_one_large_file_is_read_at_a_time(api, monkeypatch) -> None:
    """Another is told to come later, and a small one is read meanwhile."""
    monkeypatch.setattr(as_code, "_PATIENCE", 0.0)
    large = HEAD + "#" * 300_000
    with as_code.turn(large):
        refused = api.post("inventory/plan", {"toml": large})
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "30")
        applied = api.post("inventory/apply", {"toml": large, "digest": "0" * 64})
        assert applied.status_code == 503
        assert api.post("inventory/plan", {"toml": HEAD}).status_code == 200
    assert api.post("inventory/plan", {"toml": large}).status_code == 200
    monkeypatch.setattr(as_code, "_WAITING", threading.BoundedSemaphore(0))
    assert api.post("inventory/plan", {"toml": large}).status_code == 503


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


def test_what_the_file_does_not_say_goes_whoever_made_it(api) -> None:
    """An endpoint by hand too; one that a release pins or logs brought stays without its owner."""
    _everything(api)
    _push(api, 0, "shop", "1.0", "api.example.com")
    with api.database.begin(1) as scope:
        logged = [Endpoint("logs.example.com"), Endpoint("quiet.example.com")]
        endpoints.add_all(scope, logged, at=api.at, origin=endpoints.Origin.LOGS)
    api.post("endpoints", {"host": "hand.example", "owner": "mobile"})
    number = api.get("endpoints").json()["items"][2]["id"]
    given = {"host": "logs.example.com", "owner": "mobile"}
    assert api.client.put(f"endpoints/{number}", json=given).status_code == 200
    toml = api.get("inventory").text
    assert toml.count("[[endpoint]]") == 3
    left = toml[: toml.index("[[endpoint]]")] + toml[toml.index("[[route]]") :]
    for text in (left, HEAD):
        assert _apply(api, text).status_code == 200
        assert api.post("inventory/plan", {"toml": text}).json()["changes"] == []
    there = [(one["host"], one["owner"]) for one in api.get("endpoints").json()["items"]]
    pinned, *logged = sorted(there)
    assert (pinned, logged) == (
        ("api.example.com", None),
        [("logs.example.com", None), ("quiet.example.com", None)],
    )
    assert api.get("inventory").text == HEAD


def test_a_secret_that_is_not_kept_is_told_with_the_plan(api) -> None:
    """With what keeps it; a variable with where it is set, unless whoever asks has it."""
    env = '[[route]]\nname = "pager"\nurl = { env = "PAGER" }\n'
    toml = HEAD + OWNER + THEIRS + env
    for variables, missing in (([], ["chat", "PAGER"]), (["PAGER"], ["chat"])):
        plan = api.post("inventory/plan", {"toml": toml, "variables": variables}).json()
        assert [one["name"] for one in plan["missing"]] == missing
        assert (
            "\nThe route chat needs the secret chat, which is not kept here; "
            "keep it first: keypin inventory secret chat < FILE"
        ) in plan["text"]
        assert ("PAGER=… keypin inventory apply" in plan["text"]) == (not variables)
    api.post("secrets", {"name": "chat", "value": "ntfys://alerts"})
    plan = api.post("inventory/plan", {"toml": toml, "variables": ["PAGER"]}).json()
    assert (plan["missing"], plan["text"].count("needs the")) == ([], 0)


def test_a_route_by_hand_is_said_to_be_a_secret_that_no_other_is(api) -> None:
    """It may change otherwise without it, and gets it when it is kept."""
    api.post("secrets", {"name": "chat", "value": "ntfys://others"})
    for name in ("chat", "chat-2", "mail"):
        api.post("routes", {"name": name, "address": f"ntfys://{name}"})
    toml = api.get("inventory").text
    for secret in ("chat-3", "chat-2", "mail"):
        assert f'{{ secret = "{secret}" }}' in toml
    assert api.post("inventory/plan", {"toml": toml}).json()["changes"] == []
    changed = toml.replace('"mail" }', '"mail" }\nseverity = "error"')
    assert _apply(api, changed).status_code == 200
    assert api.get("inventory").text == changed
    assert _addresses(api)["mail"] == "ntfys://mail"
    api.post("secrets", {"name": "mail", "value": "ntfys://new"})
    plan = api.post("inventory/plan", {"toml": changed}).json()
    assert [one["subject"] for one in plan["changes"]] == ["mail"]
    assert _apply(api, changed).status_code == 200
    assert _addresses(api)["mail"] == "ntfys://new"


PIN = "sha256/KdcXuIwUYPiNWf5UBHI0BoGO/le4uEmCnvIQkbQlJx8="
PINS = (
    f'version = 1\nname = "%s"\n[[policy]]\nhost = "%s"\npins = ["{PIN}"]\n'
    'no_backup = "a \\"test\\""\n'
    '[[policy]]\nhost = "**.example.org"\nexempt = "theirs"\n',
    f"CertificatePinner.Builder()\n// %s\n.add("
    f'"%s", "{PIN}")\n.add("**.example.net", "{PIN}").build()\n',
)
FILE = f"""
[ct]
expected_issuers = ["pki.goog"]
[[owner]]
name = "mobile"
[[application]]
name = "shop"
title = "shop"
owner = "mobile"
[[application.release]]
version = "0.9"
share = 0.3
[[application.release.policy]]
host = "file.example.com"
pins = ["{PIN}"]
no_backup = "a test"
[[endpoint]]
host = "file.example.com"
[[route]]
name = "pager"
url = {{ env = "PAGER" }}
[[route]]
name = "chat"
url = {{ secret = "chat" }}
"""
HOSTS = ("api.example.com", "b.example.com", "*.example.com", "file.example.com")
NAMES = ("shop", "shop-ios", "mobile", "a", "a-b")

Step = Callable[[Any], object]
"""What a person, a pipeline or the service does to an installation."""


def _push(api, form: int, name: str, version: str, host: str, **query: object) -> None:
    content = (PINS[form] % (name, host)).encode()
    said = {key: value for key, value in query.items() if value is not None}
    path = f"applications/{name}/releases/{version}"
    answer = api.client.put(path, content=content, params=said)
    assert answer.status_code in {200, 201, 404, 409}, answer.text


def _change_endpoint(api, index: int, values: dict[str, object]) -> None:
    there = api.get("endpoints").json()["items"]
    for one in there[index : index + 1]:
        place = {name: one[name] for name in ("host", "port", "protocol")}
        api.client.put(f"endpoints/{one['id']}", json={**place, **values})


def _found(api, hosts: list[str]) -> None:
    with api.database.begin(1) as scope:
        wanted = [Endpoint(host) for host in hosts]
        endpoints.add_all(scope, wanted, at=api.at, origin=endpoints.Origin.LOGS)


def _by_file(api) -> None:
    api.post("secrets", {"name": "chat", "value": "ntfys://file"})
    _apply(api, HEAD + FILE, PAGER="ntfys://pager")


def _step(act: Callable[..., object], *values: st.SearchStrategy[Any], **named: Any) -> Any:
    return st.builds(lambda *given, **more: lambda api: act(api, *given, **more), *values, **named)


names = st.sampled_from(NAMES)
applications = st.sampled_from(("shop", "shop", "shop", "a-b"))
versions = st.sampled_from(("1.0", "1.1", "1.2", "2.0 (7)"))
hosts = st.sampled_from(HOSTS[:2])
owners = st.none() | names
tags = st.sampled_from(([], ["b", "a"]))
shares = st.none() | st.sampled_from((0, 0.05, 1 / 3, 1))
said = st.fixed_dictionaries(
    {},
    optional={
        "owner": owners,
        "tags": tags,
        "interval": st.sampled_from((30, 3600)),
        "vantage_points": st.sampled_from(([], ["eu"])),
        "expected_issuers": st.sampled_from(([], ["A CA"])),
        "enabled": st.booleans(),
    },
)
pushes = _step(
    _push,
    st.sampled_from((0, 1)),
    applications,
    versions,
    st.sampled_from(HOSTS),
    share=shares,
    released_at=st.none() | st.sampled_from(("2026-05-01T10:00:00Z", "2026-11-29T09:00:00Z")),
)
steps = st.one_of(
    *[pushes] * 4,
    _step(
        lambda api, name, title: api.post("owners", {"name": name, "title": title}),
        names,
        st.sampled_from(("", "T")),
    ),
    _step(
        lambda api, name, more: api.post("applications", {"name": name, **more}),
        names,
        st.fixed_dictionaries(
            {}, optional={"owner": owners, "title": names, "tags": tags, "platform": st.just("ios")}
        ),
    ),
    _step(
        lambda api, name, version, change: api.client.patch(
            f"applications/{name}/releases/{version}", json=change
        ),
        applications,
        versions,
        st.fixed_dictionaries({}, optional={"share": shares, "retired": st.booleans()}),
    ),
    _step(
        lambda api, host, port, more: api.post("endpoints", {"host": host, "port": port, **more}),
        hosts | st.just("2001:db8::7"),
        st.sampled_from((443, 8443)),
        said,
    ),
    _step(_change_endpoint, st.integers(0, 3), said),
    _step(_found, st.lists(hosts, max_size=2)),
    _step(
        lambda api, name, more: api.post(
            "routes", {"name": name, "address": f"ntfys://{name}", **more}
        ),
        names,
        st.sampled_from(({}, {"severity": "error"}, {"owners": ["mobile"]})),
    ),
    _step(
        lambda api, name, more: api.post("rules", {"name": name, **more}),
        names,
        st.sampled_from(({}, {"routes": ["a"]}, {"when": {"owners": ["shop"]}})),
    ),
    _step(
        lambda api, name: api.post("secrets", {"name": name, "value": "ntfys://other"}),
        names.filter(lambda name: name != "chat"),
    ),
    _step(
        lambda api, issuers, asked: api.client.put(
            "ct/watch", json={"expected_issuers": issuers, "caa": asked}
        ),
        st.sampled_from(([], ["A CA"])),
        st.booleans(),
    ),
    st.just(lambda api: api.later(hours=13)),
)


@pytest.mark.once
@pytest.mark.parametrize(
    ("kind", "most"), [("database", 20), ("postgresql", 5)], ids=["sqlite", "postgresql"]
)
def test_what_is_exported_is_the_inventory(kind: str, most: int, request, new_api) -> None:
    """However it came to be: its plan is empty, and elsewhere it makes the same file."""
    api = new_api(request.getfixturevalue(kind))

    @settings(max_examples=most)
    @given(st.sampled_from(([], [_by_file])), st.lists(steps, min_size=8, max_size=20))
    def holds(first: list[Step], made: list[Step]) -> None:
        _empty(api)
        for step in first:
            step(api)
        api.post("owners", {"name": "mobile"})
        api.post("applications", {"name": "shop", "owner": "mobile"})
        for step in made:
            step(api)
        _is_a_round(api)

    holds()


def _is_a_round(api) -> None:
    toml, addresses = api.get("inventory").text, _addresses(api)
    plan = api.post("inventory/plan", {"toml": toml}).json()
    assert (plan["changes"], plan["missing"]) == ([], []), plan["text"]
    _empty(api)
    for one in api.post("inventory/plan", {"toml": toml}).json()["missing"]:
        if one["kept"] == "secret":
            value = addresses[one["route"]]
            api.post("secrets", {"name": one["name"], "value": value})
    applied = _apply(api, toml, PAGER="ntfys://pager")
    assert applied.status_code == 200, applied.text
    assert api.get("inventory").text == toml
    assert _addresses(api) == addresses
    assert api.post("inventory/plan", {"toml": toml}).json()["changes"] == []


def _addresses(api) -> dict[str, str]:
    with api.database.read(1) as scope:
        return {
            one.route.name: routes.address_of(scope, api.sealer, one.route.name)
            for one in routes.listed(scope)
        }


def _empty(api) -> None:
    """Leave nothing of an inventory in the organisation."""
    kept = {"accounts", "memberships", "tokens", "audit_log", "organisations"}
    with api.database.begin_across() as connection:
        for table in reversed(tables.metadata.sorted_tables):
            if table.name not in kept and "organisation" in table.c:
                connection.execute(table.delete().where(table.c.organisation == 1))
