"""Plans and the gate over HTTP: a chain is tried, or kept with its day."""

import pytest

DEPLOY = {"name": "the next one", "deploy_at": "2026-12-24T08:00:00+01:00"}


@pytest.fixture
def shop(api, pins, cast, tmp_path):
    """Return the API with two releases of the shop, of which one takes the next key."""
    root = tmp_path / "root.pem"
    root.write_bytes(cast.authority("root").pem)
    object.__setattr__(api.settings, "trust", root)
    api.post("applications", {"name": "shop"})
    for version, key in (("1.0", "active"), ("2.0", "renewed")):
        path = f"applications/shop/releases/{version}"
        api.client.put(path, content=pins(key, "backup"), params={"share": 0.4})
    return api


def test_the_gate_says_which_releases_would_refuse_a_chain(shop, pem) -> None:
    """Their share of users, why, and what to do; nothing is kept."""
    before = shop.audited()
    said = shop.client.post("gate", content=pem("renewed")).json()
    assert said["open"] is False
    assert [f"{one['application']} {one['version']}" for one in said["refused"]] == ["shop 1.0"]
    assert said["hit"][0]["users"] == "40% of users of shop"
    assert "gate-breaks" in [one["id"] for one in said["findings"]]
    assert shop.client.post("gate", content=pem("backup")).json()["open"] is True
    assert shop.audited() == before
    assert shop.get("plans").json()["items"] == []


@pytest.mark.parametrize(
    ("body", "query", "reason"),
    [
        (b"", "", "certificate"),
        (b"no certificate", "", "certificate"),
        (None, "host=a%20b", "U+0020"),
        (None, "at=2026", "query.at"),
        (None, "at=2026-12-24T08:00:00", "query.at"),
        (None, "at=0001-01-01T00:00:00%2B14:00", "query.at"),
    ],
)
def test_what_cannot_be_tried_is_refused(shop, pem, body, query, reason) -> None:
    """422 with what was expected."""
    answer = shop.client.post(f"gate?{query}", content=pem() if body is None else body)
    assert answer.status_code == 422
    assert reason in answer.json()["detail"]


def test_a_plan_is_kept_judged_moved_and_ended(shop, pem) -> None:
    """Its verdicts are those of its day."""
    made = shop.client.post("plans", params=DEPLOY, content=pem("renewed"))
    assert (made.status_code, made.headers["location"]) == (201, "/api/v1/plans/1")
    assert made.json()["deploy_at"] == "2026-12-24T07:00:00Z"
    assert shop.client.post("plans", params=DEPLOY, content=pem()).status_code == 409
    verdicts = shop.get("plans/1/verdicts").json()
    assert (verdicts["at"], verdicts["open"]) == ("2026-12-24T07:00:00Z", False)
    later = {"deploy_at": "2027-01-01T00:00:00Z"}
    assert shop.client.patch("plans/1", json=later).json()["deploy_at"] == later["deploy_at"]
    assert shop.client.patch("plans/1", json={"ended": "withdrawn"}).json()["ended"] == "withdrawn"
    assert shop.client.patch("plans/1", json={"ended": "deployed"}).status_code == 422
    assert shop.get("plans").json()["items"] == []
    assert len(shop.get("plans?ended=true").json()["items"]) == 1
    assert shop.client.delete("plans/1").status_code == 204
