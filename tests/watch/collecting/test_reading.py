"""What pages and the API see of reports, of one organisation alone."""

from datetime import timedelta

import pytest

from keypin.watch.collecting import reading
from keypin.watch.collecting.batch import pack
from keypin.watch.collecting.batches_open import open_batches
from keypin.watch.collecting.judge import GroupJudge
from keypin.watch.collecting.reading import Filter
from keypin.watch.collecting.sorter import Sorter
from keypin.watch.store.tables import applications


@pytest.fixture
def full(any_core, field_, clock):
    """Return an installation with reports of two organisations, on each kind of database."""
    with any_core.database.begin(2) as scope:
        values = {"name": "bank", "title": "bank", "report_key": "bank", "tags": []}
        bank = scope.add(applications, created_at=clock.at, **values)
    at = clock.at
    entries = [field_.entry(at, source=number) for number in range(30)]
    entries += [field_.entry(at - timedelta(hours=5), host="b.example.com")]
    entries += [field_.entry(at, host="c.example.com", application=bank)]
    batches = open_batches(any_core)
    batches.append(pack(entries), len(entries))
    Sorter(any_core, batches).turn()
    batches.close()
    GroupJudge(any_core).turn()
    return any_core


@pytest.mark.parametrize(
    ("wanted", "hosts"),
    [
        (Filter(), ["api.example.com", "b.example.com"]),
        (Filter(host="b.example.com"), ["b.example.com"]),
        (Filter(application="shop", severity="error"), ["api.example.com"]),
        (Filter(application="bank"), []),
        (Filter(bursting=True), ["api.example.com"]),
        (Filter(classification="unknown"), ["b.example.com"]),
    ],
)
def test_groups_are_found_the_latest_first(full, wanted, hosts) -> None:
    """And those of others never."""
    with full.database.read(1) as scope:
        found = reading.groups(scope, wanted)
        assert [one.host for one in found] == hosts
        assert reading.count(scope, wanted) == len(hosts)
        assert [one.host for one in reading.groups(scope, wanted, limit=1, offset=1)] == hosts[1:]


def test_those_that_had_a_report_lately_are_found(full, clock) -> None:
    """As on the page of today."""
    with full.database.read(1) as scope:
        found = reading.groups(scope, Filter(since=clock.at - timedelta(hours=1)))
    assert [one.host for one in found] == ["api.example.com"]


def test_a_group_is_shown_whole(full, field_) -> None:
    """With what it is, what it rests on, what to do, and its newest reports."""
    with full.database.read(1) as scope:
        first = reading.groups(scope)[0]
        found = reading.group(scope, first.id)
        rows = reading.newest(scope, first.id, limit=3)
    assert found is not None
    assert (found.application, found.group.count, found.severity) == ("shop", 30, "error")
    assert found.evidence
    assert found.next_step
    assert found.burst_since is not None
    assert found.group.sample.certificates[0].der == field_.leaf().der
    assert [row["version"] for row in rows] == ["3.2"] * 3


def test_a_group_of_another_organisation_is_none(full) -> None:
    """By its number too."""
    with full.database.read(1) as scope:
        number = reading.groups(scope)[0].id
    with full.database.read(2) as scope:
        assert reading.group(scope, number) is None
        assert list(reading.newest(scope, number)) == []
        assert [one.host for one in reading.groups(scope)] == ["c.example.com"]


@pytest.mark.parametrize(
    ("hours", "width", "buckets"),
    [(6, 60, 361), (24, 600, 145), (240, 3600, 241), (2400, 86_400, 101)],
)
def test_what_came_in_is_shown_over_time(full, clock, hours, width, buckets) -> None:
    """As finely as the span allows, with no gap, by what it was."""
    with full.database.read(1) as scope:
        found = reading.over_time(scope, clock.at - timedelta(hours=hours), clock.at)
    assert (found.width.total_seconds(), len(found.starts)) == (width, buckets)
    assert {name: sum(line) for name, line in found.counts.items()} == {
        "one-country": 30,
        "unknown": 1,
    }
    assert found.counts["one-country"][-1] == 30


def test_one_group_is_shown_over_time(full, clock) -> None:
    """And no other."""
    with full.database.read(1) as scope:
        number = reading.groups(scope)[1].id
        found = reading.over_time(scope, clock.at - timedelta(hours=6), clock.at, number=number)
    assert {name: sum(line) for name, line in found.counts.items()} == {"unknown": 1}


def test_whom_reports_are_from_is_added_up(full) -> None:
    """By network, country, release and platform."""
    with full.database.read(1) as scope:
        found = reading.whom(scope)
        one = reading.whom(scope, Filter(host="b.example.com"))
    assert found.countries.counts == {"DE": 31}
    assert found.networks.distinct == 30
    assert found.releases.counts == {"3.2": 31}
    assert found.platforms.counts == {"ios": 31}
    assert one.countries.counts == {"DE": 1}
