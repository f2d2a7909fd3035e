"""The page Overview: what needs me today, and the next dates on which something breaks."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from keypin.alerts import State as Kept
from keypin.watch.store import Scope
from keypin.watch.store.tables import alerts
from keypin.web.pages import alerts_read, charts
from keypin.web.pages import overview_read as reading
from keypin.web.pages.charts import STRETCHES
from keypin.web.pages.desk import Desk, Somebody, shows
from keypin.web.pages.links import Links
from keypin.web.pages.listing import count
from keypin.web.views.overview import OverviewView

# Alerts that are shown here; the rest is a click away.
_NEEDS = 6


class Overview:
    """The overview.

    Args:
        desk: what handlers are handed.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [shows("/", self.show)]

    def show(self, visit: Somebody) -> Response:
        """Show it."""
        with visit.read() as scope:
            view = self._view(scope, visit)
        return self._desk.show(visit, "overview", view)

    def _view(self, scope: Scope, visit: Somebody) -> OverviewView:
        links, at, stretch = Links.of(visit), visit.at, STRETCHES[0]
        field = self._desk.fields.read(scope.connection, scope.organisation)
        rows = self._desk.sums.counted(scope, stretch, at)
        named = charts.causes(scope, (one.group for one in rows))
        opened = alerts_read.ids(Kept.OPEN, "", scope)
        worst = opened.order_by(alerts.c.rank, alerts.c.since.desc()).limit(_NEEDS)
        numbers = list(scope.execute(worst).scalars())
        return OverviewView(
            needs=tuple(alerts_read.rows(scope, numbers, links, at)),
            more=count(scope, opened) - len(numbers),
            waiting=count(scope, alerts_read.ids(Kept.PENDING, "", scope)),
            deadlines=reading.deadlines(scope, self._desk.fields.shelf, links, at),
            counts=reading.counts(scope, field, rows, links, at),
            chart=charts.chart("reports", "Reports", rows, named, stretch, at=at) if rows else None,
            parts=reading.parts(scope, at),
            steps=reading.steps(scope, field, links),
            calendar=links.to("/deadlines.ics"),
            feed=links.to("/alerts.rss"),
        )
