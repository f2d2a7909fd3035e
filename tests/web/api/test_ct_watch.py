"""What is expected of what logs hold, over HTTP: of all names, an application and an endpoint."""

from typing import Any

import pytest

NOTHING = {"expected_issuers": [], "caa": False, "look_alikes": False}


def test_nothing_is_expected_until_somebody_says_so(api: Any) -> None:
    """Then all of it is another, once; the log says from what to what."""
    assert api.get("ct/watch").json() == NOTHING
    tag = api.get("ct/watch").headers["etag"]
    wanted = {**NOTHING, "expected_issuers": ["Let's Encrypt"], "caa": True}
    changed = api.client.put("ct/watch", json=wanted, headers={"if-match": tag})
    assert (changed.status_code, changed.json()) == (200, wanted)
    assert api.get("ct/watch").json() == wanted
    entry = api.get("audit-log").json()["items"][0]
    assert (entry["action"], entry["subject"]) == ("ct.change", "watch")
    assert entry["detail"]["after"] == {"expected_issuers": ["Let's Encrypt"], "caa": True}
    assert api.client.put("ct/watch", json=wanted).status_code == 200
    assert api.audited().count("ct.change") == 1
    assert api.client.put("ct/watch", json={}, headers={"if-match": tag}).status_code == 412
    assert api.client.put("ct/watch", json={}).json() == NOTHING


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"expected_issuers": ["--"]}, "a CA's name on one line"),
        ({"expected_issuers": ["a", "a"]}, "stands twice"),
        ({"expected_issuers": ["a"] * 51}, "50"),
        ({"caa": "yes"}, "caa"),
    ],
)
def test_what_no_ca_is_called_is_refused(api: Any, values: dict[str, object], says: str) -> None:
    """With a reason."""
    answer = api.client.put("ct/watch", json=values)
    assert answer.status_code == 422
    assert says in answer.text


def test_applications_and_endpoints_may_expect_others(api: Any) -> None:
    """And say so wherever they are told, with keypin.toml."""
    issuers = ["DigiCert, Inc.", "pki.goog"]
    api.post("applications", {"name": "shop", "expected_issuers": issuers})
    assert api.get("applications/shop").json()["expected_issuers"] == issuers
    made = api.post("endpoints", {"host": "a.example", "expected_issuers": ["A CA"]}).json()
    assert made["expected_issuers"] == ["A CA"]
    assert "A CA" in api.get("endpoints.csv").text
    api.client.put("ct/watch", json={"look_alikes": True})
    text = api.get("inventory").text
    assert "look_alikes = true" in text
    assert 'expected_issuers = ["DigiCert, Inc.", "pki.goog"]' in text
