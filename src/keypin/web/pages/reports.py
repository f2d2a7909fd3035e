"""The page Reports: what phones in the field refused, over time and by cause."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement
from starlette.responses import Response
from starlette.routing import BaseRoute

from keypin.watch.people.roles import Action as May
from keypin.watch.store import Scope
from keypin.watch.store.tables import report_groups
from keypin.web.pages import charts
from keypin.web.pages import reports_read as reading
from keypin.web.pages.charts import STRETCHES, Stretch
from keypin.web.pages.desk import Desk, Somebody, shows
from keypin.web.pages.links import Links
from keypin.web.pages.listing import Listing, Shape, count
from keypin.web.pages.reports_read import Which
from keypin.web.views.parts import Tab
from keypin.web.views.reports import COLLECTORS, GroupRow, ReportsView
from keypin.web.views.table import Column

SHAPE: Shape[GroupRow] = Shape(
    key="groups",
    title="Groups",
    columns=(
        Column("last", "Last"),
        Column("group", "Group"),
        Column("cause", "Cause"),
        Column("application", "Application"),
        Column("host", "Host"),
        Column("releases", "Releases"),
        Column("countries", "From"),
        Column("reports", "Reports", numeric=True),
        Column("sources", "Sources", numeric=True),
    ),
    default="-last",
    hint="host, cause or application",
    header=(
        "last",
        "group",
        "cause",
        "application",
        "host",
        "issuer",
        "key",
        "expected",
        "releases",
        "countries",
        "reports",
        "sources",
        "first",
        "burst since",
        "known",
    ),
    cells=lambda row: (
        row.last,
        row.group.text,
        row.cause.word,
        row.application,
        row.host,
        row.issuer,
        row.key,
        row.expected,
        row.releases,
        row.countries,
        row.reports,
        row.sources,
        row.first,
        row.burst,
        row.known,
    ),
)
_TABS = ((Which.OPEN, "To look at"), (Which.KNOWN, "Known"), (Which.ALL, "All"))
_SORTS: dict[str, tuple[ColumnElement[Any], ...]] = {
    "last": (report_groups.c.last_at,),
    "group": (report_groups.c.message,),
    "cause": (report_groups.c.classification, report_groups.c.last_at),
    "host": (report_groups.c.host, report_groups.c.last_at),
    "releases": (report_groups.c.release, report_groups.c.last_at),
    "countries": (report_groups.c.country, report_groups.c.last_at),
    "reports": (report_groups.c.count,),
    "sources": (report_groups.c.sources,),
}


class Reports:
    """The list of groups, with their chart.

    Args:
        desk: what handlers are handed.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        may = May.READ_REPORTS
        return [shows("/reports", self.show, may), shows("/reports.csv", self.csv, may)]

    def show(self, visit: Somebody) -> Response:
        """Show it."""
        links, stretch, which = (
            Links.of(visit),
            charts.asked_stretch(visit.request.query_params),
            _which(visit),
        )
        begin = charts.begin_of(stretch, visit.at)
        asked = SHAPE.asked(visit.request.query_params)
        span = STRETCHES.index(stretch)
        kept = (("span", str(span)), ("groups", which.value))
        with visit.read() as scope:
            rows = self._desk.sums.counted(scope, stretch, visit.at)
            named = charts.causes(scope, (one.group for one in rows))
            table = _listing(visit, stretch, which).page(scope, asked, links.to("/reports"), kept)
            drawn = charts.chart("over-time", "Reports", rows, named, stretch, at=visit.at)
            view = ReportsView(
                chart=drawn if _any(scope) else None,
                spans=charts.stretch_links(links.to(f"/reports?groups={which.value}&span=")),
                span=stretch.word,
                tabs=tuple(
                    Tab(
                        text=text,
                        count=count(scope, reading.ids(scope, "", begin, one.condition(visit.at))),
                        href=links.to(f"/reports?span={span}&groups={one.value}"),
                        current=one is which,
                    )
                    for one, text in _TABS
                ),
                groups=table,
                divisions=reading.divisions(reading.latest(scope, begin), reading.LATEST),
                collectors=COLLECTORS.of(reading.collectors(scope, visit.core.settings.base_url)),
            )
        return self._desk.show(visit, "reports", view)

    def csv(self, visit: Somebody) -> Response:
        """Send all groups."""
        asked = SHAPE.asked(visit.request.query_params)
        listing = _listing(visit, charts.asked_stretch(visit.request.query_params), _which(visit))
        return listing.csv(visit.core.database, visit.identity.organisation, asked)


def _any(scope: Scope) -> bool:
    return scope.value(scope.select(report_groups.c.id).limit(1)) is not None


def _which(visit: Somebody) -> Which:
    said = visit.request.query_params.get("groups", "")
    return next((one for one in Which if one.value == said), Which.OPEN)


def _listing(visit: Somebody, stretch: Stretch, which: Which) -> Listing[GroupRow]:
    links, begin = Links.of(visit), charts.begin_of(stretch, visit.at)

    def rows(scope: Scope, numbers: Sequence[int]) -> Sequence[GroupRow]:
        return reading.rows(scope, numbers, links, visit.at)

    return Listing(
        shape=SHAPE,
        ids=lambda scope, query: reading.ids(scope, query, begin, which.condition(visit.at)),
        sorts={**_SORTS, "application": reading.by_application(visit.identity.organisation)},
        number=report_groups.c.id,
        rows=rows,
    )
