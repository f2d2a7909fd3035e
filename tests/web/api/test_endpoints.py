"""Endpoints over HTTP: added, filtered, sorted, in pages, as CSV, probed now, changed, removed."""

import csv
from datetime import timedelta
from io import StringIO

import pytest

from keypin.watch.store.tables import endpoints, schedules

HOSTS = ["c.example", "a.example", "b.a.example", "d.example"]


@pytest.fixture
def four(api):
    """Return the API with four endpoints, of which two end."""
    for host in HOSTS:
        api.post("endpoints", {"host": host, "tags": ["shop"]})
    ends = {1: api.at + timedelta(days=9), 3: api.at + timedelta(days=2)}
    with api.database.begin(1) as scope:
        for number, at in ends.items():
            row = scope.update(endpoints).where(endpoints.c.id == number)
            scope.execute(row.values(expires_at=at, state="refused"))
    return api


def _hosts(answer) -> list[str]:
    return [one["host"] for one in answer.json()["items"]]


@pytest.mark.parametrize(
    ("query", "hosts"),
    [
        ("", ["a.example", "b.a.example", "c.example", "d.example"]),
        ("descending=true", ["d.example", "c.example", "b.a.example", "a.example"]),
        ("search=a.ex", ["a.example", "b.a.example"]),
        ("search=%25", []),
        ("state=refused", ["b.a.example", "c.example"]),
        ("sort=expires_at", ["b.a.example", "c.example", "a.example", "d.example"]),
        ("sort=state", ["b.a.example", "c.example", "a.example", "d.example"]),
        ("owner=nobody", []),
    ],
)
def test_a_list_is_filtered_and_sorted(four, query, hosts) -> None:
    """The same in one page, and in pages of one; what is not known comes last."""
    assert _hosts(four.get(f"endpoints?{query}")) == hosts
    found, url = [], f"/api/v1/endpoints?limit=1&{query}"
    while url:
        page = four.client.get(f"https://watch.example{url}")
        found += _hosts(page)
        url = page.json()["next"]
    assert found == hosts


def test_a_list_is_had_as_csv(four) -> None:
    """All of it, with a line for what each column is; no cell is a formula."""
    with four.database.begin(1) as scope:
        scope.execute(scope.update(endpoints).values(tags=["=cmd"]))
    answer = four.get("endpoints.csv?state=refused")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(StringIO(answer.text)))
    assert [row["host"] for row in rows] == ["b.a.example", "c.example"]
    assert rows[0]["tags"] == "'=cmd"
    assert rows[0]["expires_at"] == "2026-12-01T12:00:00Z"


def test_an_endpoint_is_probed_now(four) -> None:
    """Its schedules are due, from each place; and that is noted."""
    with four.database.begin(1) as scope:
        later = four.at + timedelta(hours=1)
        scope.add(schedules, endpoint=1, vantage="here", due_at=later)
    assert four.post("endpoints/1/probe").status_code == 202
    with four.database.read(1) as scope:
        assert scope.value(scope.select(schedules.c.due_at)) == four.at
    assert four.audited()[-1] == "endpoint.probe"


def test_an_endpoint_is_changed_and_removed(api) -> None:
    """All its values; and another may not take its place."""
    made = api.post("endpoints", {"host": "a.example", "port": 8443})
    assert made.headers["location"] == "/api/v1/endpoints/1"
    assert api.post("endpoints", {"host": "a.example", "port": 8443}).status_code == 409
    values = {"host": "A.example.", "interval": 60, "enabled": False}
    changed = api.client.put("endpoints/1", json=values).json()
    assert (changed["host"], changed["port"], changed["interval"]) == ("a.example", 443, 60)
    assert changed["enabled"] is False
    assert api.client.delete("endpoints/1").status_code == 204
    assert api.get("endpoints/1").status_code == 404


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"host": "a b"}, "U+0020"),
        ({"host": ""}, "body.host"),
        ({"host": "a.example", "port": 0}, "body.port"),
        ({"host": "a.example", "port": "443"}, "body.port"),
        ({"host": "a.example", "interval": 1}, "body.interval"),
        ({"host": "a.example", "tags": ["A"]}, "body.tags.0"),
        ({"host": "a.example", "nothing": 1}, "body.nothing"),
        ({"port": 443}, "body.host"),
    ],
)
def test_what_is_no_endpoint_is_refused(api, values, reason) -> None:
    """422, with the member that is wrong."""
    answer = api.post("endpoints", values)
    assert answer.status_code == 422
    assert reason in answer.json()["detail"]
