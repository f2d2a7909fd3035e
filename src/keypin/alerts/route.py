"""A route: a way to people, by name. Its address is a secret and is kept elsewhere.

Which routes are told of a notice follows from two things: the rule names them, or else each route
says itself what it wants. A route that a rule names is told whatever its own conditions say.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from keypin.alerts.match import Match
from keypin.alerts.notice import Notice
from keypin.alerts.signal import graver, kebab
from keypin.errors import InputError
from keypin.findings import Severity

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


GRAVE = Match(severity=Severity.WARNING)
"""What routes want unless they say otherwise: warnings and errors."""


class Delivery(StrEnum):
    """When a route is told."""

    AT_ONCE = "at-once"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """When people of a route are there.

    Attributes:
        days: of the week, three letters each.
        begin: the local time at which a day begins.
        end: the local time at which it ends, after its beginning.
        zone: the IANA name of the time zone, as `Europe/Berlin`.
    """

    days: tuple[str, ...] = DAYS[:5]
    begin: time = time(8)
    end: time = time(18)
    zone: str = "UTC"

    def __post_init__(self) -> None:
        """Refuse hours that never come."""
        if not self.days or not set(self.days) <= set(DAYS):
            raise InputError(f"the days {self.days}", expected="some of " + ", ".join(DAYS))
        if self.begin >= self.end:
            raise InputError(
                f"hours from {self.begin:%H:%M} to {self.end:%H:%M}",
                expected="an end after the beginning, on the same day",
            )
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise InputError(
                f"the time zone {self.zone!r}", expected="an IANA name, as Europe/Berlin"
            ) from error

    def next(self, at: datetime) -> datetime:
        """Return `at` if it is within the hours, or else their next beginning, in UTC."""
        zone = ZoneInfo(self.zone)
        today = at.astimezone(zone).date()
        # A week from now has a day of each name.
        spans = (self._span(today + timedelta(days=ahead), zone) for ahead in range(8))
        return next(max(at, begin) for begin, end in spans if begin < end and at < end)

    def _span(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return begin and end of the hours of a day; both the same where it has none."""
        begin, end = (
            datetime.combine(day, moment, zone).astimezone(UTC) for moment in (self.begin, self.end)
        )
        return begin, end if DAYS[day.weekday()] in self.days else begin


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A way to people.

    Attributes:
        name: in kebab case; rules name it.
        match: what it wants to be told of, where no rule names routes; warnings and errors
            unless stated.
        delivery: at once, or in a digest.
        hours: when its people are there, or None for always.
        urgent: how bad something must be to be told outside the hours, or None for never.
    """

    name: str
    match: Match = GRAVE
    delivery: Delivery = Delivery.AT_ONCE
    hours: Hours | None = None
    urgent: Severity | None = Severity.ERROR

    def __post_init__(self) -> None:
        """Refuse a name that no rule could name."""
        kebab(self.name, "name of a route")

    def due(self, notice: Notice, at: datetime) -> datetime | None:
        """Return when a notice is told here, from `at` on; None where it waits for the digest."""
        if self.delivery is Delivery.DIGEST:
            return None
        if self.hours is None:
            return at
        if self.urgent is not None and not graver(self.urgent, notice.alert.severity):
            return at
        return self.hours.next(at)


def routes_for(notice: Notice, routes: Iterable[Route]) -> tuple[Route, ...]:
    """Return the routes that are told of a notice, in their order.

    Args:
        notice: what is told.
        routes: those of the notice's organisation.
    """
    signal = replace(notice.alert.signal, severity=notice.alert.severity)
    return tuple(
        route
        for route in routes
        if route.name in notice.routes or (notice.by_match and route.match.covers(signal))
    )


def unknown_routes(names: Iterable[str], routes: Iterable[Route]) -> tuple[str, ...]:
    """Return the names, of those that rules give, that no route has."""
    known = {route.name for route in routes}
    return tuple(dict.fromkeys(name for name in names if name not in known))
