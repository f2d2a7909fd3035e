"""The dates as a calendar, and the alerts as a feed, for those who would rather not look here.

A browser that is signed in may have them, and so may a program with a token that reads: a calendar
program or a reader of feeds that sends `Authorization: Bearer`.
"""

from starlette.responses import Response
from starlette.routing import BaseRoute

from keypin.alerts import Deadline, State, Subject
from keypin.alerts.calendar import calendar
from keypin.alerts.feed import feed
from keypin.findings import Severity
from keypin.watch.alerting.documents import alert_of
from keypin.watch.store import Scope
from keypin.watch.store.tables import alerts
from keypin.web.identity_frame import base_of
from keypin.web.pages import overview_read
from keypin.web.pages.desk import Desk, Somebody, shows
from keypin.web.pages.links import Links
from keypin.web.views.overview import Deadline as Shown
from keypin.web.views.parts import Tone

# Alerts in a feed; readers ask every hour.
_MANY = 100

_SEVERITIES = {Tone.BAD: Severity.ERROR, Tone.WARNING: Severity.WARNING}


class Feeds:
    """The calendar and the feed.

    Args:
        desk: what handlers are handed.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [shows("/deadlines.ics", self.dates), shows("/alerts.rss", self.news)]

    def dates(self, visit: Somebody) -> Response:
        """Send the calendar."""
        with visit.core.database.read(visit.identity.organisation) as scope:
            field = self._desk.fields.read(scope.connection, scope.organisation)
            # Without a base: a deadline's link is a path, which the calendar puts its base before.
            found = overview_read.deadlines(scope, field, Links(""), visit.at)
        text = calendar(
            map(_deadline, found), visit.at, base=_base(visit), name=_name(visit, "dates")
        )
        return Response(text, media_type="text/calendar; charset=utf-8")

    def news(self, visit: Somebody) -> Response:
        """Send the feed."""
        with visit.core.database.read(visit.identity.organisation) as scope:
            found = [alert_of(document) for document in _documents(scope)]
        text = feed(found, visit.at, base=_base(visit), name=_name(visit, "alerts"))
        return Response(text, media_type="application/rss+xml; charset=utf-8")


def _documents(scope: Scope) -> list[object]:
    active = [State.OPEN.value, State.ACKNOWLEDGED.value, State.RESOLVED.value]
    query = scope.select(alerts.c.document).where(alerts.c.state.in_(active))
    return list(scope.execute(query.order_by(alerts.c.since.desc()).limit(_MANY)).scalars())


def _deadline(one: Shown) -> Deadline:
    return Deadline(
        what="date",
        when=one.at,
        subject=Subject("watched", one.subject.text),
        severity=_SEVERITIES.get(one.tone, Severity.NOTE),
        title=one.what.removesuffix("."),
        link=one.subject.href,
        distinct=one.what,
    )


def _base(visit: Somebody) -> str:
    return f"{visit.core.settings.base_url}{base_of(visit.identity.organisation_name)}"


def _name(visit: Somebody, what: str) -> str:
    return f"keypin: {what} of {visit.identity.organisation_title}"
