"""The forecast: the next dates on which something ends or breaks, as a list and as a calendar."""

from datetime import datetime
from typing import Annotated

from fastapi import Query, Response
from pydantic import Field

from keypin.alerts import Deadline
from keypin.watch.alerting import deadlines
from keypin.watch.alerting.feeds import calendar
from keypin.watch.inventory.shelf import Shelf
from keypin.watch.people.roles import Action
from keypin.web.api.call import Asked
from keypin.web.api.operation import Operation, Tag
from keypin.web.api.paging import Page, Paged
from keypin.web.api.shapes import Moment, Told

_ICS = "text/calendar"

# Pin sets that were parsed for it lately, of all organisations, by their digests.
_SHELF = Shelf()


class ToldDeadline(Told):
    """A day on which something ends."""

    id: Annotated[str, Field(description="The same while it is the same, though it moves.")]
    what: Annotated[str, Field(description="What ends, as `certificate-expires`.")]
    when: datetime
    subject: str
    severity: Annotated[str, Field(description="How bad it is if nothing is done.")]
    title: str
    next_step: str
    link: str
    owner: str | None


def list_deadlines(
    call: Asked,
    paging: Paged,
    before: Annotated[Moment | None, Query(description="What is before this alone.")] = None,
) -> Page[ToldDeadline]:
    """List what ends or breaks next, and what is planned, by time."""
    with call.read() as scope:
        found = deadlines.gather(scope, _SHELF, call.at)
    wanted = [one for one in found if before is None or one.when < before]
    return paging.of(
        wanted,
        lambda one: _told(one, call.pages),
        lambda one: (one.when.isoformat(), one.uid),
        str,
        str,
    )


def get_calendar(call: Asked) -> Response:
    """Return the same as a calendar (iCalendar, RFC 5545)."""
    body = calendar(call.core, call.identity.organisation, _SHELF)
    return Response(body, media_type=f"{_ICS}; charset=utf-8")


def _told(one: Deadline, pages: str) -> ToldDeadline:
    return ToldDeadline(
        id=one.uid,
        what=one.what,
        when=one.when,
        subject=str(one.subject),
        severity=one.severity.value,
        title=one.title,
        next_step=one.next_step,
        link=pages + one.link,
        owner=one.owner,
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/deadlines",
        answer=list_deadlines,
        action=Action.READ,
        tag=Tag.FORECAST,
    ),
    Operation(
        method="GET",
        path="/deadlines.ics",
        answer=get_calendar,
        action=Action.READ,
        tag=Tag.FORECAST,
        form=_ICS,
    ),
)
