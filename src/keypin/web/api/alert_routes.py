"""Routes of alerts: ways to people. An address is a secret: it comes in, and never goes out."""

from datetime import datetime
from typing import Annotated

from fastapi import Response
from pydantic import Field, StringConstraints

from keypin.alerts import Delivery, Route
from keypin.alerts.toml import route_of, route_table_of
from keypin.findings import Severity
from keypin.watch.alerting import routes
from keypin.watch.alerting.routes import KnownRoute
from keypin.watch.guarding import Guard
from keypin.watch.people.roles import Action
from keypin.web import dialling
from keypin.web.api.call import Asked, Call
from keypin.web.api.operation import Operation, Tag
from keypin.web.api.paging import Page, Paged
from keypin.web.api.shapes import Given, Name, NameInPath, Tags, Told

Clock = Annotated[str, StringConstraints(max_length=8, pattern=r"^\d\d:\d\d(:\d\d)?$")]
Address = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class RouteHours(Given):
    """When its people are there."""

    days: list[Annotated[str, Field(max_length=3)]] | None = Field(default=None, max_length=7)
    from_: Annotated[Clock | None, Field(alias="from")] = None
    to: Clock | None = None
    zone: Annotated[str | None, Field(max_length=64, description="As Europe/Berlin.")] = None
    urgent: Annotated[
        str | None, Field(max_length=10, description="How bad it must be outside; or none.")
    ] = None


class RouteValues(Given):
    """What may be said of a route."""

    severity: Annotated[Severity | None, Field(strict=False)] = None
    owners: list[Name] = Field(default_factory=list, max_length=100)
    tags: Tags = Field(default_factory=list)
    delivery: Annotated[Delivery | None, Field(strict=False)] = None
    hours: RouteHours | None = None
    enabled: bool = True

    def route(self, name: str) -> Route:
        """Return the route that it makes.

        Raises:
            InputError: it is none.
        """
        said = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        table = {key: value for key, value in said.items() if key not in {*_OTHERS}}
        return route_of({"name": name, **table})


class NewRoute(RouteValues):
    """A route to be added."""

    name: Name
    address: Annotated[Address, Field(description="Of Apprise, or a webhook; never shown again.")]


class RouteChange(RouteValues):
    """All values of a route; the address stays unless another is given."""

    address: Address | None = None


class ToldRoute(Told):
    """A route."""

    name: str
    definition: Annotated[dict[str, object], Field(description="As keypin.toml writes it.")]
    shown: Annotated[str, Field(description="What may be shown of its address.")]
    enabled: bool
    failing_since: datetime | None
    failure: str | None


class RouteTest(Told):
    """What became of a test message."""

    taken: bool
    failure: str | None


_OTHERS = ("name", "address", "enabled")


def list_routes(call: Asked, paging: Paged) -> Page[ToldRoute]:
    """List the routes of alerts, by name."""
    with call.read() as scope:
        found = routes.listed(scope)
    return paging.of(found, _told, lambda one: (one.route.name,), str)


def create_route(call: Asked, new: NewRoute, response: Response) -> ToldRoute:
    """Add a route; its address is checked first, and kept sealed."""
    route, address = new.route(new.name), _checked(call, new.address)
    with call.begin() as scope:
        call.wrote(scope, routes.add(scope, call.core.sealer, route, address, at=call.at))
        if not new.enabled:
            routes.enable(scope, new.name, enabled=False, at=call.at)
        told = _told(routes.find(scope, new.name))
    response.headers["location"] = f"/api/v1/routes/{told.name}"
    return told


def get_route(call: Asked, route: NameInPath) -> ToldRoute:
    """Show a route of alerts, without its address."""
    with call.read() as scope:
        return _told(routes.find(scope, route))


def change_route(call: Asked, route: NameInPath, values: RouteChange) -> ToldRoute:
    """Give a route other values, all of them but its address, which stays unless given."""
    with call.read() as scope:
        routes.find(scope, route)
    wanted = values.route(route)
    address = None if values.address is None else _checked(call, values.address)
    with call.begin() as scope:
        before = routes.find(scope, route)
        call.match(_told(before))
        call.wrote(scope, routes.change(scope, call.core.sealer, wanted, address))
        if before.enabled != values.enabled:
            edit = routes.enable(scope, route, enabled=values.enabled, at=call.at)
            call.wrote(scope, edit)
        return _told(routes.find(scope, route))


def remove_route(call: Asked, route: NameInPath) -> None:
    """Remove a route; what is on its way to it is withdrawn, what it was told stays."""
    with call.begin() as scope:
        call.match(_told(routes.find(scope, route)))
        call.wrote(scope, routes.remove(scope, route, at=call.at))


def test_route(call: Asked, route: NameInPath) -> RouteTest:
    """Send a message to a route that says that it is a test."""
    guard = Guard.of(call.core.settings)
    failure = dialling.test(
        call.core, call.identity, route, base=call.pages, guard=guard, at=call.at
    )
    return RouteTest(taken=failure is None, failure=failure.reason if failure else None)


def _checked(call: Call, address: str) -> str:
    with dialling.looking_up():
        return routes.checked(address, Guard.of(call.core.settings))


def _told(one: KnownRoute) -> ToldRoute:
    return ToldRoute(
        name=one.route.name,
        definition=route_table_of(one.route),
        shown=one.shown,
        enabled=one.enabled,
        failing_since=one.failing_since,
        failure=one.failure,
    )


_ONE = "/routes/{route}"

OPERATIONS = (
    Operation(
        method="GET",
        path="/routes",
        answer=list_routes,
        action=Action.READ,
        tag=Tag.ALERTS,
    ),
    Operation(
        method="POST",
        path="/routes",
        answer=create_route,
        action=Action.MANAGE_ROUTES,
        tag=Tag.ALERTS,
        status=201,
        errors=(409,),
        example={"name": "on-call", "address": f"https://hooks.example.com/keypin#{'k' * 43}"},
    ),
    Operation(
        method="GET",
        path=_ONE,
        answer=get_route,
        action=Action.READ,
        tag=Tag.ALERTS,
        errors=(404,),
    ),
    Operation(
        method="PUT",
        path=_ONE,
        answer=change_route,
        action=Action.MANAGE_ROUTES,
        tag=Tag.ALERTS,
        errors=(404, 412),
        example={"severity": "error", "enabled": True},
    ),
    Operation(
        method="DELETE",
        path=_ONE,
        answer=remove_route,
        action=Action.MANAGE_ROUTES,
        tag=Tag.ALERTS,
        status=204,
        errors=(404, 412),
    ),
    Operation(
        method="POST",
        path=f"{_ONE}/test",
        answer=test_route,
        action=Action.MANAGE_ROUTES,
        tag=Tag.ALERTS,
        errors=(404,),
    ),
)
