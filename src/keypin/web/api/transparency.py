"""Certificate Transparency: what logs hold for the names of the organisation, and how far they lag.

The logs themselves are the same for everybody; what was found in them is each organisation's.
"""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field, StringConstraints
from sqlalchemy import BigInteger, RowMapping, tuple_, type_coerce

from keypin.findings import Severity
from keypin.watch.inventory import UnknownError
from keypin.watch.people.roles import Action
from keypin.watch.store.tables import ct_findings, ct_logs
from keypin.watch.transparency.acknowledging import (
    Acknowledgement,
    acknowledge,
    of_row,
    take_back,
)
from keypin.watch.transparency.reading import story_of
from keypin.watch.transparency.words import lasting
from keypin.web.api.call import Asked
from keypin.web.api.operation import Operation, Tag
from keypin.web.api.paging import Page, Paged
from keypin.web.api.shapes import Given, Line, Number, Told


class NewAcknowledgement(Given):
    """That a finding is known."""

    note: Annotated[
        Line,
        StringConstraints(min_length=1),
        Field(description="Why nobody else needs to look."),
    ]


class ToldAcknowledgement(Told):
    """Who knows of a finding."""

    by: str
    at: datetime
    note: str


class ToldCtFinding(Told):
    """A certificate that a log holds, and what is to be said of it."""

    id: int
    rule: str
    severity: str
    message: str
    words: Annotated[
        str, Field(description="All of it in a sentence that reads the same at any time.")
    ]
    names: list[str]
    issuer: str
    spki_sha256: str | None
    certificate_sha256: str | None
    not_after: datetime | None
    log: str
    position: Annotated[int, Field(description="The entry's index in the log.")]
    logged_at: datetime
    known_at: datetime
    endpoint: int | None
    deployed_at: Annotated[datetime | None, Field(description="Null: nobody serves it yet.")]
    share: Annotated[float | None, Field(description="Of users whom deploying it would refuse.")]
    acknowledged: Annotated[
        ToldAcknowledgement | None, Field(description="Null: nobody said that it is known.")
    ]


class WholeCtFinding(ToldCtFinding):
    """The same with its evidence."""

    document: Annotated[dict[str, Any], Field(description="The finding whole, with its proof.")]


class ToldLog(Told):
    """A log that is read."""

    id: str
    name: str
    operator: str
    url: str
    state: str
    verified: Annotated[int, Field(description="Entries that were read and verified.")]
    size: Annotated[int, Field(description="Entries of its newest head.")]
    lag: Annotated[int | None, Field(description="Seconds.")]
    head_at: datetime | None
    problem: str | None


def list_ct_findings(
    call: Asked,
    paging: Paged,
    severity: Annotated[Severity | None, Query()] = None,
    endpoint: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    acknowledged: Annotated[
        bool | None, Query(description="Only those that somebody acknowledged, or nobody did.")
    ] = None,
) -> Page[ToldCtFinding]:
    """List what was found in logs, the newest first."""
    after = paging.after(int, int)
    known = type_coerce(ct_findings.c.known_at, BigInteger)
    with call.read() as scope:
        query = scope.select(*ct_findings.c, known.label("known"))
        if severity is not None:
            query = query.where(ct_findings.c.severity == severity.value)
        if endpoint is not None:
            query = query.where(ct_findings.c.endpoint == endpoint)
        if acknowledged is not None:
            nobody = ct_findings.c.acknowledged_at.is_(None)
            query = query.where(~nobody if acknowledged else nobody)
        if after is not None:
            query = query.where(tuple_(known, ct_findings.c.id) < after)
        order = ct_findings.c.known_at.desc(), ct_findings.c.id.desc()
        rows = scope.rows(query.order_by(*order).limit(paging.limit + 1))
    return paging.page(
        rows, lambda row: ToldCtFinding(**_values(row)), lambda row: (row["known"], row["id"])
    )


def get_ct_finding(call: Asked, finding: Number) -> WholeCtFinding:
    """Show what was found in a log, with its evidence."""
    with call.read() as scope:
        row = scope.row(scope.select(ct_findings).where(ct_findings.c.id == finding))
    if row is None:
        raise UnknownError.of("finding", finding)
    return WholeCtFinding(**_values(row), document=row["document"])


def acknowledge_ct_finding(
    call: Asked, finding: Number, new: NewAcknowledgement
) -> ToldAcknowledgement:
    """Acknowledge a finding: its alert is closed, and nobody is told unless it gets worse."""
    with call.begin() as scope:
        by = call.identity.actor
        return _acknowledged(acknowledge(scope, finding, new.note, by=by, at=call.at))


def take_back_ct_acknowledgement(call: Asked, finding: Number) -> None:
    """Take an acknowledgement back: the finding is told again."""
    with call.begin() as scope:
        take_back(scope, finding, by=call.identity.actor, at=call.at)


def list_ct_logs(call: Asked, paging: Paged) -> Page[ToldLog]:
    """List the logs that the service reads, and where each stands."""
    with call.core.database.read_across() as connection:
        rows = connection.execute(ct_logs.select()).mappings().all()
    return paging.of(rows, _log, lambda row: (row["name"], row["log"]), str, str)


def _values(row: RowMapping) -> dict[str, Any]:
    plain = ("id", "rule", "severity", "message", "names", "issuer", "not_after", "log")
    more = ("position", "logged_at", "known_at", "endpoint", "deployed_at", "share")
    return {
        **{name: row[name] for name in (*plain, *more)},
        "spki_sha256": row["spki"].hex() if row["spki"] else None,
        "certificate_sha256": row["certificate"].hex() if row["certificate"] else None,
        "words": lasting(story_of(row)),
        "acknowledged": (known := of_row(row)) and _acknowledged(known),
    }


def _acknowledged(one: Acknowledgement) -> ToldAcknowledgement:
    return ToldAcknowledgement(by=one.by, at=one.at, note=one.note)


def _log(row: RowMapping) -> ToldLog:
    return ToldLog(
        id=row["log"],
        name=row["name"],
        operator=row["operator"],
        url=row["url"],
        state=row["state"],
        verified=row["position"],
        size=row["size"],
        lag=row["lag"],
        head_at=row["head_at"],
        problem=row["problem"],
    )


_KNOWN = "/ct/findings/{finding}/acknowledgement"

OPERATIONS = (
    Operation(
        method="GET",
        path="/ct/findings",
        answer=list_ct_findings,
        action=Action.READ,
        tag=Tag.LOGS,
    ),
    Operation(
        method="GET",
        path="/ct/findings/{finding}",
        answer=get_ct_finding,
        action=Action.READ,
        tag=Tag.LOGS,
        errors=(404,),
    ),
    Operation(
        method="PUT",
        path=_KNOWN,
        answer=acknowledge_ct_finding,
        action=Action.WRITE_ALERTS,
        tag=Tag.LOGS,
        errors=(404,),
        example={"note": "Ordered for the move to another CA"},
    ),
    Operation(
        method="DELETE",
        path=_KNOWN,
        answer=take_back_ct_acknowledgement,
        action=Action.WRITE_ALERTS,
        tag=Tag.LOGS,
        status=204,
        errors=(404,),
    ),
    Operation(method="GET", path="/ct/logs", answer=list_ct_logs, action=Action.READ, tag=Tag.LOGS),
)
