"""What an endpoint showed, from when until when, and what releases make of what it shows now."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field
from sqlalchemy import RowMapping, select

from keypin.watch.inventory import endpoints
from keypin.watch.inventory.chains import Chain, Chains
from keypin.watch.inventory.field import Fielded, fielded
from keypin.watch.people.roles import Action
from keypin.watch.store import Scope
from keypin.watch.store.tables import observations, verdicts
from keypin.web.api.call import Asked
from keypin.web.api.findings_told import ToldCertificate, certificate
from keypin.web.api.operation import Operation, Tag
from keypin.web.api.paging import Page, Paged
from keypin.web.api.shapes import Number, Told


class ToldObservation(Told):
    """Something that an endpoint showed."""

    id: int
    vantage: str
    address: Annotated[str, Field(description="Empty where the name did not resolve.")]
    key_type: str
    chain: Annotated[list[ToldCertificate], Field(description="Empty where it failed.")]
    failure: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    ended_at: Annotated[datetime | None, Field(description="Null: it is so still.")]
    probes: int


class ToldVerdict(Told):
    """What a release makes of a chain that an endpoint shows."""

    application: str
    version: str
    chain: Annotated[str, Field(description="SHA-256 of the certificates' digests in a row.")]
    outcome: str
    pin: Annotated[str | None, Field(description="The first that matches.")]
    position: str | None
    why: Annotated[list[str], Field(description="Why it is refused, line by line.")]
    judged_at: datetime


def list_observations(
    call: Asked,
    paging: Paged,
    endpoint: Number,
    *,
    now: Annotated[bool, Query(description="What it shows now alone.")] = False,
) -> Page[ToldObservation]:
    """List what an endpoint showed, the newest first."""
    with call.read() as scope:
        endpoints.find(scope, endpoint)
        query = scope.select(observations).where(observations.c.endpoint == endpoint)
        if now:
            query = query.where(observations.c.ended_at.is_(None))
        after = paging.after(int)
        if after is not None:
            query = query.where(observations.c.id < after[0])
        rows = scope.rows(query.order_by(observations.c.id.desc()).limit(paging.limit + 1))
        chains = Chains().read(scope.connection, {row["chain"] for row in rows} - {None})
    return paging.page(
        rows, lambda row: _told(row, chains.get(row["chain"], ())), lambda row: (row["id"],)
    )


def list_endpoint_verdicts(call: Asked, endpoint: Number) -> list[ToldVerdict]:
    """Say what each release in the field makes of what an endpoint shows now."""
    with call.read() as scope:
        endpoints.find(scope, endpoint)
        rows = verdicts_of(scope, [endpoint])
        field = fielded(scope.connection, scope.organisation)
    return [verdict(release, row) for row, release in joined(rows, field)]


def verdicts_of(scope: Scope, numbers: Iterable[int]) -> list[RowMapping]:
    """Return the rows of verdicts on what some endpoints show now."""
    query = (
        select(verdicts)
        .join(
            observations,
            (observations.c.endpoint == verdicts.c.endpoint)
            & (observations.c.chain == verdicts.c.chain)
            & (observations.c.organisation == verdicts.c.organisation),
        )
        .where(
            scope.mine(verdicts),
            verdicts.c.endpoint.in_(list(numbers)),
            observations.c.ended_at.is_(None),
        )
    )
    found = {row["id"]: row for row in scope.rows(query)}
    return [found[number] for number in sorted(found)]


def joined(
    rows: Iterable[RowMapping], field: Iterable[Fielded]
) -> list[tuple[RowMapping, Fielded]]:
    """Return each row with each release in the field that ships its pin set."""
    shipping: dict[int, list[Fielded]] = {}
    for one in field:
        shipping.setdefault(one.pin_set, []).append(one)
    return [(row, one) for row in rows for one in shipping.get(row["pin_set"], ())]


def verdict(release: Fielded, row: RowMapping) -> ToldVerdict:
    """Return what is told of a release's verdict."""
    return ToldVerdict(
        application=release.application,
        version=release.version,
        chain=row["chain"].hex(),
        outcome=row["outcome"],
        pin=row["pin"],
        position=row["position"],
        why=list(row["why"].get("lines", [])),
        judged_at=row["judged_at"],
    )


def _told(row: RowMapping, chain: Chain) -> ToldObservation:
    return ToldObservation(
        id=row["id"],
        vantage=row["vantage"],
        address=row["address"],
        key_type=row["key_type"],
        chain=[certificate(one) for one in chain],
        failure=row["failure"],
        first_seen_at=row["first_seen_at"],
        last_seen_at=row["last_seen_at"],
        ended_at=row["ended_at"],
        probes=row["probes"],
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/endpoints/{endpoint}/observations",
        answer=list_observations,
        action=Action.READ,
        tag=Tag.ENDPOINTS,
        errors=(404,),
    ),
    Operation(
        method="GET",
        path="/endpoints/{endpoint}/verdicts",
        answer=list_endpoint_verdicts,
        action=Action.READ,
        tag=Tag.ENDPOINTS,
        errors=(404,),
    ),
)
