"""Reports of one event are one group, of bounded size, put together in any order."""

import random
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keypin.reports import Arrival, Group, GroupKey, dumps, read_report


def test_the_key(world) -> None:
    """Application, host, the server's key and the pins make an event; the release does not."""
    report = world.report()
    key = GroupKey.of(report)
    assert key.application == "com.example.shop"
    assert key.host == "api.example.com"
    assert key.authority == f"key:{world.pins[0]}"
    assert GroupKey.of(replace(report, version="9", occurred_at=None)).id == key.id
    assert GroupKey.of(replace(report, application=None)).id != key.id
    assert GroupKey.of(replace(report, pins=report.pins[::-1])) == key
    assert GroupKey.of(replace(report, unread_pins=("x",))) != key


def test_a_product_is_one_event(world, authority) -> None:
    """An antivirus makes another key on each device, and its name stays."""
    keys = {
        GroupKey.of(world.report(authority.named("Avast Web/Mail Shield Root").chain()))
        for _ in range(2)
    }
    assert {key.authority for key in keys} == {"product:Avast"}


def test_a_renewed_certificate_with_the_same_key_is_the_same_event(world) -> None:
    """Pins are of keys, and so are groups."""
    from keypin.lab.authority import new_key  # noqa: PLC0415 - of this test alone

    key = new_key("ecdsa")
    chains = [world.ours.chain(key=key) for _ in range(2)]
    assert len({GroupKey.of(world.report(chain)) for chain in chains}) == 1


def test_what_cannot_be_read(world) -> None:
    """It is grouped by its bytes, or as nothing."""
    report = replace(world.report(), validated=())
    noise = GroupKey.of(replace(report, served=(b"noise",)))
    assert noise.authority.startswith("bytes:")
    assert noise != GroupKey.of(replace(report, served=(b"other noise",)))
    assert GroupKey.of(replace(report, served=())).authority == "none"


def test_a_group(world, now) -> None:
    """Who, from where, how often and when."""
    report = world.report()
    arrivals = [
        Arrival(report, now + timedelta(minutes=30 * index), b"%d" % (index % 2), "AS1", "DE")
        for index in range(4)
    ]
    group = Group.of(GroupKey.of(report), arrivals)
    assert (group.count, group.enforced, group.first, group.last) == (
        4,
        4,
        now,
        now + timedelta(minutes=90),
    )
    assert (group.sources.distinct, group.networks.top) == (2, (("AS1", 4),))
    assert group.releases.counts == {"3.2": 4}
    assert group.platforms.counts == {"android": 4}
    assert group.forms.counts == {"trustkit-android": 4}
    assert [count for _, count in group.hours.stretches] == [2, 2]
    assert len(group.minutes.stretches) == 4


def test_clocks(world, now) -> None:
    """A day off is a wrong clock or a late report; local time that claims to be UTC is neither."""

    def clocks(text: str | None, **changes) -> tuple[int, int]:
        report = replace(world.report(date_time=text), **changes)
        group = Group.of(GroupKey.of(report), [Arrival(report, now)])
        return group.misdated, group.behind

    assert clocks(None) == (0, 0)
    assert clocks("2026-11-24T02:00:00Z") == (0, 0)
    assert clocks("2026-11-25T02:00:00Z") == (1, 0)
    assert clocks("2026-11-20T02:00:00Z") == (0, 1)
    assert clocks("1970-01-01T00:00:00Z") == (1, 1)
    assert clocks("1970-01-01T00:00:00Z", served=(b"noise",)) == (0, 1)
    assert clocks("1970-01-01T00:00:00Z", served=(), validated=()) == (0, 1)


def test_the_sample_names_no_device(world, now) -> None:
    """One report is kept, the first, without its device."""
    report = replace(world.report(), device=b"digest")
    later = replace(report, version="9")
    arrivals = [Arrival(later, now + timedelta(seconds=1)), Arrival(report, now)]
    group = Group.of(GroupKey.of(report), arrivals)
    assert group.sample == replace(report, device=None)


def test_what_is_no_group(world, now) -> None:
    """Nothing is none, and two events are two."""
    report = world.report()
    key = GroupKey.of(report)
    with pytest.raises(ValueError, match="at least one"):
        Group.of(key, [])
    group = Group.of(key, [Arrival(report, now)])
    other = Group.of(replace(key, host="other.example"), [Arrival(report, now)])
    with pytest.raises(ValueError, match="different events"):
        group.merge(other)


ARRIVALS = st.lists(
    st.tuples(
        st.integers(0, 3), st.integers(0, 9), st.sampled_from(["1", "2", None]), st.booleans()
    ),
    min_size=1,
    max_size=12,
)


@settings(deadline=None)
@given(rows=ARRIVALS, cuts=st.lists(st.integers(0, 12), max_size=3), seed=st.integers(0, 99))
def test_a_group_is_the_same_however_it_is_put_together(rows, cuts, seed, world, now) -> None:
    """Machines and hours fold apart, in any order and grouping, and the outcome is one."""
    report = world.report()
    key = GroupKey.of(report)
    arrivals = [
        Arrival(
            replace(report, version=version, enforced=enforced),
            now + timedelta(hours=hour),
            bytes([source]),
            f"AS{source}",
        )
        for hour, source, version, enforced in rows
    ]
    bounds = sorted({0, len(arrivals), *(cut for cut in cuts if cut < len(arrivals))})
    groups = [Group.of(key, arrivals[start:end]) for start, end in pairwise(bounds)]
    chance = random.Random(seed)  # noqa: S311 - an order, no secret
    chance.shuffle(groups)
    while len(groups) > 1:
        one = groups.pop(chance.randrange(len(groups)))
        groups[-1] = groups[-1].merge(one)
    assert groups[0] == Group.of(key, arrivals)


def test_a_group_stays_small(world, now) -> None:
    """A hundred thousand sources and releases cost a few tens of kilobytes."""
    report = read_report(world.body("trustkit-ios"))
    arrivals = [
        Arrival(
            replace(report, version=str(index)),
            now + timedelta(minutes=index),
            index.to_bytes(16, "big"),
            f"AS{index}",
        )
        for index in range(3_000)
    ]
    group = Group.of(GroupKey.of(report), arrivals)
    assert len(dumps(group)) < 60_000
