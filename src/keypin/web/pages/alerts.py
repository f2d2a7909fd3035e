"""The page Alerts: what somebody must look at, by how far people got with it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from starlette.responses import Response
from starlette.routing import BaseRoute

from keypin.alerts import State as Kept
from keypin.errors import InputError
from keypin.watch.alerting import silences
from keypin.watch.people.roles import Action as May
from keypin.watch.store import Scope
from keypin.watch.store.tables import alerts
from keypin.web.pages import alerts_chosen as chosen
from keypin.web.pages import alerts_read as reading
from keypin.web.pages.desk import REFUSED, Desk, Somebody, changes, done, shows
from keypin.web.pages.links import Links
from keypin.web.pages.listing import Listing, Shape, count
from keypin.web.views.alerts import AlertRow, AlertsView
from keypin.web.views.parts import Tab
from keypin.web.views.table import Column

SHAPE: Shape[AlertRow] = Shape(
    key="alerts",
    title="Alerts",
    columns=(
        Column("severity", "Severity"),
        Column("title", "Alert"),
        Column("subject", "About"),
        Column("", "Users", numeric=True),
        Column("since", "Since"),
        Column("", "State"),
        Column("owner", "Owner"),
    ),
    default="-since",
    hint="title, subject or owner",
    header=("severity", "alert", "about", "share of users", "since", "state", "owner", "next step"),
    cells=lambda row: (
        row.severity.value,
        row.title,
        row.subject.text,
        row.affected,
        row.since,
        row.state.word,
        row.owner,
        row.next_step,
    ),
)
_SORTS = {
    "severity": (alerts.c.rank, alerts.c.since),
    "title": (alerts.c.title,),
    "subject": (alerts.c.subject,),
    "since": (alerts.c.since,),
    "owner": (alerts.c.owner,),
}
_CHOOSE = Column("", "Choose", quiet=True)
_TABS = (
    (Kept.OPEN, "Open"),
    (Kept.ACKNOWLEDGED, "Taken care of"),
    (Kept.PENDING, "Waiting"),
    (Kept.RESOLVED, "Resolved"),
)


class Alerts:
    """The list of alerts.

    Args:
        desk: what handlers are handed.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            shows("/alerts", self.show),
            shows("/alerts.csv", self.csv),
            changes("/alerts/chosen", self.act, May.WRITE_ALERTS),
        ]

    def show(self, visit: Somebody) -> Response:
        """Show the list."""
        return self._page(visit)

    def act(self, visit: Somebody) -> Response:
        """Do the same to several alerts."""
        try:
            with visit.begin() as scope:
                said = chosen.act(scope, visit)
        except InputError as error:
            return self._page(visit, str(error))
        return done(visit, f"/alerts?state={_state(visit).value}", said)

    def _page(self, visit: Somebody, error: str = "") -> Response:
        links, state = Links.of(visit), _state(visit)
        may = visit.identity.may(May.WRITE_ALERTS)
        asked = SHAPE.asked(visit.request.query_params)
        with visit.read() as scope:
            kept = (("state", state.value),)
            table = _listing(visit, state).page(scope, asked, links.to("/alerts"), kept)
            all_tabs = tabs(scope, links, visit.at, state)
        some = chosen.form(visit, state, links, error) if may and table.rows else None
        view = AlertsView(
            tabs=all_tabs,
            table=replace(table, columns=(_CHOOSE, *table.columns)) if some else table,
            chosen=some,
            feed=links.to("/alerts.rss"),
            routes=links.to("/settings/routes"),
        )
        status = REFUSED if error else 200
        return self._desk.show(visit, "alerts", view, status=status, path="/alerts")

    def csv(self, visit: Somebody) -> Response:
        """Send all of it."""
        asked = SHAPE.asked(visit.request.query_params)
        listing = _listing(visit, _state(visit))
        return listing.csv(visit.core.database, visit.identity.organisation, asked)


def tabs(scope: Scope, links: Links, at: datetime, current: Kept | None) -> tuple[Tab, ...]:
    """Return the states of alerts, and beside them the silences.

    Args:
        scope: whose.
        links: theirs.
        at: now.
        current: the state that is shown; None for the silences.
    """
    found = [
        Tab(
            text=text,
            count=count(scope, reading.ids(one, "", scope)),
            href=links.to(f"/alerts?state={one.value}"),
            current=one is current,
        )
        for one, text in _TABS
    ]
    quiet = len(silences.listed(scope, at))
    return (*found, Tab("Silences", quiet, links.to("/silences"), current is None))


def _state(visit: Somebody) -> Kept:
    said = visit.text("state") or visit.request.query_params.get("state", "")
    return next((one for one, _ in _TABS if one.value == said), Kept.OPEN)


def _listing(visit: Somebody, state: Kept) -> Listing[AlertRow]:
    links = Links.of(visit)

    def rows(scope: Scope, numbers: Sequence[int]) -> Sequence[AlertRow]:
        return reading.rows(scope, numbers, links, visit.at)

    return Listing(
        shape=SHAPE,
        ids=lambda scope, query: partial(reading.ids, state, query)(scope),
        sorts=_SORTS,
        number=alerts.c.id,
        rows=rows,
    )
