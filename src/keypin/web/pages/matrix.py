"""The page Release matrix: releases by endpoints, and a chain tried before it is deployed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.routing import BaseRoute

from keypin.errors import InputError
from keypin.watch.inventory import plans, pushing
from keypin.watch.inventory.field import Field, Fielded
from keypin.watch.inventory.plans import Ended, KnownPlan
from keypin.watch.people.roles import Action as May
from keypin.watch.store import Scope
from keypin.watch.store.tables import endpoints
from keypin.web.asked import Asked as Query
from keypin.web.pages import endpoints_read as reading
from keypin.web.pages import matrix_read as cells
from keypin.web.pages.audited import audited
from keypin.web.pages.desk import (
    REFUSED,
    Desk,
    Somebody,
    changes,
    done,
    file_of,
    missing,
    number_of,
    shows,
)
from keypin.web.pages.links import Links
from keypin.web.pages.listing import Ids, Listing, Shape
from keypin.web.pages.matrix_read import Trial
from keypin.web.views.form import Field as Asked
from keypin.web.views.form import Form, Option
from keypin.web.views.matrix import MatrixColumn, MatrixRow, MatrixView
from keypin.web.views.parts import Link
from keypin.web.views.table import Column, Table

# Releases on one page; more than fit on a screen are turned as rows are.
COLUMNS = 8

# What the button sends by which a chain is tried and nothing is kept.
_UNKEPT = "unkept"

# Releases in a CSV, which nobody turns.
_MANY = 500

_SORTS = {"endpoint": (endpoints.c.host, endpoints.c.port)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What is shown: the field, the releases on this page, and the chain that is tried, if any."""

    field: Field
    releases: Sequence[Fielded]
    turned: int
    trial: Trial | None


class Matrix:
    """The release matrix.

    Args:
        desk: what handlers are handed.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            shows("/matrix", self.show),
            shows("/matrix.csv", self.csv),
            changes("/matrix/plan", self.plan, May.WRITE_PLANS),
            changes("/matrix/plan/{number}/withdraw", self.withdraw, May.WRITE_PLANS),
        ]

    def show(self, visit: Somebody) -> Response:
        """Show it."""
        return self._page(visit)

    def csv(self, visit: Somebody) -> Response:
        """Send all rows, with all releases."""
        with visit.read() as scope:
            shown = self._shown(scope, visit, most=_MANY)
        shape = _shape(shown.releases)
        asked = shape.asked(visit.request.query_params)
        listing = self._listing(visit, shown, shape)
        return listing.csv(visit.core.database, visit.identity.organisation, asked)

    def plan(self, visit: Somebody) -> Response:
        """Show what a chain would do, and keep it as a plan unless it is only tried."""
        sent = file_of(visit.form, "file")
        text = visit.text("chain").encode()
        try:
            chain = plans.read_chain(*(sent or (text, "chain")))
            deploy_at = _day(visit.text("deploy_at"), visit.at)
            name = visit.text("name") or cells.default_name(chain, visit.at)
            if visit.text(_UNKEPT):
                return self._page(visit, tried=cells.tried(name, chain, deploy_at, visit))
            with visit.begin() as scope:
                edit = pushing.plan(
                    scope,
                    name,
                    chain,
                    deploy_at=deploy_at,
                    by=visit.identity.actor.name[:254],
                    at=visit.at,
                )
                audited(scope, visit, edit)
        except InputError as error:
            return self._page(visit, error=str(error))
        return done(visit, f"/matrix?plan={edit.id}", "plan-kept")

    def withdraw(self, visit: Somebody) -> Response:
        """End a plan whose chain will not be deployed."""
        with visit.begin() as scope:
            name = _plan(scope, number_of(visit)).name
            edit = pushing.end_plan(scope, name, Ended.WITHDRAWN, at=visit.at)
            audited(scope, visit, edit)
        return done(visit, "/matrix", "plan-withdrawn")

    def _page(
        self, visit: Somebody, *, error: str = "", tried: cells.Tried | None = None
    ) -> Response:
        with visit.read() as scope:
            shown = self._shown(scope, visit, tried=tried)
            view = self._view(scope, visit, shown, error)
        return self._desk.show(visit, "matrix", view, status=REFUSED if error else 200)

    def _view(self, scope: Scope, visit: Somebody, shown: _Shown, error: str) -> MatrixView:
        links, shape = Links.of(visit), _shape(())
        listing = self._listing(visit, shown, shape)
        asked = shape.asked(visit.request.query_params)
        field, trial = shown.field, shown.trial
        return MatrixView(
            releases=tuple(
                MatrixColumn(one.application, links.version(one), one.share)
                for one in shown.releases
            ),
            table=listing.page(scope, asked, links.to("/matrix"), _kept(shown))
            if trial is None or trial.kept
            else _all_at_once(scope, listing, asked, links),
            summary=cells.summary_planned(field, trial)
            if trial
            else cells.summary_now(scope, field),
            planned=cells.planned(visit, field, trial, links) if trial else None,
            plan=_form(visit, links, error) if visit.identity.may(May.WRITE_PLANS) else None,
            plans=tuple(
                Link(one.name, links.to(f"/matrix?plan={one.id}")) for one in plans.listed(scope)
            ),
            turns=_turns(shown, links),
            turn=f"{shown.turned * COLUMNS + 1} to {shown.turned * COLUMNS + len(shown.releases)}",
        )

    def _shown(
        self, scope: Scope, visit: Somebody, most: int = COLUMNS, tried: cells.Tried | None = None
    ) -> _Shown:
        query = visit.request.query_params
        field = self._desk.fields.read(scope.connection, scope.organisation)
        turned = _whole(query, "releases") if most == COLUMNS else 0
        most = _MANY if tried else most  # they cannot be turned, for nothing is kept
        some = field.releases[turned * most : (turned + 1) * most]
        if not some:
            turned, some = 0, field.releases[:most]
        trial = None
        if tried is not None:
            trial = Trial(*tried, self._desk.trust.anchors)
        elif "plan" in query:
            plan = _plan(scope, _whole(query, "plan"))
            chain = self._desk.chains.read(scope.connection, [plan.chain])[plan.chain]
            trial = Trial(plan, chain, self._desk.trust.anchors)
        return _Shown(field=field, releases=some, turned=turned, trial=trial)

    def _listing(
        self, visit: Somebody, shown: _Shown, shape: Shape[MatrixRow]
    ) -> Listing[MatrixRow]:
        links, trial = Links.of(visit), shown.trial
        field, releases = shown.field, shown.releases

        def now(scope: Scope, numbers: Sequence[int]) -> Sequence[MatrixRow]:
            return cells.rows_now(scope, numbers, field, releases, links)

        rows: Callable[[Scope, Sequence[int]], Sequence[MatrixRow]] = now
        ids: Callable[[Scope, str], Ids] = reading.ids
        if trial is not None:
            ids = cells.planned_ids(cells.names_of(trial.plan, trial.chain))

            def planned(scope: Scope, numbers: Sequence[int]) -> Sequence[MatrixRow]:
                return cells.rows_planned(scope, numbers, field, releases, trial=trial, links=links)

            rows = planned
        return Listing(shape=shape, ids=ids, sorts=_SORTS, number=endpoints.c.id, rows=rows)


def _shape(releases: Sequence[Fielded]) -> Shape[MatrixRow]:
    return Shape(
        key="matrix",
        title="Releases by endpoints",
        columns=(Column("endpoint", "Endpoint"),),
        default="endpoint",
        hint="host, owner, tag or state",
        header=("endpoint", "state", *map(str, releases)),
        cells=lambda row: (
            row.endpoint.text,
            row.state.word,
            *(one.verdict.value for one in row.cells),
        ),
    )


def _all_at_once(
    scope: Scope, listing: Listing[MatrixRow], asked: Query, links: Links
) -> Table[MatrixRow]:
    """Return all rows, which no address has: they are of a chain that is not kept."""
    query = listing.ids(scope, "").order_by(*_SORTS["endpoint"]).limit(_MANY)
    rows = tuple(listing.rows(scope, list(scope.execute(query).scalars())))
    table = listing.shape.table(asked, rows, len(rows), links.to("/matrix"), ())
    return replace(table, columns=(Column("", "Endpoint"),), size=_MANY)


def _plan(scope: Scope, number: int) -> KnownPlan:
    for one in plans.listed(scope, ended=True):
        if one.id == number:
            return one
    raise missing("There is no such plan. It may have been withdrawn.")


def _kept(shown: _Shown) -> tuple[tuple[str, str], ...]:
    plan = (("plan", str(shown.trial.plan.id)),) if shown.trial else ()
    return (*plan, *((("releases", str(shown.turned)),) if shown.turned else ()))


def _turns(shown: _Shown, links: Links) -> tuple[Link, ...]:
    """Return the links to other releases, where there are more than a page has."""
    total = len(shown.field.releases)
    if total <= COLUMNS or (shown.trial and not shown.trial.kept):
        return ()
    plan = f"plan={shown.trial.plan.id}&" if shown.trial else ""
    return tuple(
        Link(
            f"{start + 1} to {min(start + COLUMNS, total)}",
            links.to(f"/matrix?{plan}releases={start // COLUMNS}"),
        )
        for start in range(0, total, COLUMNS)
    )


def _form(visit: Somebody, links: Links, error: str) -> Form:
    return Form(
        key="plan",
        action=links.to("/matrix/plan"),
        title="Try a chain before it is deployed",
        intro="It is judged by every release in the field, and kept as a plan if you like. Nothing "
        "is deployed by it.",
        submit="Judge it and keep the plan",
        other=Option(_UNKEPT, "Only judge it"),
        error=error,
        fields=(
            Asked(
                name="chain",
                label="Chain, in PEM",
                kind="area",
                value=visit.text("chain"),
                hint="the server's own certificate and those above it, in any order",
            ),
            Asked(name="file", label="Or a file", kind="file"),
            Asked(
                name="deploy_at",
                label="Day of deployment",
                kind="date",
                value=visit.text("deploy_at"),
                hint="today unless said",
            ),
            Asked(name="name", label="Name of the plan", value=visit.text("name")),
        ),
    )


def _day(text: str, at: datetime) -> datetime:
    """Return the day of deployment.

    Raises:
        InputError: it is no day.
    """
    if not text:
        return at
    try:
        found = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise InputError(f"the day {text[:40]!r}", expected="one as 2027-01-31") from error
    return at if found < at < found + timedelta(days=1) else found


def _whole(query: QueryParams, name: str) -> int:
    text = query.get(name, "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < len("1000000000") else 0
