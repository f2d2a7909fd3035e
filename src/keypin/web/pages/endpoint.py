"""The page Endpoint: one endpoint, and what may be done with it."""

from sqlalchemy import RowMapping
from starlette.datastructures import QueryParams
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
from keypin.web.pages.history import STRETCHES, Stretch
from keypin.web.pages.links import Links
from keypin.web.pages.listing import Shape, csv, page_of, sorted_here
from keypin.web.views.endpoint import EndpointView, LoggedRow, ProbeRow
from keypin.web.views.form import Field, Form
from keypin.web.views.parts import Action
from keypin.web.views.table import Column, Table

LOGGED: Shape[LoggedRow] = Shape(
    key="logged",
    title="In logs",
    columns=(
        Column("subject", "Certificate"),
        Column("issuer", "Issuer"),
        Column("logged", "Logged"),
        Column("ends", "Ends"),
        Column("state", "State"),
        Column("", "If deployed"),
    ),
    default="-logged",
    hint="name or issuer",
    header=("certificate", "issuer", "logged", "log", "ends", "state", "refused by"),
    cells=lambda row: (
        row.subject.text,
        row.issuer,
        row.logged,
        row.log,
        row.ends,
        row.state.word,
        tuple(one.release.text for one in row.releases if one.verdict == "mismatch"),
    ),
)
PROBES: Shape[ProbeRow] = Shape(
    key="probes",
    title="Last handshakes",
    columns=(
        Column("address", "Address"),
        Column("vantage", "From"),
        Column("key", "Key"),
        Column("at", "Read"),
        Column("state", "State"),
        Column("", "TLS"),
        Column("", "Leaf"),
    ),
    default="address",
    hint="address",
    header=("address", "from", "key", "read", "state", "TLS", "leaf", "detail"),
    cells=lambda row: (
        row.address,
        row.vantage,
        row.key_kind,
        row.at,
        row.state.word,
        row.tls,
        row.leaf,
        row.detail,
    ),
)


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
            shows("/endpoints/{number}/logged.csv", self.logged_csv),
            shows("/endpoints/{number}/probes.csv", self.probes_csv),
            shows("/endpoints/{number}/logged", self.show),
            shows("/endpoints/{number}/probes", self.show),
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

    def logged_csv(self, visit: Somebody) -> Response:
        """Send the certificates that logs hold for it."""
        with visit.core.database.read(visit.identity.organisation) as scope:
            links, row = Links.of(visit), _row(scope, visit)
            seen = filling.see(self._desk, scope, row, links, visit.at)
            return csv(LOGGED, filling.logged(self._desk, scope, seen, links, visit.at))

    def probes_csv(self, visit: Somebody) -> Response:
        """Send its last handshakes."""
        with visit.core.database.read(visit.identity.organisation) as scope:
            row = _row(scope, visit)
            seen = filling.see(self._desk, scope, row, Links.of(visit), visit.at)
        return csv(PROBES, filling.probes(seen))

    def change(self, visit: Somebody) -> Response:
        """Change owner, tags and how often it is read."""
        try:
            with visit.core.database.begin(visit.identity.organisation) as scope:
                row = _row(scope, visit)
                entry = entry_of(visit, str(kept.place(row)))
                audited(scope, visit, kept.change(scope, row["id"], entry))
        except InputError as error:
            return self._page(visit, error=str(error))
        return done(visit, f"/endpoints/{number_of(visit)}", "endpoint-changed")

    def probe(self, visit: Somebody) -> Response:
        """Have it read at once."""
        with visit.core.database.begin(visit.identity.organisation) as scope:
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
        with visit.core.database.begin(visit.identity.organisation) as scope:
            number = _row(scope, visit)["id"]
            free = scope.update(ct_findings).where(ct_findings.c.endpoint == number)
            scope.execute(free.values(endpoint=None))
            audited(scope, visit, kept.remove(scope, number))
        return done(visit, "/endpoints", "endpoint-removed")

    def _switch(self, visit: Somebody, *, enabled: bool, said: str) -> Response:
        with visit.core.database.begin(visit.identity.organisation) as scope:
            number = _row(scope, visit)["id"]
            audited(scope, visit, kept.switch(scope, number, enabled=enabled))
        return done(visit, f"/endpoints/{number}", said)

    def _page(self, visit: Somebody, *, error: str = "") -> Response:
        with visit.core.database.read(visit.identity.organisation) as scope:
            view = self._view(scope, visit, error)
        status = REFUSED if error else 200
        return self._desk.show(visit, "endpoints", view, status=status)

    def _view(self, scope: Scope, visit: Somebody, error: str) -> EndpointView:
        links, row, at = Links.of(visit), _row(scope, visit), visit.at
        seen = filling.see(self._desk, scope, row, links, at)
        stretch = _stretch(visit)
        logged = filling.logged(self._desk, scope, seen, links, at)
        tables = _Tables(visit, links.to(f"/endpoints/{row['id']}"))
        return EndpointView(
            row=filling.row_of(seen, links),
            vantages=filling.vantages(seen),
            chains=filling.chains_now(seen, links),
            releases=filling.releases_now(seen, links),
            findings=filling.findings(seen),
            timeline=filling.timeline(self._desk, scope, seen, stretch, at),
            spans=filling.stretches(links, row["id"]),
            span=stretch.word,
            expiries=filling.expiries(seen, at),
            logged=tables.logged(logged),
            probes=tables.probes(filling.probes(seen)),
            actions=_actions(visit, row, links),
            edit=_edit(scope, visit, row, links, error),
        )


class _Tables:
    """The two tables of the page: what the address asks is of the one that it names."""

    def __init__(self, visit: Somebody, path: str) -> None:
        self._visit, self._path = visit, path

    def logged(self, rows: tuple[LoggedRow, ...]) -> Table[LoggedRow]:
        asked = LOGGED.asked(self._query("logged"))
        found = sorted_here(
            LOGGED,
            rows,
            asked,
            {
                "subject": lambda row: row.subject.text,
                "issuer": lambda row: row.issuer,
                "logged": lambda row: row.logged,
                "ends": lambda row: row.ends,
                "state": lambda row: row.state.word,
            },
            lambda row: f"{row.subject.text} {row.issuer}",
        )
        return page_of(LOGGED, found, asked, f"{self._path}/logged")

    def probes(self, rows: tuple[ProbeRow, ...]) -> Table[ProbeRow]:
        asked = PROBES.asked(self._query("probes"))
        found = sorted_here(
            PROBES,
            rows,
            asked,
            {
                "address": lambda row: row.address,
                "vantage": lambda row: row.vantage,
                "key": lambda row: row.key_kind,
                "at": lambda row: row.at,
                "state": lambda row: row.state.word,
            },
            lambda row: f"{row.address} {row.vantage} {row.state.word}",
        )
        return page_of(PROBES, found, asked, f"{self._path}/probes")

    def _query(self, name: str) -> QueryParams:
        mine = self._visit.request.url.path.endswith(f"/{name}")
        return self._visit.request.query_params if mine else QueryParams()


def _row(scope: Scope, visit: Somebody) -> RowMapping:
    number = number_of(visit)
    found = reading.read(scope, [number]).get(number)
    if found is None:
        raise missing("There is no such endpoint. It may have been removed.")
    return found


def _stretch(visit: Somebody) -> Stretch:
    text = visit.request.query_params.get("span", "1")
    known = text.isdecimal() and len(text) == 1 and int(text) < len(STRETCHES)
    return STRETCHES[int(text) if known else 1]


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
    fields: tuple[Field, ...] = more_fields(scope, owner, tags, interval)
    return Form(
        key="edit-endpoint",
        action=links.to(f"/endpoints/{row['id']}"),
        title="Owner, tags and schedule",
        submit="Keep it",
        error=error,
        fields=fields,
    )
