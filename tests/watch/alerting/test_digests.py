"""A digest is written once, at its hour, and tells what was open and what is next."""

from datetime import UTC, datetime, time, timedelta

import pytest

from keypin.alerts import Delivery, Hours, Match
from keypin.errors import InputError
from keypin.watch.alerting import digests, preferences, routes
from keypin.watch.inventory.shelf import Shelf

DAILY = {"delivery": Delivery.DIGEST}


def written(alerted, **later: float) -> int:
    """Let time pass, and write what is due."""
    alerted.now += timedelta(**later)
    return digests.turn(alerted.core, Shelf())


def test_a_digest_comes_every_morning(any_alerted, receiver, signal) -> None:
    """What is open is in it, whatever else the route was not told before."""
    any_alerted.route("daily", to=receiver.address, **DAILY)
    assert written(any_alerted) == 0
    any_alerted.see(signal("a"))
    any_alerted.deliver(minutes=1)
    assert receiver.requests == []
    assert written(any_alerted, hours=19) == 0
    assert written(any_alerted, hours=1) == 1
    assert written(any_alerted) == 0
    any_alerted.deliver()
    any_alerted.deliver()
    (document,) = receiver.documents()
    assert (document["kind"], document["key"]) == ("digest", "daily:digest.20261130T080000Z")
    assert document["subject"] == "keypin: 1 opened, 0 still open, 0 resolved"
    assert "https://keypin.example/o/acme/endpoints/7" in document["text"]
    assert {row["state"] for row in any_alerted.deliveries()} == {"delivered"}
    assert written(any_alerted, days=1) == 1


def test_days_without_a_digest_are_in_the_next(alerted, receiver, signal) -> None:
    """Who was away for three days writes one digest, of all three."""
    alerted.route("daily", to=receiver.address, **DAILY)
    assert [written(alerted), written(alerted, hours=20)] == [0, 1]
    alerted.now += timedelta(hours=1)
    alerted.see(signal("a"))
    assert written(alerted, days=3) == 1
    alerted.deliver()
    assert "1 opened" in receiver.documents()[-1]["subject"]


def test_a_digest_holds_what_its_route_wants(alerted, receiver, signal) -> None:
    """Of two owners each hears of their own; a rule that names the route is heard as well."""
    owned = Match(severity=routes.Severity.WARNING, owners=("web",))
    alerted.route("web", to=receiver.address, match=owned, **DAILY)
    alerted.rule(match=Match(ids=("ct-*",)), routes=("web",))
    written(alerted)
    alerted.see(
        signal("a", owner="web"),
        signal("b", owner="shop"),
        signal("c", id="ct-unknown-key", owner="shop"),
    )
    assert written(alerted, hours=21) == 1
    alerted.deliver()
    (document,) = receiver.documents()
    assert "2 opened" in document["subject"]
    assert "b.example.com" not in document["text"]


def test_a_digest_can_be_weekly_in_a_zone(alerted, receiver) -> None:
    """A route's hours say on which days, when and where it is read."""
    hours = Hours(days=("wed",), begin=time(9, 30), zone="Europe/Berlin")
    alerted.route("weekly", to=receiver.address, hours=hours, **DAILY)
    written(alerted)
    with alerted.database.read(1) as scope:
        (known,) = routes.listed(scope)
    assert known.digest_at == datetime(2026, 12, 2, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "at", "expected"),
    [
        ("UTC", "2026-11-29T07:59", "2026-11-29T08:00"),
        ("UTC", "2026-11-29T08:00", "2026-11-30T08:00"),
        ("Europe/Berlin", "2026-03-28T12:00", "2026-03-29T06:00"),  # the clocks go forward
        ("America/New_York", "2026-11-29T12:00", "2026-11-29T13:00"),
        ("Asia/Kolkata", "2026-11-29T03:00", "2026-11-30T02:30"),
    ],
)
def test_the_next_digest_is_in_the_morning_there(zone: str, at: str, expected: str) -> None:
    """Eight o'clock is that of the organisation's time zone."""
    found = digests.next_after(None, zone, datetime.fromisoformat(at).replace(tzinfo=UTC))
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_an_organisation_says_where_it_lives(any_alerted) -> None:
    """UTC until then; what is no time zone is refused."""
    with any_alerted.database.begin(1) as scope:
        assert preferences.zone(scope) == "UTC"
        for name in ("Asia/Tokyo", "Europe/Berlin"):
            preferences.set_zone(scope, name, at=any_alerted.now)
        assert preferences.zone(scope) == "Europe/Berlin"
        with pytest.raises(InputError, match="the time zone 'Mars/Base'"):
            preferences.set_zone(scope, "Mars/Base", at=any_alerted.now)
        with pytest.raises(InputError, match="IANA"):
            preferences.set_zone(scope, "../etc/passwd", at=any_alerted.now)


def test_a_digest_of_a_day_that_had_one_is_told_as_well(alerted, receiver, signal) -> None:
    """A clock was ahead for a while: what waits since is in the digest of the same day again."""
    alerted.route("daily", to=receiver.address, **DAILY)
    written(alerted)
    assert written(alerted, days=1) == 1
    alerted.deliver()
    written(alerted, days=-1)
    alerted.see(signal("a"))
    assert written(alerted, days=1) == 1
    alerted.deliver()
    first, second = receiver.documents()
    assert second["key"] == f"{first['key']}.2"
    assert "1 still open" in second["subject"]


def test_a_clock_that_was_ahead_stops_no_digest(alerted, receiver) -> None:
    """A digest that was written in the future is not waited for."""
    alerted.route("daily", to=receiver.address, **DAILY)
    written(alerted)
    assert written(alerted, days=30) == 1
    assert written(alerted, days=-30) == 0
    assert written(alerted, days=1) == 1
