"""Endpoints: what is probed, and what is to be said of each."""

import csv
from datetime import datetime, timedelta
from io import StringIO
from typing import Annotated, cast

from fastapi import Response
from pydantic import Field

from keypin.certs import Endpoint, Protocol
from keypin.inventory.entries import WatchedEndpoint
from keypin.watch.inventory import endpoints
from keypin.watch.inventory.edit import Did, Edit
from keypin.watch.inventory.endpoints import KnownEndpoint
from keypin.watch.people.roles import Action
from keypin.watch.store.tables import schedules
from keypin.web.api import endpoints_listed
from keypin.web.api.call import Asked
from keypin.web.api.endpoints_listed import WantedEndpoints
from keypin.web.api.operation import Operation, Tag
from keypin.web.api.paging import Key, Page, Paged
from keypin.web.api.shapes import Given, Host, Issuers, Name, Number, Tags, Told

_HOUR = 3600
_WEEK = 7 * 24 * _HOUR

# Rows of a sheet that are read at once.
_AT_ONCE = 5000

# What a spreadsheet would take for a formula (OWASP, CSV injection).
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


class EndpointValues(Given):
    """What may be said of an endpoint."""

    host: Host
    port: Annotated[int, Field(ge=1, le=65535)] = 443
    protocol: Annotated[Protocol, Field(strict=False)] = Protocol.TLS
    interval: Annotated[int, Field(ge=30, le=_WEEK, description="Seconds between probes.")] = _HOUR
    vantage_points: list[Name] = Field(
        default_factory=list, max_length=50, description="All where none is named."
    )
    owner: Name | None = None
    tags: Tags = Field(default_factory=list)
    expected_issuers: Issuers = Field(
        default_factory=list, description="Who may issue for its host, in everybody else's stead."
    )
    enabled: Annotated[bool, Field(description="Whether it is probed.")] = True

    def entry(self) -> WatchedEndpoint:
        """Return the entry of the inventory that it makes.

        Raises:
            InputError: the host is none.
        """
        return WatchedEndpoint(
            endpoint=Endpoint(self.host, self.port, self.protocol),
            interval=timedelta(seconds=self.interval),
            vantage_points=tuple(self.vantage_points),
            owner=self.owner,
            tags=tuple(self.tags),
            expected_issuers=tuple(self.expected_issuers),
        )


class ToldEndpoint(Told):
    """An endpoint."""

    id: int
    host: str
    port: int
    protocol: str
    state: Annotated[
        str, Field(description="unknown, fine, finding, refused or unreachable: the worst of it.")
    ]
    origin: Annotated[str, Field(description="How it came to be known.")]
    owner: str | None
    tags: list[str]
    expected_issuers: list[str]
    interval: int
    vantage_points: list[str]
    enabled: bool
    created_at: datetime
    probed_at: datetime | None
    changed_at: datetime | None
    expires_at: datetime | None


def list_endpoints(call: Asked, paging: Paged, wanted: WantedEndpoints) -> Page[ToldEndpoint]:
    """List the endpoints."""
    with call.read() as scope:
        after = paging.after(*wanted.kinds)
        found = endpoints_listed.rows(scope, wanted, after, paging.limit + 1)
    return paging.page(found, lambda row: told(row[1]), lambda row: row[0])


def list_endpoints_csv(call: Asked, wanted: WantedEndpoints) -> Response:
    """Return all endpoints of a filter as CSV (RFC 4180)."""
    text = StringIO()
    writer = csv.writer(text)
    names = tuple(ToldEndpoint.model_fields)
    writer.writerow(names)
    after: Key | None = None
    with call.read() as scope:
        while found := endpoints_listed.read(scope, wanted, after, _AT_ONCE):
            after = endpoints_listed.key_of(wanted, found[-1])
            writer.writerows([_cell(row[name]) for name in names] for row in found)
    headers = {"content-disposition": 'attachment; filename="endpoints.csv"'}
    return Response(text.getvalue(), media_type="text/csv", headers=headers)


def create_endpoint(call: Asked, new: EndpointValues, response: Response) -> ToldEndpoint:
    """Add an endpoint; it is probed at once."""
    with call.begin() as scope:
        edit = endpoints.add(scope, new.entry(), at=call.at)
        if not new.enabled:
            endpoints.switch(scope, edit.id, enabled=False)
        call.wrote(scope, edit)
        made = told(endpoints.find(scope, edit.id))
    response.headers["location"] = f"/api/v1/endpoints/{made.id}"
    return made


def get_endpoint(call: Asked, endpoint: Number) -> ToldEndpoint:
    """Show an endpoint."""
    with call.read() as scope:
        return told(endpoints.find(scope, endpoint))


def change_endpoint(call: Asked, endpoint: Number, values: EndpointValues) -> ToldEndpoint:
    """Give an endpoint other values, all of them."""
    with call.begin() as scope:
        call.match(told(endpoints.find(scope, endpoint)))
        call.wrote(scope, endpoints.change(scope, endpoint, values.entry()))
        call.wrote(scope, endpoints.switch(scope, endpoint, enabled=values.enabled))
        return told(endpoints.find(scope, endpoint))


def remove_endpoint(call: Asked, endpoint: Number) -> None:
    """Remove an endpoint, with all that it showed."""
    with call.begin() as scope:
        call.match(told(endpoints.find(scope, endpoint)))
        call.wrote(scope, endpoints.remove(scope, endpoint))


def probe_endpoint(call: Asked, endpoint: Number) -> ToldEndpoint:
    """Probe an endpoint as soon as a prober is free, from every vantage point."""
    with call.begin() as scope:
        known = endpoints.find(scope, endpoint)
        due = scope.update(schedules).where(schedules.c.endpoint == endpoint)
        scope.execute(due.values(due_at=call.at))
        edit = Edit(did=Did.CHANGED, kind="endpoint", subject=str(known.endpoint), id=endpoint)
        call.record(scope, "endpoint.probe", edit.subject)
        return told(known)


def told(one: KnownEndpoint) -> ToldEndpoint:
    """Return what is told of an endpoint."""
    return ToldEndpoint(
        id=one.id,
        host=one.endpoint.host,
        port=one.endpoint.port,
        protocol=one.endpoint.protocol.value,
        state=one.state.value,
        origin=one.origin.value,
        owner=one.owner,
        tags=list(one.tags),
        expected_issuers=list(one.expected_issuers),
        interval=int(one.interval.total_seconds()),
        vantage_points=list(one.vantage_points),
        enabled=one.enabled,
        created_at=one.created_at,
        probed_at=one.probed_at,
        changed_at=one.changed_at,
        expires_at=one.expires_at,
    )


def _cell(value: object) -> str:
    """Return a value as a cell of a sheet, which no program takes for a formula."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case list():
            text = " ".join(map(str, cast("list[object]", value)))
        case _:
            text = str(value)
    return f"'{text}" if text.startswith(_FORMULAS) else text


_EXAMPLE = {"host": "api.example.com", "port": 443, "interval": 3600, "tags": ["shop"]}
_ONE = "/endpoints/{endpoint}"

OPERATIONS = (
    Operation(
        method="GET",
        path="/endpoints",
        answer=list_endpoints,
        action=Action.READ,
        tag=Tag.ENDPOINTS,
    ),
    Operation(
        method="GET",
        path="/endpoints.csv",
        answer=list_endpoints_csv,
        action=Action.READ,
        tag=Tag.ENDPOINTS,
        form="text/csv",
    ),
    Operation(
        method="POST",
        path="/endpoints",
        answer=create_endpoint,
        action=Action.WRITE_ENDPOINTS,
        tag=Tag.ENDPOINTS,
        status=201,
        errors=(404, 409),
        example=_EXAMPLE,
    ),
    Operation(
        method="GET",
        path=_ONE,
        answer=get_endpoint,
        action=Action.READ,
        tag=Tag.ENDPOINTS,
        errors=(404,),
    ),
    Operation(
        method="PUT",
        path=_ONE,
        answer=change_endpoint,
        action=Action.WRITE_ENDPOINTS,
        tag=Tag.ENDPOINTS,
        errors=(404, 409, 412),
        example=_EXAMPLE,
    ),
    Operation(
        method="DELETE",
        path=_ONE,
        answer=remove_endpoint,
        action=Action.WRITE_ENDPOINTS,
        tag=Tag.ENDPOINTS,
        status=204,
        errors=(404, 412),
    ),
    Operation(
        method="POST",
        path=f"{_ONE}/probe",
        answer=probe_endpoint,
        action=Action.WRITE_ENDPOINTS,
        tag=Tag.ENDPOINTS,
        status=202,
        errors=(404,),
    ),
)
