"""The page CT: certificates that logs hold for watched names, and how far behind each log is."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, RowMapping, String, func, or_, select, true
from sqlalchemy import cast as as_text
from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.routing import BaseRoute

from keypin.ct.watch_list import Kind
from keypin.errors import InputError
from keypin.watch.inventory import Field, ct_watch
from keypin.watch.inventory.portions import portions
from keypin.watch.people.roles import Action as May
from keypin.watch.store import Scope
from keypin.watch.store.tables import ct_findings, ct_logs, endpoints
from keypin.watch.transparency import lists
from keypin.watch.transparency.names import pinned_names
from keypin.web.pages import ct_watch as watching
from keypin.web.pages import issued_read as reading
from keypin.web.pages.desk import REFUSED, Desk, Somebody, changes, done, shows
from keypin.web.pages.faults import NONE, Faults, faults
from keypin.web.pages.links import Links
from keypin.web.pages.listing import BOUND, Ids, Listing, Shape, count
from keypin.web.views.ct import LOGS, CtView, IssuedRow, LogRow
from keypin.web.views.parts import State, Tab, Tone
from keypin.web.views.table import Column
from keypin.web.words import plural

FOUND: Shape[IssuedRow] = Shape(
    key="found",
    title="Found in logs",
    columns=(
        Column("found", "Found"),
        Column("severity", "Severity"),
        Column("names", "Names"),
        Column("issuer", "Issuer"),
        Column("deployed", "Deployed"),
    ),
    default="-found",
    hint="name, issuer or what follows",
    header=(
        "found",
        "severity",
        "names",
        "issuer",
        "message",
        "deployed",
        "log",
        "sha256",
        "acknowledged by",
    ),
    cells=lambda row: (
        row.found,
        row.severity.value,
        row.names,
        row.issuer,
        row.message,
        row.deployed.word,
        row.log,
        row.sha256,
        row.acknowledged,
    ),
)
_SORTS = {
    "found": (ct_findings.c.known_at,),
    "severity": (ct_findings.c.severity, ct_findings.c.known_at),
    "names": (as_text(ct_findings.c.names, String), ct_findings.c.known_at),
    "issuer": (ct_findings.c.issuer, ct_findings.c.known_at),
    "deployed": (ct_findings.c.deployed_at, ct_findings.c.known_at),
}


class Which(StrEnum):
    """Which findings a list has."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    ALL = "all"

    @property
    def condition(self) -> ColumnElement[bool]:
        """It as a condition of rows."""
        nobody = ct_findings.c.acknowledged_at.is_(None)
        return {Which.OPEN: nobody, Which.ACKNOWLEDGED: ~nobody, Which.ALL: true()}[self]


_TABS = (
    (Which.OPEN, "Not acknowledged"),
    (Which.ACKNOWLEDGED, "Acknowledged"),
    (Which.ALL, "All"),
)

# A log that was not heard of for so long is silent; one whose newest entry is as old is behind.
_SILENT, _BEHIND = timedelta(hours=1), timedelta(hours=1)

# What the reader of a log calls one that it reads.
_KNOWN = frozenset({"followed", "behind"})


class Ct:
    """What logs hold, and the logs.

    Args:
        desk: what handlers are handed.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            shows("/ct", self.show),
            shows("/ct.csv", self.csv),
            changes("/ct/watch", self.watch, May.WRITE_INVENTORY),
        ]

    def show(self, visit: Somebody) -> Response:
        """Show both tables."""
        return self._page(visit)

    def watch(self, visit: Somebody) -> Response:
        """Say who may issue."""
        try:
            with visit.begin() as scope:
                watching.change(scope, visit)
        except InputError as error:
            return self._page(visit, faults(error))
        return done(visit, "/ct", "ct-watch")

    def _page(self, visit: Somebody, wrong: Faults = NONE) -> Response:
        path, query = Links.of(visit).to("/ct"), visit.request.query_params
        which = _which(query)
        with visit.read() as scope:
            found = _listing(visit, which).page(
                scope, FOUND.asked(query), path, (("which", which.value),)
            )
            logs = _logs(scope, visit.at)
            found_by = lists.reading(scope.connection, visit.at, scope.organisation)
            expected = ct_watch.find(scope)
            may = visit.identity.may(May.WRITE_INVENTORY)
            view = CtView(
                summary=_summary(logs, found_by),
                unread=_unread(found_by),
                watched=_watched(
                    scope, self._desk.fields.read(scope.connection, scope.organisation)
                ),
                expected=tuple(watching.said(expected)),
                watch=watching.form(visit, expected, wrong) if may else None,
                tabs=tuple(
                    Tab(
                        text=text,
                        count=count(scope, _ids(scope, "", one)),
                        href=f"{path}?which={one.value}",
                        current=one is which,
                    )
                    for one, text in _TABS
                ),
                found=found,
                logs=LOGS.of(logs),
                chart=None,
            )
        status = REFUSED if wrong else 200
        return self._desk.show(visit, "ct", view, status=status, path="/ct")

    def csv(self, visit: Somebody) -> Response:
        """Send all that was found."""
        query = visit.request.query_params
        listing = _listing(visit, _which(query))
        return listing.csv(visit.core.database, visit.identity.organisation, FOUND.asked(query))


def _which(query: QueryParams) -> Which:
    text = query.get("which", "")
    return Which(text) if text in set(Which) else Which.OPEN


def _listing(visit: Somebody, which: Which) -> Listing[IssuedRow]:
    links = Links.of(visit)

    def rows(scope: Scope, numbers: Sequence[int]) -> Sequence[IssuedRow]:
        return reading.rows(scope, numbers, links, visit.at)

    return Listing(
        shape=FOUND,
        ids=lambda scope, query: _ids(scope, query, which),
        sorts=_SORTS,
        number=ct_findings.c.id,
        rows=rows,
    )


def _ids(scope: Scope, query: str, which: Which) -> Ids:
    found = scope.select(ct_findings.c.id).where(which.condition)
    if not query:
        return found
    texts = as_text(ct_findings.c.names, String), ct_findings.c.issuer, ct_findings.c.message
    return found.where(or_(*(one.icontains(query, autoescape=True) for one in texts)))


def _watched(scope: Scope, field: Field) -> int:
    """Return how many names are watched, as many as are counted: of endpoints, and of pins."""
    hosts = scope.select(endpoints.c.host).distinct()
    pinned = set(pinned_names(field.pinning.pin_sets.values()))
    alone = {name for kind, name in pinned if kind is Kind.NAME}
    both = sum(count(scope, hosts.where(endpoints.c.host.in_(some))) for some in portions(alone))
    return count(scope, hosts, BOUND * 2) + len(pinned) - both


def _logs(scope: Scope, at: datetime) -> list[LogRow]:
    rows = scope.rows(select(ct_logs).order_by(func.lower(ct_logs.c.name)))
    return [_log(row, at) for row in rows]


def _log(row: RowMapping, at: datetime) -> LogRow:
    lag = None if row["lag"] is None else timedelta(seconds=row["lag"])
    return LogRow(
        name=row["name"],
        operator=row["operator"],
        state=_state(row, lag, at),
        size=row["size"],
        behind=max(0, row["size"] - row["position"]),
        lag=lag,
        rate=row["rate"] or 0.0,
        heard=row["updated_at"],
        detail=row["problem"] or "",
    )


def _state(row: RowMapping, lag: timedelta | None, at: datetime) -> State:
    """Return how a log is: as its reader says, unless nothing was heard of either for long."""
    word = str(row["state"])
    if word == "silent" or at - row["updated_at"] > _SILENT:
        return State(Tone.BAD, "silent")
    if word not in _KNOWN:
        return State(Tone.BAD if row["problem"] else Tone.QUIET, word)
    late = word == "behind" or (lag is not None and lag > _BEHIND)
    return State(Tone.WARNING, "behind") if late else State(Tone.GOOD, "followed")


def _unread(found: lists.Reading) -> tuple[str, ...]:
    """Say why no log is read, or that it is by a list which cannot be renewed; and what to do."""
    said = found.unread or found.lost
    return (f"{said[:1].upper()}{said[1:]}.", found.step) if said else ()


def _summary(logs: Sequence[LogRow], found: lists.Reading) -> State:
    if found.unread or not logs:
        return State(Tone.BAD if found.lost else Tone.UNKNOWN, "No log is read")
    late = [one for one in logs if one.state.tone is not Tone.GOOD]
    if not late:
        return State(Tone.GOOD, f"{plural(len(logs), 'log')} followed, none behind")
    return State(
        Tone.WARNING, f"{len(late)} of {plural(len(logs), 'log')} not followed as it grows"
    )
