"""The page Endpoint: one endpoint, and what may be done with it."""

from sqlalchemy import RowMapping
from starlette.responses import Response
from starlette.routing import BaseRoute

from keypin.errors import InputError
from keypin.watch.inventory import endpoints as kept
from keypin.watch.people import audit
from keypin.watch.people.roles import Action as May
from keypin.watch.store import Scope
from keypin.watch.store.tables import ct_findings, schedules
from keypin.web.pages import endpoint_view as filling
from keypin.web.pages import endpoints_read as reading
from keypin.web.pages.audited import audited
from keypin.web.pages.desk import (
    REFUSED,
    Desk,
    Somebody,
    changes,
    done,
    missing,
    number_of,
    shows,
)
from keypin.web.pages.endpoints import entry_of, more_fields
from keypin.web.pages.history import STRETCHES, Stretch, usual
from keypin.web.pages.issuers import issuers_field
from keypin.web.pages.links import Links
from keypin.web.views.endpoint import LOGGED, PROBES, EndpointView
from keypin.web.views.form import Field, Form
from keypin.web.views.parts import Action
from keypin.web.views.verdicts import verdicts


class OneEndpoint:
    """The page of one endpoint.

    Args:
        desk: what handlers are handed.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        may = May.WRITE_ENDPOINTS
        return [
            shows("/endpoints/{number}", self.show),
            changes("/endpoints/{number}", self.change, may),
            changes("/endpoints/{number}/probe", self.probe, may),
            changes("/endpoints/{number}/pause", self.pause, may),
            changes("/endpoints/{number}/resume", self.resume, may),
            changes("/endpoints/{number}/remove", self.remove, may),
        ]

    def show(self, visit: Somebody) -> Response:
        """Show it."""
        return self._page(visit)

    def change(self, visit: Somebody) -> Response:
        """Change owner, tags, and how often and from where it is read."""
        try:
            with visit.begin() as scope:
                row = _row(scope, visit)
                entry = entry_of(visit, str(kept.place(row)))
                audited(scope, visit, kept.change(scope, row["id"], entry))
        except InputError as error:
            return self._page(visit, error=str(error))
        return done(visit, f"/endpoints/{number_of(visit)}", "endpoint-changed")

    def probe(self, visit: Somebody) -> Response:
        """Have it read at once."""
        with visit.begin() as scope:
            row = _row(scope, visit)
            due = scope.update(schedules).where(schedules.c.endpoint == row["id"])
            scope.execute(due.values(due_at=visit.at))
            where = str(kept.place(row))
            actor = visit.identity.actor
            audit.record(scope, actor, "endpoint.probe", where, {}, at=visit.at)
        return done(visit, f"/endpoints/{row['id']}", "endpoint-due")

    def pause(self, visit: Somebody) -> Response:
        """Read it no longer."""
        return self._switch(visit, enabled=False, said="endpoint-paused")

    def resume(self, visit: Somebody) -> Response:
        """Read it again."""
        return self._switch(visit, enabled=True, said="endpoint-resumed")

    def remove(self, visit: Somebody) -> Response:
        """Forget it, with what it showed; what logs hold stays."""
        with visit.begin() as scope:
            number = _row(scope, visit)["id"]
            free = scope.update(ct_findings).where(ct_findings.c.endpoint == number)
            scope.execute(free.values(endpoint=None))
            audited(scope, visit, kept.remove(scope, number))
        return done(visit, "/endpoints", "endpoint-removed")

    def _switch(self, visit: Somebody, *, enabled: bool, said: str) -> Response:
        with visit.begin() as scope:
            number = _row(scope, visit)["id"]
            audited(scope, visit, kept.switch(scope, number, enabled=enabled))
        return done(visit, f"/endpoints/{number}", said)

    def _page(self, visit: Somebody, *, error: str = "") -> Response:
        with visit.read() as scope:
            view = self._view(scope, visit, error)
        status = REFUSED if error else 200
        return self._desk.show(visit, "endpoints", view, status=status)

    def _view(self, scope: Scope, visit: Somebody, error: str) -> EndpointView:
        links, row, at = Links.of(visit), _row(scope, visit), visit.at
        seen = filling.see(self._desk, scope, row, links, at)
        stretch = _stretch(visit, row)
        return EndpointView(
            row=filling.row_of(seen, links),
            vantages=filling.vantages(seen),
            chains=filling.chains_now(seen, links),
            releases=verdicts(filling.releases_now(seen, links)),
            findings=filling.findings(seen),
            doubt=filling.doubt(seen),
            timeline=filling.timeline(self._desk, scope, seen, stretch, at),
            spans=filling.stretches(links, row["id"]),
            span=stretch.word,
            expiries=filling.expiries(seen, at),
            logged=LOGGED.of(filling.logged(self._desk, scope, seen, links, at)),
            probes=PROBES.of(filling.probes(seen)),
            actions=_actions(visit, row, links),
            edit=_edit(scope, visit, row, links, error),
        )


def _row(scope: Scope, visit: Somebody) -> RowMapping:
    number = number_of(visit)
    found = reading.read(scope, [number]).get(number)
    if found is None:
        raise missing("There is no such endpoint. It may have been removed.")
    return found


def _stretch(visit: Somebody, row: RowMapping) -> Stretch:
    known = {str(index): one for index, one in enumerate(STRETCHES)}
    asked = known.get(visit.request.query_params.get("span", ""))
    return asked or usual(visit.at - row["created_at"])


def _actions(visit: Somebody, row: RowMapping, links: Links) -> tuple[Action, ...]:
    if not visit.identity.may(May.WRITE_ENDPOINTS):
        return ()
    path = links.to(f"/endpoints/{row['id']}")
    pause = Action("Pause", f"{path}/pause", "clock")
    resume = Action("Resume", f"{path}/resume", "player-play")
    return (
        *([Action("Read it now", f"{path}/probe", "refresh")] if row["enabled"] else []),
        pause if row["enabled"] else resume,
        Action(
            "Remove",
            f"{path}/remove",
            danger=True,
            confirm="Remove it? What it showed is forgotten.",
        ),
    )


def _edit(scope: Scope, visit: Somebody, row: RowMapping, links: Links, error: str) -> Form | None:
    if not visit.identity.may(May.WRITE_ENDPOINTS):
        return None
    sent = bool(visit.form)
    owner = visit.text("owner") if sent else row["owner"] or ""
    tags = visit.text("tags") if sent else " ".join(row["tags"])
    interval = visit.text("interval") if sent else str(row["interval"])
    points = visit.text("vantage_points") if sent else " ".join(row["vantage_points"])
    issuers = row["expected_issuers"] or ()
    nobody = "whom the applications that pin it name, or CT"
    fields: tuple[Field, ...] = (
        *more_fields(scope, owner, tags, interval, points),
        issuers_field(visit, issuers, sent=sent, nobody=nobody),
    )
    return Form(
        key="edit-endpoint",
        action=links.to(f"/endpoints/{row['id']}"),
        title="Owner, tags, schedule and issuers",
        submit="Keep it",
        error=error,
        fields=fields,
    )
