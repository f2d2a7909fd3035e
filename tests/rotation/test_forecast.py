"""A forecast: rows in the order of time, those that tell the same as one event."""

from datetime import timedelta

import pytest

from keypin.pins import OnExpiry
from keypin.rotation import Forecast, Kind, deadlines, merge

DAY = timedelta(days=1)
OTHER = "www.shop.example"


@pytest.fixture
def forecast(shop, used, rows, now) -> Forecast:
    """Return the forecast of two hosts and three releases."""
    renewed = shop.chain("renewed", "api.shop.example", OTHER, days=30)
    policies = {
        name: [
            shop.policy(host=host, expires=now + 10 * DAY, on_expiry=end)
            for host in ("api.shop.example", OTHER)
        ]
        for name, end in (("3.1", OnExpiry.REFUSE), ("3.2", OnExpiry.REPORT))
    }
    releases = [
        used(*policies["3.1"], name="3.1", share=0.2),
        used(*policies["3.2"], name="3.2", share=0.3),
        used(*policies["3.2"], name="3.0", share=None),
    ]
    hosts = [rows(releases, renewed, host=host) for host in (OTHER, "api.shop.example")]
    return merge(now, hosts)


def test_rows_of_many_hosts_are_in_order(forecast) -> None:
    """By time, host, how bad, and release."""
    assert [
        (row.kind, row.host, row.used.release.name if row.used else None) for row in forecast.rows
    ] == [
        (Kind.BREAKS_NOW, "api.shop.example", "3.0"),
        (Kind.BREAKS_NOW, "api.shop.example", "3.1"),
        (Kind.BREAKS_NOW, "api.shop.example", "3.2"),
        (Kind.BREAKS_NOW, OTHER, "3.0"),
        (Kind.BREAKS_NOW, OTHER, "3.1"),
        (Kind.BREAKS_NOW, OTHER, "3.2"),
        (Kind.POLICY_REFUSES, "api.shop.example", "3.1"),
        (Kind.POLICY_ENDS, "api.shop.example", "3.0"),
        (Kind.POLICY_ENDS, "api.shop.example", "3.2"),
        (Kind.POLICY_REFUSES, OTHER, "3.1"),
        (Kind.POLICY_ENDS, OTHER, "3.0"),
        (Kind.POLICY_ENDS, OTHER, "3.2"),
        (Kind.CERTIFICATE_EXPIRES, "api.shop.example", None),
        (Kind.CERTIFICATE_EXPIRES, OTHER, None),
    ]


def test_releases_that_fare_alike_are_one_event(forecast, now) -> None:
    """Their users are added up."""
    first, *_, last = forecast.events
    assert (first.at, first.host, first.kind) == (now, "api.shop.example", Kind.BREAKS_NOW)
    assert [one.release.name for one in first.releases] == ["3.0", "3.1", "3.2"]
    (hit,) = first.hits
    assert (hit.share.fraction, hit.unknown) == (0.5, ("3.0",))
    assert (last.kind, last.releases, last.hits) == (Kind.CERTIFICATE_EXPIRES, (), ())


def test_deadlines_are_what_is_ahead(forecast, now) -> None:
    """The nearest first; what breaks already has no date."""
    found = deadlines(forecast)
    assert [(event.kind, event.host) for event in found] == [
        (Kind.POLICY_REFUSES, "api.shop.example"),
        (Kind.POLICY_ENDS, "api.shop.example"),
        (Kind.POLICY_REFUSES, OTHER),
        (Kind.POLICY_ENDS, OTHER),
        (Kind.CERTIFICATE_EXPIRES, "api.shop.example"),
        (Kind.CERTIFICATE_EXPIRES, OTHER),
    ]
    assert deadlines(forecast, until=now + 20 * DAY) == found[:4]
    assert deadlines(Forecast(now + 20 * DAY, forecast.rows)) == found[4:]


def test_a_forecast_may_be_empty(now) -> None:
    """Nothing is watched, and nothing happens."""
    assert merge(now, []) == Forecast(now, ())
    assert Forecast(now, ()).events == deadlines(Forecast(now, ())) == ()
