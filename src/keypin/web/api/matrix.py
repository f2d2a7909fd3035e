"""The release matrix: releases by endpoints, who would be refused by what is served now."""

from typing import Annotated

from fastapi import Query
from pydantic import Field

from keypin.watch.inventory.field import fielded
from keypin.watch.people.roles import Action
from keypin.web.api import endpoints_listed
from keypin.web.api.call import Asked
from keypin.web.api.endpoints import ToldEndpoint, told
from keypin.web.api.endpoints_listed import WantedEndpoints
from keypin.web.api.observations import ToldVerdict, joined, verdict, verdicts_of
from keypin.web.api.operation import Operation, Tag
from keypin.web.api.paging import Page, Paged
from keypin.web.api.shapes import Told


class ToldRow(Told):
    """A row of the matrix."""

    endpoint: ToldEndpoint
    verdicts: Annotated[
        list[ToldVerdict], Field(description="Of the releases that pin it, for each chain.")
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
        field = fielded(scope.connection, scope.organisation)
    said: dict[int, list[ToldVerdict]] = {}
    for row, release in joined(rows, field):
        if application in {None, release.application}:
            said.setdefault(row["endpoint"], []).append(verdict(release, row))
    return paging.page(
        found,
        lambda one: ToldRow(endpoint=told(one[1]), verdicts=said.get(one[1].id, [])),
        lambda one: one[0],
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/matrix",
        answer=get_matrix,
        action=Action.READ,
        tag=Tag.RELEASES,
    ),
)
