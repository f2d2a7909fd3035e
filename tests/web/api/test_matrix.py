"""The release matrix through the API: what is refused, accepted, and unknown."""

from keypin.watch.store.tables import observations


def test_what_shows_nothing_is_unknown_to_those_that_pin_it(filled) -> None:
    """An empty list of verdicts is no word of what was read."""
    api = filled.api
    [row] = api.get("matrix").json()["items"]
    assert [one["outcome"] for one in row["verdicts"]] == ["passes"]
    assert row["unknown"] == []
    with api.database.begin(1) as scope:
        scope.execute(scope.update(observations).values(ended_at=api.at))
    [row] = api.get("matrix").json()["items"]
    assert row["verdicts"] == []
    assert row["unknown"] == [{"application": "shared", "version": "1.0"}]
    [row] = api.get("matrix", params={"application": "other"}).json()["items"]
    assert row["unknown"] == []


def test_who_does_not_pin_it_is_not_unknown(filled) -> None:
    """An endpoint that no release pins is none of theirs."""
    filled.api.post("endpoints", {"host": "www.other.example"})
    rows = filled.api.get("matrix").json()["items"]
    found = {row["endpoint"]["host"]: row["unknown"] for row in rows}
    assert found["www.other.example"] == []
