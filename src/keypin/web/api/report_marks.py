"""Groups of reports that are known: marked, and unmarked."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from keypin.findings import Severity
from keypin.watch.collecting import knowing
from keypin.watch.collecting.knowing import Mark
from keypin.watch.people.roles import Action
from keypin.web.api.call import Asked
from keypin.web.api.operation import Operation, Tag
from keypin.web.api.shapes import Given, Line, Moment, Name, Number, Told


class NewMark(Given):
    """That a group is known, and as what."""

    note: Annotated[
        Line,
        StringConstraints(min_length=1),
        Field(description="Why nobody needs to hear of it."),
    ]
    until: Annotated[Moment | None, Field(description="When that ends; null: it does not.")] = None
    classification: Annotated[Name, Field(description="What it is, as you have seen it.")]
    severity: Annotated[
        Severity, Field(strict=False, description="How bad it is, as you have seen it.")
    ]


class ToldMark(Told):
    """That a group is known."""

    note: str
    by: str
    since: datetime
    until: Annotated[datetime | None, Field(description="Null: it does not end by itself.")]
    classification: Annotated[str, Field(description="What it was then.")]
    severity: str
    outgrown: Annotated[str, Field(description="As what it was worse, which ended it.")]
    holds: Annotated[bool, Field(description="False: it has ended, and the group is told again.")]


def told_mark(mark: Mark, at: datetime) -> ToldMark:
    """Return a mark as it is told."""
    return ToldMark(
        note=mark.note,
        by=mark.by,
        since=mark.since,
        until=mark.until,
        classification=mark.of.classification,
        severity=mark.of.severity.value,
        outgrown=mark.outgrown,
        holds=mark.holds(at),
    )


def mark_report_group(call: Asked, group: Number, new: NewMark) -> ToldMark:
    """Mark a group as known: it raises no alert until it gets worse."""
    seen, by = (new.classification, new.severity.value), call.identity.actor
    with call.begin() as scope:
        mark = knowing.mark(scope, group, new.note, seen, until=new.until, by=by, at=call.at)
    return told_mark(mark, call.at)


def unmark_report_group(call: Asked, group: Number) -> None:
    """Unmark a group: it is told again."""
    with call.begin() as scope:
        knowing.unmark(scope, group, by=call.identity.actor, at=call.at)


_ONE = "/report-groups/{group}/known"

OPERATIONS = (
    Operation(
        method="PUT",
        path=_ONE,
        answer=mark_report_group,
        action=Action.WRITE_ALERTS,
        tag=Tag.REPORTS,
        errors=(404, 409),
        example={
            "note": "The antivirus of our largest customer",
            "until": "2027-03-31T00:00:00Z",
            "classification": "intercepting-proxy",
            "severity": "warning",
        },
    ),
    Operation(
        method="DELETE",
        path=_ONE,
        answer=unmark_report_group,
        action=Action.WRITE_ALERTS,
        tag=Tag.REPORTS,
        status=204,
        errors=(404,),
    ),
)
