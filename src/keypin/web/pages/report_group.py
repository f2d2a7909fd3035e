"""The page of one group of reports: why, over time, what was shown, and the newest of them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, or_
from starlette.responses import Response
from starlette.routing import BaseRoute

from keypin.errors import InputError
from keypin.findings import Finding, Severity
from keypin.reports import Group
from keypin.watch.collecting import knowing
from keypin.watch.inventory import UnknownError
from keypin.watch.people.roles import Action as May
from keypin.watch.store import Scope
from keypin.watch.store.tables import report_groups, reports
from keypin.web.asked import Asked
from keypin.web.days import end_of
from keypin.web.pages import charts
from keypin.web.pages import report_marks as marks
from keypin.web.pages import reports_read as reading
from keypin.web.pages.chains_shown import certificates_shown
from keypin.web.pages.charts import STRETCHES
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
from keypin.web.pages.faults import NONE, Faults, faults
from keypin.web.pages.links import Links
from keypin.web.pages.listing import Ids, Listing, Shape
from keypin.web.pages.standing import pinned_by
from keypin.web.views.parts import ChainShown
from keypin.web.views.reports import GroupView, ReportRow
from keypin.web.views.table import Column

SHAPE: Shape[ReportRow] = Shape(
    key="reports",
    title="Newest reports",
    columns=(
        Column("at", "Received"),
        Column("release", "Release"),
        Column("platform", "Platform"),
        Column("network", "Network"),
        Column("country", "Country"),
        Column("", "Form"),
    ),
    default="-at",
    hint="release, platform, network or country",
    header=("received", "release", "platform", "network", "country", "form"),
    cells=lambda row: (row.at, row.release, row.platform, row.network, row.country, row.form),
)
_SORTS: dict[str, tuple[Any, ...]] = {
    "at": (reports.c.received_at,),
    "release": (reports.c.version, reports.c.received_at),
    "platform": (reports.c.platform, reports.c.received_at),
    "network": (reports.c.network, reports.c.received_at),
    "country": (reports.c.country, reports.c.received_at),
}

_MISSING = "There is no such group of reports, or it has no mark."

# Single reports of a group that a table sorts and filters: the newest, as many as people look at.
_NEWEST = 1_000


class OneGroup:
    """The page of one group.

    Args:
        desk: what handlers are handed.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        may = May.READ_REPORTS
        return [
            shows("/reports/{number}.csv", self.csv, may),
            shows("/reports/{number}", self.show, may),
            changes("/reports/{number}/mark", self.mark, May.WRITE_ALERTS),
            changes("/reports/{number}/unmark", self.unmark, May.WRITE_ALERTS),
        ]

    def show(self, visit: Somebody) -> Response:
        """Show it."""
        return self._page(visit)

    def mark(self, visit: Somebody) -> Response:
        """Mark it as known, as what was seen."""
        number, by = number_of(visit), visit.identity.actor
        seen = visit.text("classification"), visit.text("severity")
        try:
            until = end_of(visit.text("until"), "until")
            with visit.begin() as scope:
                note = visit.text("note")
                knowing.mark(scope, number, note, seen, until=until, by=by, at=visit.at)
        except UnknownError as error:
            raise missing(_MISSING) from error
        except InputError as error:
            return self._page(visit, faults(error))
        return done(visit, f"/reports/{number}", "group-marked")

    def unmark(self, visit: Somebody) -> Response:
        """Have it told again."""
        number, by = number_of(visit), visit.identity.actor
        try:
            with visit.begin() as scope:
                knowing.unmark(scope, number, by=by, at=visit.at)
        except UnknownError as error:
            raise missing(_MISSING) from error
        return done(visit, f"/reports/{number}", "group-unmarked")

    def csv(self, visit: Somebody) -> Response:
        """Send its single reports, as many as are kept."""
        asked = SHAPE.asked(visit.request.query_params)
        number = number_of(visit)
        listing = _listing(number, asked)
        return listing.csv(visit.core.database, visit.identity.organisation, asked)

    def _page(self, visit: Somebody, wrong: Faults = NONE) -> Response:
        with visit.read() as scope:
            row = _row(scope, visit)
            view = self._view(scope, visit, row, wrong)
        status, path = REFUSED if wrong else 200, f"/reports/{row['id']}"
        notices = marks.notices(row, visit.at)
        return self._desk.show(visit, "reports", view, status=status, notices=notices, path=path)

    def _view(self, scope: Scope, visit: Somebody, row: RowMapping, wrong: Faults) -> GroupView:
        links, may = Links.of(visit), visit.identity.may(May.WRITE_ALERTS)
        number, group = row["id"], reading.folded(row)
        stretch = charts.asked_stretch(visit.request.query_params)
        application = reading.names_of(scope, [row])[row["application"]]
        counted = charts.counted(scope, stretch, charts.begin_of(stretch, visit.at), number)
        named = {number: charts.cause_of(row["classification"], row["severity"])}
        asked = SHAPE.asked(visit.request.query_params)
        return GroupView(
            row=reading.row_of(row, group, application, links, visit.at),
            findings=_findings(row),
            chart=charts.chart("over-time", "Reports", counted, named, stretch, at=visit.at)
            if counted or "span" in visit.request.query_params
            else None,
            spans=charts.stretch_links(links.to(f"/reports/{number}?span=")),
            span=stretch.word,
            chain=self._chain(scope, row, group, links),
            expected=reading.expected(group),
            divisions=reading.divisions([(application, group)], reading.OF_THIS, platforms=True),
            reports=_listing(number, asked).page(
                scope,
                asked,
                links.to(f"/reports/{number}"),
                (("span", str(STRETCHES.index(stretch))),),
            ),
            mark=marks.form(visit, row, links, wrong) if may else None,
            actions=marks.actions(row, links, visit.at) if may else (),
        )

    def _chain(
        self, scope: Scope, row: RowMapping, group: Group, links: Links
    ) -> ChainShown | None:
        if row["chain"] is None:
            return None
        chain = self._desk.chains.read(scope.connection, [row["chain"]]).get(row["chain"])
        if not chain:
            return None
        field = self._desk.fields.read(scope.connection, scope.organisation)
        return ChainShown(
            shown_by=f"as the first report of {row['host']} has it",
            certificates=certificates_shown(chain, pinned_by(field, row["host"], links.release)),
            since=group.first,
        )


def _row(scope: Scope, visit: Somebody) -> RowMapping:
    number = number_of(visit)
    row = scope.row(scope.select(report_groups).where(report_groups.c.id == number))
    if row is None:
        raise missing(_MISSING)
    return row


def _findings(row: RowMapping) -> tuple[Finding, ...]:
    """Return why, as the group was judged; nothing where it was not yet."""
    document = row["document"]
    if not row["message"]:
        return ()
    evidence: Sequence[str] = document.get("evidence") or ()
    return (
        Finding(
            id=row["classification"],
            severity=Severity(row["severity"]),
            subject=row["host"],
            message=row["message"],
            cure=str(document.get("next_step") or "Look at the evidence."),
            evidence=tuple(evidence),
        ),
    )


def _listing(group: int, asked: Asked) -> Listing[ReportRow]:
    in_order = asked.sort == "at"
    return Listing(
        shape=SHAPE,
        ids=lambda scope, query: _ids(scope, query, group, in_order=in_order),
        sorts=_SORTS,
        number=reports.c.id,
        rows=_rows,
    )


def _ids(scope: Scope, query: str, group: int, *, in_order: bool) -> Ids:
    """Return the numbers of a group's reports: all in their order, or the newest in another."""
    mine = scope.select(reports.c.id).where(reports.c.report_group == group)
    if in_order and not query:
        return mine
    newest = mine.order_by(reports.c.received_at.desc()).limit(_NEWEST).subquery()
    found = scope.select(reports.c.id).where(reports.c.id == newest.c.id)
    if not query:
        return found
    texts = reports.c.version, reports.c.platform, reports.c.network, reports.c.country
    return found.where(or_(*(one.icontains(query, autoescape=True) for one in texts)))


def _rows(scope: Scope, numbers: Sequence[int]) -> list[ReportRow]:
    query = scope.select(reports).where(reports.c.id.in_(numbers))
    found = {row["id"]: row for row in scope.rows(query)}
    return [_shown(found[number]) for number in numbers if number in found]


def _shown(row: RowMapping) -> ReportRow:
    return ReportRow(
        at=row["received_at"],
        release=row["version"] or "unknown",
        platform=row["platform"] or "unknown",
        network=row["network"] or "not kept",
        country=row["country"] or "",
        form=row["form"],
    )
