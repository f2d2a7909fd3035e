"""Endpoints: added by hand, from pins, by logs; pages of them; limits."""

from datetime import UTC, datetime, timedelta

import pytest

from keypin.certs import Endpoint, Protocol
from keypin.errors import InventoryError
from keypin.inventory.entries import Owner, WatchedEndpoint
from keypin.watch.inventory import TakenError, UnknownError, endpoints, owners
from keypin.watch.inventory.edit import Did
from keypin.watch.inventory.endpoints import Origin, State

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


HOST = WatchedEndpoint(endpoint=Endpoint("api.example.com"))


def test_an_endpoint_is_added_by_hand_and_changed(database) -> None:
    """With whatever the inventory may say of it."""
    later = WatchedEndpoint(
        endpoint=Endpoint("mail.example.com", 25, Protocol.SMTP),
        interval=timedelta(minutes=5),
        vantage_points=("home",),
        owner="platform",
        tags=("mail",),
    )
    with database.begin(1) as scope:
        owners.add(scope, Owner(name="platform"))
        number = endpoints.add(scope, HOST, at=NOON).id
        edit = endpoints.change(scope, number, later)
        found = endpoints.find(scope, number)
        assert endpoints.find_by(scope, later.endpoint) == found
    assert (edit.before["host"], edit.after["host"]) == ("api.example.com", "mail.example.com")
    assert (found.endpoint, found.interval, found.owner, found.tags, found.vantage_points) == (
        later.endpoint,
        later.interval,
        "platform",
        ("mail",),
        ("home",),
    )
    assert (found.state, found.origin, found.enabled) == (State.UNKNOWN, Origin.HAND, True)


def test_a_place_stands_once(database) -> None:
    """Another port is another place."""
    with database.begin(1) as scope:
        endpoints.add(scope, HOST, at=NOON)
        other = WatchedEndpoint(endpoint=Endpoint("api.example.com", 8443))
        number = endpoints.add(scope, other, at=NOON).id
        with pytest.raises(TakenError, match=r"'api\.example\.com:443' is there already"):
            endpoints.add(scope, HOST, at=NOON)
        with pytest.raises(TakenError):
            endpoints.change(scope, number, HOST)
        found = [Endpoint("api.example.com"), Endpoint("new.example.com")]
        assert endpoints.add_all(scope, found * 2, at=NOON, origin=Origin.LOGS) == 1
        assert endpoints.add_all(scope, found, at=NOON, origin=Origin.LOGS) == 0


def test_pages_follow_each_other_without_a_gap(any_database) -> None:
    """By host, and by number where a host has several ports; found by any domain in the name."""
    names = [f"h{n}.example.com" for n in range(5)]
    with any_database.begin(1) as scope:
        places = [Endpoint(name, port) for name in names for port in (443, 8443)]
        endpoints.add_all(scope, places, at=NOON, origin=Origin.CODE)
        seen: list[Endpoint] = []
        after = ("", 0)
        while page := endpoints.listed(scope, after=after, limit=3):
            seen += [one.endpoint for one in page]
            after = page[-1].endpoint.host, page[-1].id
        assert seen == places
        assert len(endpoints.listed(scope, search="example.c")) == 10
        assert len(endpoints.listed(scope, search="h3")) == 2
        assert endpoints.listed(scope, search="%") == ()
        assert endpoints.listed(scope, state=State.REFUSED) == ()
        assert endpoints.counts(scope)[State.UNKNOWN] == 10


def test_an_endpoint_rests_and_goes(database) -> None:
    """What is switched off keeps its past; what is removed has none."""
    with database.begin(1) as scope:
        number = endpoints.add(scope, HOST, at=NOON).id
        assert endpoints.switch(scope, number, enabled=False).after == {"enabled": False}
        assert endpoints.remove(scope, number).did is Did.REMOVED
        with pytest.raises(UnknownError, match=f"no endpoint {number}"):
            endpoints.find(scope, number)


def test_there_is_an_end_to_them(database, monkeypatch) -> None:
    """A mistake in a pipeline fills no disk."""
    monkeypatch.setitem(endpoints.LIMITS, "endpoints", 1)
    with database.begin(1) as scope:
        endpoints.add(scope, HOST, at=NOON)
        more = [Endpoint("b.example"), Endpoint("c.example")]
        with pytest.raises(InventoryError, match="3 endpoints; expected 1 at most"):
            endpoints.add_all(scope, more, at=NOON, origin=Origin.LOGS)
