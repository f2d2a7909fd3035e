"""What holds now: every finding on endpoints, releases, logs and reports, alerted or not.

Forecasts are among them: what breaks within a month holds from today on.
"""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field
from sqlalchemy import RowMapping

from keypin.findings import Severity
from keypin.watch.alerting.documents import signal_of
from keypin.watch.people.roles import Action
from keypin.watch.store.tables import signals
from keypin.web.api.call import Asked
from keypin.web.api.operation import Operation, Tag
from keypin.web.api.paging import Page, Paged
from keypin.web.api.shapes import Told


class ToldSignal(Told):
    """A finding that holds."""

    id: int
    finding: str
    severity: str
    subject: str
    title: str
    application: str | None
    owner: str | None
    evidence: list[str]
    facts: Annotated[dict[str, str], Field(description="The same for programs.")]
    next_step: str
    link: str
    since: datetime


def list_findings(
    call: Asked,
    paging: Paged,
    finding: Annotated[str | None, Query(max_length=100)] = None,
    severity: Annotated[Severity | None, Query()] = None,
    endpoint: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
) -> Page[ToldSignal]:
    """List what holds now, the newest first; forecasts of what breaks within a month too."""
    after = paging.after(int)
    with call.read() as scope:
        query = scope.select(signals).where(signals.c.holds).order_by(signals.c.id.desc())
        for column, value in (
            (signals.c.rule, finding),
            (signals.c.severity, severity.value if severity else None),
            (signals.c.endpoint, endpoint),
        ):
            query = query if value is None else query.where(column == value)
        if after is not None:
            query = query.where(signals.c.id < after[0])
        rows = scope.rows(query.limit(paging.limit + 1))
    return paging.page(rows, lambda row: _told(row, call.pages), lambda row: (row["id"],))


def _told(row: RowMapping, pages: str) -> ToldSignal:
    one = signal_of(row["document"])
    return ToldSignal(
        id=row["id"],
        finding=one.id,
        severity=one.severity.value,
        subject=str(one.subject),
        title=one.title,
        application=one.application,
        owner=one.owner,
        evidence=list(one.evidence),
        facts=dict(one.facts),
        next_step=one.next_step,
        link=pages + one.link,
        since=row["since"],
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/findings",
        answer=list_findings,
        action=Action.READ,
        tag=Tag.FORECAST,
    ),
)
