"""The dates as a calendar and the alerts as a feed, for a browser or a token that may read.

Programs that sign in nowhere have secret addresses (`keypin.web.feeds`), which Settings show.
"""

from starlette.responses import Response
from starlette.routing import BaseRoute

from keypin.watch.alerting import feeds
from keypin.web.pages.desk import Desk, Somebody, shows


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
        text = feeds.calendar(visit.core, visit.identity.organisation, self._desk.fields.shelf)
        return Response(text, media_type="text/calendar; charset=utf-8")

    def news(self, visit: Somebody) -> Response:
        """Send the feed."""
        text = feeds.rss(visit.core, visit.identity.organisation)
        return Response(text, media_type="application/rss+xml; charset=utf-8")
