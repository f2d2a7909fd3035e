"""Which routes are told, and when."""

from datetime import UTC, datetime, time

import pytest

from keypin.alerts import Delivery, Hours, Match, Route, routes_for
from keypin.alerts.route import unknown_routes
from keypin.errors import InputError
from keypin.findings import Severity

ROUTES = (
    Route(name="all"),
    Route(name="web", match=Match(owners=("web",))),
    Route(name="errors", match=Match(severity=Severity.ERROR)),
    Route(name="digest", delivery=Delivery.DIGEST),
)


def names(notice) -> list[str]:
    """Return the names of the routes that are told."""
    return [one.name for one in routes_for(notice, ROUTES)]


def test_without_a_name_every_route_decides_itself(story, signal) -> None:
    """By what the alert counts as, not by what the finder said."""
    shop = story(severity=Severity.WARNING)
    shop.sees(signal())
    assert names(shop.notices[0]) == ["all", "digest"]
    shop = story()
    shop.sees(signal(owner="web"))
    assert names(shop.notices[0]) == ["all", "web", "errors", "digest"]


def test_routes_that_a_rule_names_are_told_alone(story, signal) -> None:
    """Whatever their own conditions say."""
    shop = story(routes=("web", "gone"))
    shop.sees(signal())
    assert names(shop.notices[0]) == ["web"]
    assert unknown_routes(("web", "gone", "gone"), ROUTES) == ("gone",)


BERLIN = Hours(begin=time(9), end=time(17, 30), zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ((2026, 11, 23, 8, 0), (2026, 11, 23, 8, 0)),
        ((2026, 11, 23, 7, 59), (2026, 11, 23, 8, 0)),
        ((2026, 11, 23, 16, 29), (2026, 11, 23, 16, 29)),
        ((2026, 11, 23, 16, 30), (2026, 11, 24, 8, 0)),
        ((2026, 11, 27, 22, 0), (2026, 11, 30, 8, 0)),
        ((2026, 3, 27, 22, 0), (2026, 3, 30, 7, 0)),
    ],
    ids=["begin", "before", "last-minute", "end", "weekend", "summer-time-begins"],
)
def test_hours_are_local(at, told) -> None:
    """Working hours in Berlin, Monday to Friday; what is told comes in UTC."""
    assert BERLIN.next(datetime(*at, tzinfo=UTC)) == datetime(*told, tzinfo=UTC)


def test_a_week_has_one_monday() -> None:
    """What is too late for it waits for the next."""
    mondays = Hours(days=("mon",), begin=time(9), end=time(10))
    assert mondays.next(datetime(2026, 11, 23, 10, tzinfo=UTC)) == datetime(
        2026, 11, 30, 9, tzinfo=UTC
    )


def test_what_is_urgent_is_told_at_night(story, signal) -> None:
    """An error at once, a warning in the morning, and nothing at night where the route says so."""
    night = datetime(2026, 11, 23, 23, tzinfo=UTC)
    morning = datetime(2026, 11, 24, 8, tzinfo=UTC)
    error, warning = story(), story()
    error.sees(signal())
    warning.sees(signal(severity=Severity.WARNING))
    office = Route(name="office", hours=BERLIN)
    assert office.due(error.notices[0], night) == night
    assert office.due(warning.notices[0], night) == morning
    asleep = Route(name="asleep", hours=BERLIN, urgent=None)
    assert asleep.due(error.notices[0], night) == morning
    assert Route(name="always").due(warning.notices[0], night) == night
    assert ROUTES[3].due(error.notices[0], night) is None


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"days": ()}, "the days (); expected some of mon, tue, wed, thu, fri, sat, sun"),
        ({"days": ("Mon",)}, "the days ('Mon',); expected some of mon, tue, wed, thu, fri, sat"),
        (
            {"begin": time(18), "end": time(8)},
            "hours from 18:00 to 08:00; expected an end after the beginning, on the same day",
        ),
        ({"zone": "Berlin"}, "the time zone 'Berlin'; expected an IANA name, as Europe/Berlin"),
        ({"zone": "../etc"}, "the time zone '../etc'; expected an IANA name, as Europe/Berlin"),
        ({"zone": ""}, "the time zone ''; expected an IANA name, as Europe/Berlin"),
        ({"zone": "Europe"}, "the time zone 'Europe'; expected an IANA name, as Europe/Berlin"),
    ],
)
def test_hours_that_never_come_are_refused(settings, error) -> None:
    """The error says what was seen, and what is possible."""
    with pytest.raises(InputError) as caught:
        Hours(**settings)
    assert str(caught.value).startswith(error)


def test_a_route_has_a_name_that_rules_can_give() -> None:
    """In kebab case."""
    with pytest.raises(InputError, match="the name of a route 'On call'"):
        Route(name="On call")
