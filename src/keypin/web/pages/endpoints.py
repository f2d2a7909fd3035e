"""The page Endpoints: all that is probed, and how it is."""

from collections.abc import Sequence
from datetime import timedelta

from starlette.responses import Response
from starlette.routing import BaseRoute

from keypin.certs import Endpoint
from keypin.errors import InputError
from keypin.inventory.entries import HOURLY, WatchedEndpoint
from keypin.watch.inventory import TakenError
from keypin.watch.inventory import endpoints as kept
from keypin.watch.inventory import owners as known_owners
from keypin.watch.people.roles import Action
from keypin.watch.store import Scope
from keypin.watch.store.tables import endpoints
from keypin.web.pages import endpoints_read as reading
from keypin.web.pages.audited import audited
from keypin.web.pages.desk import REFUSED, Desk, Somebody, changes, done, shows
from keypin.web.pages.issuers import issuers_of
from keypin.web.pages.links import Links
from keypin.web.pages.listing import Listing, Shape
from keypin.web.views.endpoint import EndpointRow, EndpointsView
from keypin.web.views.form import Field, Form, Option
from keypin.web.views.table import Column

SHAPE: Shape[EndpointRow] = Shape(
    key="endpoints",
    title="Endpoints",
    columns=(
        Column("endpoint", "Endpoint"),
        Column("state", "State"),
        Column("refused", "Refused by"),
        Column("issuer", "Issuer"),
        Column("expires", "Expires"),
        Column("owner", "Owner"),
        Column("seen", "Read"),
    ),
    default="endpoint",
    hint="host, owner, tag or state",
    header=reading.HEADER,
    cells=reading.cells,
)
_SORTS = {
    "endpoint": (endpoints.c.host, endpoints.c.port),
    "state": (endpoints.c.state, endpoints.c.host),
    "refused": (endpoints.c.refused, endpoints.c.host),
    "issuer": (endpoints.c.issuer, endpoints.c.host),
    "expires": (endpoints.c.expires_at,),
    "owner": (endpoints.c.owner,),
    "seen": (endpoints.c.probed_at,),
}
_INTERVALS = (
    (timedelta(minutes=5), "every 5 minutes"),
    (timedelta(minutes=15), "every 15 minutes"),
    (HOURLY, "every hour"),
    (timedelta(hours=6), "every 6 hours"),
    (timedelta(days=1), "every day"),
)


class Endpoints:
    """The list of endpoints.

    Args:
        desk: what handlers are handed.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            shows("/endpoints", self.show),
            shows("/endpoints.csv", self.csv),
            changes("/endpoints", self.add, Action.WRITE_ENDPOINTS),
        ]

    def show(self, visit: Somebody) -> Response:
        """Show the list."""
        return self._page(visit)

    def csv(self, visit: Somebody) -> Response:
        """Send all of it."""
        asked = SHAPE.asked(visit.request.query_params)
        return self._listing(visit).csv(visit.core.database, visit.identity.organisation, asked)

    def add(self, visit: Somebody) -> Response:
        """Add one by hand."""
        try:
            entry = entry_of(visit, visit.text("endpoint"))
            with visit.begin() as scope:
                edit = kept.add(scope, entry, at=visit.at)
                audited(scope, visit, edit)
        except TakenError:
            return done(visit, "/endpoints", "endpoint-there")
        except InputError as error:
            return self._page(visit, error=str(error))
        return done(visit, f"/endpoints/{edit.id}", "endpoint-added")

    def _page(self, visit: Somebody, *, error: str = "") -> Response:
        asked = SHAPE.asked(visit.request.query_params)
        with visit.read() as scope:
            path = Links.of(visit).to("/endpoints")
            table = self._listing(visit).page(scope, asked, path)
            may = visit.identity.may(Action.WRITE_ENDPOINTS)
            form = add_form(scope, visit, error) if may else None
        status = REFUSED if error else 200
        view = EndpointsView(table=table, add=form)
        return self._desk.show(visit, "endpoints", view, status=status)

    def _listing(self, visit: Somebody) -> Listing[EndpointRow]:
        links = Links.of(visit)

        def rows(scope: Scope, numbers: Sequence[int]) -> Sequence[EndpointRow]:
            field = self._desk.fields.read(scope.connection, scope.organisation)
            return reading.rows(scope, numbers, field, links)

        return Listing(shape=SHAPE, ids=reading.ids, sorts=_SORTS, number=endpoints.c.id, rows=rows)


def entry_of(visit: Somebody, where: str) -> WatchedEndpoint:
    """Return the endpoint that a form describes.

    Raises:
        InputError: it is none.
    """
    tags = visit.text("tags").replace(",", " ").split()
    return WatchedEndpoint(
        endpoint=Endpoint.parse(where),
        owner=visit.text("owner") or None,
        tags=tuple(dict.fromkeys(tags)),
        interval=_interval(visit.text("interval")),
        vantage_points=tuple(visit.text("vantage_points").replace(",", " ").split()),
        expected_issuers=issuers_of(visit),
    )


def _interval(seconds: str) -> timedelta:
    """Return how often an endpoint is read; every hour unless it is said.

    Raises:
        InputError: it is no number of seconds.
    """
    if not seconds:
        return HOURLY
    if not _is_span(seconds):
        raise InputError(f"the interval {seconds[:40]!r}", expected="whole seconds, as 3600")
    return timedelta(seconds=int(seconds))


def _is_span(seconds: str) -> bool:
    return seconds.isascii() and seconds.isdigit() and len(seconds) <= len("604800")


def add_form(scope: Scope, visit: Somebody, error: str = "") -> Form:
    """Return the form that adds an endpoint, as it was sent if something was wrong in it."""
    where = Field(
        name="endpoint",
        label="Endpoint",
        value=visit.text("endpoint"),
        hint="a host, host:port, or smtp://host",
        error=error,
        required=True,
    )
    return Form(
        key="add-endpoint",
        action=Links.of(visit).to("/endpoints"),
        title="Watch an endpoint",
        submit="Watch it",
        fields=(
            where,
            *more_fields(
                scope,
                visit.text("owner"),
                visit.text("tags"),
                visit.text("interval", str(int(HOURLY.total_seconds()))),
                visit.text("vantage_points"),
            ),
        ),
    )


def more_fields(
    scope: Scope, owner: str, tags: str, interval: str, vantage_points: str
) -> tuple[Field, ...]:
    """Return the fields of what may be said of any endpoint."""
    return (
        owner_field(scope, owner),
        Field(name="tags", label="Tags", value=tags, hint="for filters and alerts, as payments eu"),
        Field(
            name="interval",
            label="Read",
            kind="choice",
            value=interval,
            options=_intervals(interval),
            required=True,
        ),
        Field(
            name="vantage_points",
            label="Read from",
            value=vantage_points,
            hint="names of vantage points, as oslo; nothing: from each",
        ),
    )


def owner_field(scope: Scope, owner: str) -> Field:
    """Return the choice of who answers for something."""
    options = [Option(one.name, one.title) for one in known_owners.listed(scope)]
    return Field(
        name="owner",
        label="Owner",
        kind="choice",
        value=owner,
        options=(Option("", "nobody"), *options),
    )


def _intervals(chosen: str) -> tuple[Option, ...]:
    known = {str(int(span.total_seconds())): words for span, words in _INTERVALS}
    if _is_span(chosen) and chosen not in known:
        known[chosen] = f"every {timedelta(seconds=int(chosen))}"
    return tuple(Option(value, label) for value, label in known.items())
