"""Pin failure reports: groups of them, what stands behind each, and how many come."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field
from sqlalchemy import BigInteger, RowMapping, Select, func, select, tuple_, type_coerce

from keypin.watch.collecting import knowing
from keypin.watch.inventory import UnknownError
from keypin.watch.people.roles import Action
from keypin.watch.store import Scope
from keypin.watch.store.tables import applications, report_counts, report_groups
from keypin.web.api.call import Asked
from keypin.web.api.operation import Operation, Tag
from keypin.web.api.paging import Page, Paged
from keypin.web.api.report_marks import ToldMark, told_mark
from keypin.web.api.shapes import Number, Told


class ToldGroup(Told):
    """Reports that tell the same."""

    id: int
    application: str
    host: str
    classification: Annotated[str, Field(description="What stands behind it.")]
    severity: str
    benign: Annotated[bool | None, Field(description="Null: nobody can say.")]
    message: str
    count: int
    first_at: datetime
    last_at: datetime
    burst_since: Annotated[
        datetime | None, Field(description="Null: there is no burst, or it is known.")
    ]
    known: Annotated[ToldMark | None, Field(description="Null: nobody marked it as known.")]


class ToldMinute(Told):
    """How many came in a minute."""

    minute: datetime
    count: int


class WholeGroup(ToldGroup):
    """The same with its evidence, and how many came of late."""

    document: Annotated[dict[str, Any], Field(description="The classification whole.")]
    minutes: Annotated[list[ToldMinute], Field(description="Of the last day.")]


def list_report_groups(
    call: Asked,
    paging: Paged,
    application: Annotated[str | None, Query(max_length=64)] = None,
    *,
    bursts: Annotated[bool, Query(description="Those alone that are a burst now.")] = False,
    known: Annotated[
        bool | None, Query(description="Those alone that are known now, or that are not.")
    ] = None,
) -> Page[ToldGroup]:
    """List groups of reports, those first that came last."""
    after = paging.after(int, int)
    last = type_coerce(report_groups.c.last_at, BigInteger)
    with call.read() as scope:
        query = _query(scope, last.label("last"))
        if application is not None:
            query = query.where(applications.c.name == application)
        if bursts:
            query = query.where(report_groups.c.burst_since.is_not(None))
        if known is not None:
            is_known = knowing.holding(call.at)
            query = query.where(is_known if known else ~is_known)
        if after is not None:
            query = query.where(tuple_(last, report_groups.c.id) < after)
        order = report_groups.c.last_at.desc(), report_groups.c.id.desc()
        rows = scope.rows(query.order_by(*order).limit(paging.limit + 1))
    return paging.page(
        rows, lambda row: ToldGroup(**_values(row, call.at)), lambda row: (row["last"], row["id"])
    )


def get_report_group(call: Asked, group: Number) -> WholeGroup:
    """Show a group of reports, with the evidence of what stands behind it."""
    with call.read() as scope:
        row = scope.row(_query(scope).where(report_groups.c.id == group))
        if row is None:
            raise UnknownError.of("report group", group)
        minutes = _minutes(scope, group, call.at - timedelta(days=1))
    return WholeGroup(**_values(row, call.at), document=row["document"], minutes=minutes)


def _minutes(scope: Scope, group: int, since: datetime) -> list[ToldMinute]:
    minute, count = report_counts.c.minute, func.sum(report_counts.c.count).label("count")
    query = scope.select(minute, count).where(
        report_counts.c.report_group == group, minute >= since
    )
    rows = scope.rows(query.group_by(minute).order_by(minute))
    return [ToldMinute(minute=row["minute"], count=row["count"]) for row in rows]


def _query(scope: Scope, *more: Any) -> Select[*tuple[Any, ...]]:  # noqa: ANN401 - as select
    kept = [one for one in report_groups.c if one.name not in {"application", "folded", "burst"}]
    query = select(*kept, applications.c.name.label("application"), *more)
    joined = report_groups.join(
        applications,
        (applications.c.id == report_groups.c.application)
        & (applications.c.organisation == report_groups.c.organisation),
    )
    return query.select_from(joined).where(scope.mine(report_groups))


def _values(row: RowMapping, at: datetime) -> dict[str, Any]:
    mark = knowing.mark_of(row)
    known = None if mark is None else told_mark(mark, at)
    return {**{name: row[name] for name in ToldGroup.model_fields}, "known": known}


OPERATIONS = (
    Operation(
        method="GET",
        path="/report-groups",
        answer=list_report_groups,
        action=Action.READ_REPORTS,
        tag=Tag.REPORTS,
    ),
    Operation(
        method="GET",
        path="/report-groups/{group}",
        answer=get_report_group,
        action=Action.READ_REPORTS,
        tag=Tag.REPORTS,
        errors=(404,),
    ),
)
