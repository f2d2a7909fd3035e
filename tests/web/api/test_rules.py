"""Rules over HTTP: tried on the alerts that there are, before one is kept."""

import pytest

RULE = {"name": "expiry", "when": {"ids": ["certificate-*"]}}


def test_a_rule_is_tried_before_it_is_kept(filled) -> None:
    """It is told which alerts it would decide; nothing is kept, and nothing written down."""
    api = filled.api
    before, log = api.get("rules").json(), api.audited()
    tried = api.post("rules/try", RULE)
    assert tried.status_code == 200
    (alert,) = api.get("alerts").json()["items"]
    decided = {name: alert[name] for name in ("id", "finding", "subject", "title")}
    assert tried.json() == {"looked_at": 1, "matched": 1, "decided": [decided]}
    other = api.post("rules/try", {**RULE, "when": {"ids": ["chain-*"]}}).json()
    assert other == {"looked_at": 1, "matched": 0, "decided": []}
    assert (api.get("rules").json(), api.audited()) == (before, log)


def test_an_earlier_rule_decides(filled) -> None:
    """A new rule is tried last, one that is there at its place; one may be called as this is."""
    api = filled.api
    api.post("rules", {"name": "try"})
    assert api.post("rules/try", RULE).json() == {"looked_at": 1, "matched": 1, "decided": []}
    at_its_place = api.post("rules/try", {**RULE, "name": "shared"}).json()
    assert len(at_its_place["decided"]) == 1
    assert api.get("rules/try").json()["name"] == "try"
    assert api.client.delete("rules/try").status_code == 204


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"name": "Not So"}, "name"),
        ({"routes": ["nowhere"]}, "tells the route nowhere, which there is not"),
        ({"when": {"owners": ["nobody"]}}, "names the owner nobody, whom there is not"),
        ({"repeat": "1s"}, "a minute or more"),
        ({"wait": "soon"}, "soon"),
        ({"group_by": ["colour"]}, "group_by 'colour'"),
        ({"ignore": True, "repeat": "1d"}, "ignore beside"),
        ({"when": {"ids": ["a"] * 101}}, "ids"),
        ({"place": 1}, "place"),
    ],
)
def test_a_rule_that_could_not_be_kept_is_refused(kept, changed, text) -> None:
    """As it would be when it is kept."""
    for path in ("rules/try", "rules"):
        answer = kept.api.post(path, {**RULE, **changed})
        assert answer.status_code == 422
        assert text in answer.text


def test_whoever_reads_alerts_and_rules_may_try(kept) -> None:
    """Their own organisation's; a token that only pushes releases may not."""
    reader = kept.api.of(kept.api.token("read"))
    assert reader.post("rules/try", json=RULE).json()["looked_at"] == 1
    pusher = kept.api.of(kept.api.token("releases:write"))
    assert pusher.post("rules/try", json=RULE).status_code == 403
    rival = kept.api.of(kept.api.token("admin", organisation=2))
    assert rival.post("rules/try", json=RULE).json() == {
        "looked_at": 0,
        "matched": 0,
        "decided": [],
    }
    theirs = {**RULE, "routes": ["shared"]}
    assert reader.post("rules/try", json=theirs).status_code == 200
    assert rival.post("rules/try", json=theirs).status_code == 422
