"""Alerts over HTTP: listed, taken care of, closed; what holds now, and what ends next."""

from keypin.web.api.operations import OPERATIONS


def test_an_alert_is_taken_care_of_and_closed(filled) -> None:
    """By whoever does it, once."""
    api = filled.api
    (alert,) = api.get("alerts").json()["items"]
    assert (alert["state"], alert["finding"]) == ("open", "certificate-expires")
    assert alert["link"] == "https://watch.example/o/acme/"
    taken = api.post(f"alerts/{alert['id']}/acknowledge", {"note": "on it"}).json()
    assert (taken["state"], taken["acknowledged_by"]) == ("acknowledged", "token pipeline")
    assert taken["acknowledged_note"] == "on it"
    again = api.post(f"alerts/{alert['id']}/acknowledge")
    assert (again.status_code, "is acknowledged" in again.json()["detail"]) == (422, True)
    assert api.post(f"alerts/{alert['id']}/resolve").json()["state"] == "resolved"
    assert api.get("alerts").json()["items"] == []
    assert len(api.get("alerts?state=all&severity=error").json()["items"]) == 1


def test_what_holds_and_what_ends_next_is_listed(filled) -> None:
    """Findings whether or not anybody is told of them; and plans among the dates."""
    api = filled.api
    (finding,) = api.get("findings?finding=certificate-expires").json()["items"]
    assert finding["severity"] == "error"
    assert api.get("findings?finding=other").json()["items"] == []
    dates = api.get("deadlines").json()["items"]
    assert [one["what"] for one in dates] == ["chain-planned"]
    assert api.get("deadlines?before=2026-11-30T00:00:00Z").json()["items"] == []
    assert api.get("deadlines.ics").text.startswith("BEGIN:VCALENDAR")


def test_the_address_of_a_route_is_never_told(filled) -> None:
    """By no operation that reads, to nobody, and not in the audit log either."""
    for operation in OPERATIONS:
        if operation.method == "GET":
            answer = filled.ask(operation, filled.api.client, b"")
            assert "k" * 43 not in answer.text, operation.id
            assert "127.0.0.1:9/keypin" not in answer.text, operation.id


def test_rules_are_ordered_and_silences_end(filled) -> None:
    """A silence is had until it ends."""
    api = filled.api
    api.post("rules", {"name": "second", "ignore": True})
    order = api.client.put("rules", json={"names": ["second", "shared"]})
    assert [one["name"] for one in order.json()] == ["second", "shared"]
    (silence,) = api.get("silences").json()["items"]
    assert api.client.delete(f"silences/{silence['id']}").status_code == 204
    assert api.get("silences").json()["items"] == []
    everything = {"when": {}, "until": "2026-12-24T08:00:00Z", "reason": "x"}
    assert "would silence everything" in api.post("silences", everything).json()["detail"]
