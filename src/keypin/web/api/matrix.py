"""The release matrix: releases by endpoints, who would be refused by what is served now."""

from collections.abc import Collection
from typing import Annotated

from fastapi import Query
from pydantic import Field

from keypin.watch.inventory.field import Field as Fielded
from keypin.watch.inventory.field import Fielded as Release
from keypin.watch.inventory.field import Fields
from keypin.watch.inventory.shelf import Shelf
from keypin.watch.people.roles import Action
from keypin.web.api import endpoints_listed
from keypin.web.api.call import Asked
from keypin.web.api.endpoints import ToldEndpoint, told
from keypin.web.api.endpoints_listed import WantedEndpoints
from keypin.web.api.observations import ToldVerdict, joined, verdict, verdicts_of
from keypin.web.api.operation import Operation, Tag
from keypin.web.api.paging import Page, Paged
from keypin.web.api.shapes import Told

_SHELF = Shelf()


class ToldPinning(Told):
    """A release that pins an endpoint."""

    application: str
    version: str


class ToldRow(Told):
    """A row of the matrix."""

    endpoint: ToldEndpoint
    verdicts: Annotated[
        list[ToldVerdict], Field(description="Of the releases that pin it, for each chain.")
    ]
    unknown: Annotated[
        list[ToldPinning],
        Field(
            description="The releases that pin it and of whose verdict nothing is known: it shows "
            "nothing now, or was not judged yet."
        ),
    ]


def get_matrix(
    call: Asked,
    paging: Paged,
    wanted: WantedEndpoints,
    application: Annotated[str | None, Query(max_length=64)] = None,
) -> Page[ToldRow]:
    """Show what each release in the field makes of what each endpoint shows now."""
    with call.read() as scope:
        after = paging.after(*wanted.kinds)
        found = endpoints_listed.rows(scope, wanted, after, paging.limit + 1)
        rows = verdicts_of(scope, [one.id for _, one in found])
        field = Fields(_SHELF).read(scope.connection, scope.organisation)
    judged: dict[int, set[int]] = {}
    for row in rows:
        judged.setdefault(row["endpoint"], set()).add(row["pin_set"])
    said: dict[int, list[ToldVerdict]] = {}
    for row, release in joined(rows, field.releases):
        if application in {None, release.application}:
            said.setdefault(row["endpoint"], []).append(verdict(release, row))
    return paging.page(
        found,
        lambda one: ToldRow(
            endpoint=told(one[1]),
            verdicts=said.get(one[1].id, []),
            unknown=[
                ToldPinning(application=release.application, version=release.version)
                for release in _unknown(field, one[1].endpoint.host, judged.get(one[1].id, set()))
                if application in {None, release.application}
            ],
        ),
        lambda one: one[0],
    )


def _unknown(field: Fielded, host: str, judged: Collection[int]) -> list[Release]:
    """Return the releases that pin a host and whose pin set says nothing of it now."""
    numbers = set(field.pinning.of(host)) - set(judged)
    return [one for one in field.releases if one.pin_set in numbers]


OPERATIONS = (
    Operation(
        method="GET",
        path="/matrix",
        answer=get_matrix,
        action=Action.READ,
        tag=Tag.RELEASES,
    ),
)
