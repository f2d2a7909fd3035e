"""Alerts: what needs somebody, taken care of or closed."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import Query
from pydantic import Field
from sqlalchemy import RowMapping

from keypin.alerts import Alert, State
from keypin.findings import Severity
from keypin.watch.alerting import acting
from keypin.watch.alerting.documents import alert_of
from keypin.watch.inventory import UnknownError
from keypin.watch.people.roles import Action
from keypin.watch.store import Scope
from keypin.watch.store.tables import alerts
from keypin.web.api.call import Asked, Call
from keypin.web.api.operation import Operation, Tag
from keypin.web.api.paging import Page, Paged
from keypin.web.api.shapes import Given, Line, Number, Told


class Standing(StrEnum):
    """Which alerts are listed."""

    ACTIVE = "active"
    """Open, or acknowledged."""
    PENDING = "pending"
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    ALL = "all"


class Acknowledgement(Given):
    """What is said of taking care of an alert."""

    note: Annotated[Line, Field(description="For those who read it later, and for messages.")] = ""


class ToldAlert(Told):
    """An alert."""

    id: int
    state: str
    severity: str
    finding: Annotated[str, Field(description="What was found, as `certificate-expires`.")]
    rule: Annotated[str, Field(description="The rule of alerting that decided.")]
    subject: str
    title: str
    application: str | None
    owner: str | None
    concerns: Annotated[list[str], Field(description="Owners besides, whom it concerns.")]
    tags: list[str]
    evidence: list[str]
    next_step: str
    link: Annotated[str, Field(description="The page that shows it.")]
    since: datetime
    opened_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    acknowledged_note: Annotated[str, Field(description="What they said of it; may be empty.")]
    resolved_at: datetime | None
    count: Annotated[int, Field(description="How often it was seen.")]


def list_alerts(
    call: Asked,
    paging: Paged,
    state: Annotated[Standing, Query()] = Standing.ACTIVE,
    severity: Annotated[Severity | None, Query()] = None,
) -> Page[ToldAlert]:
    """List alerts, the newest first."""
    after = paging.after(int)
    with call.read() as scope:
        query = scope.select(alerts.c.id, alerts.c.document).order_by(alerts.c.id.desc())
        if state is not Standing.ALL:
            query = query.where(alerts.c.state.in_(_states(state)))
        if severity is not None:
            query = query.where(alerts.c.severity == severity.value)
        if after is not None:
            query = query.where(alerts.c.id < after[0])
        rows = scope.rows(query.limit(paging.limit + 1))
    return paging.page(rows, _row(call.pages), lambda row: (row["id"],))


def get_alert(call: Asked, alert: Number) -> ToldAlert:
    """Show an alert."""
    with call.read() as scope:
        return _shown(call, scope, alert)


def acknowledge_alert(call: Asked, alert: Number, said: Acknowledgement | None = None) -> ToldAlert:
    """Take care of an alert, perhaps with a note: nobody is told again before it gets worse."""
    note = said.note if said else ""
    with call.begin() as scope:
        acting.take_care(scope, alert, by=call.identity.actor, at=call.at, note=note)
        return _shown(call, scope, alert)


def resolve_alert(call: Asked, alert: Number) -> ToldAlert:
    """Say that an alert is over; if its trouble is seen again, it is not."""
    with call.begin() as scope:
        acting.close(scope, alert, by=call.identity.actor, at=call.at)
        return _shown(call, scope, alert)


def _states(wanted: Standing) -> tuple[str, ...]:
    if wanted is Standing.ACTIVE:
        return State.OPEN.value, State.ACKNOWLEDGED.value
    return (wanted.value,)


def _shown(call: Call, scope: Scope, number: int) -> ToldAlert:
    query = scope.select(alerts.c.id, alerts.c.document).where(alerts.c.id == number)
    row = scope.row(query)
    if row is None:
        raise UnknownError.of("alert", number)
    return _row(call.pages)(row)


def _row(pages: str) -> Callable[[RowMapping], ToldAlert]:
    return lambda row: _told(row["id"], alert_of(row["document"]), pages)


def _told(number: int, one: Alert, pages: str) -> ToldAlert:
    signal = one.signal
    return ToldAlert(
        id=number,
        state=one.state.value,
        severity=one.severity.value,
        finding=signal.id,
        rule=one.rule,
        subject=str(signal.subject),
        title=signal.title,
        application=signal.application,
        owner=signal.owner,
        concerns=list(signal.concerns),
        tags=list(signal.tags),
        evidence=list(signal.evidence),
        next_step=signal.next_step,
        link=pages + signal.link,
        since=one.since,
        opened_at=one.opened_at,
        acknowledged_at=one.acknowledged_at,
        acknowledged_by=one.acknowledged_by,
        acknowledged_note=one.acknowledged_note,
        resolved_at=one.resolved_at,
        count=one.count,
    )


OPERATIONS = (
    Operation(method="GET", path="/alerts", answer=list_alerts, action=Action.READ, tag=Tag.ALERTS),
    Operation(
        method="GET",
        path="/alerts/{alert}",
        answer=get_alert,
        action=Action.READ,
        tag=Tag.ALERTS,
        errors=(404,),
    ),
    Operation(
        method="POST",
        path="/alerts/{alert}/acknowledge",
        answer=acknowledge_alert,
        action=Action.WRITE_ALERTS,
        tag=Tag.ALERTS,
        errors=(404,),
        example={"note": "The old certificate is put back at noon"},
    ),
    Operation(
        method="POST",
        path="/alerts/{alert}/resolve",
        answer=resolve_alert,
        action=Action.WRITE_ALERTS,
        tag=Tag.ALERTS,
        errors=(404,),
    ),
)
