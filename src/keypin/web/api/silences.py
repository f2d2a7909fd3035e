"""Silences: for a while nobody is told of what they match, and it stays visible."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field

from keypin.alerts import Match
from keypin.findings import Severity
from keypin.watch.alerting import silences
from keypin.watch.alerting.silences import KnownSilence
from keypin.watch.people.roles import Action
from keypin.web.api.call import Asked
from keypin.web.api.operation import Operation, Tag
from keypin.web.api.paging import Page, Paged
from keypin.web.api.rules import Conditions
from keypin.web.api.shapes import Given, Moment, Number, Title, Told


class NewSilence(Given):
    """A silence to begin now."""

    when: Annotated[Conditions, Field(description='What it is about; `ids: ["*"]` for all.')]
    until: Moment
    reason: Annotated[Title, Field(description="For those who wonder later.")]


class ToldSilence(Told):
    """A silence."""

    id: int
    ids: list[str]
    severity: str
    subjects: list[str]
    owners: list[str]
    tags: list[str]
    applications: list[str]
    since: datetime
    until: datetime
    ends: Annotated[datetime, Field(description="Before `until`, where somebody ended it.")]
    ended_by: str | None
    reason: str
    by: str


def list_silences(
    call: Asked,
    paging: Paged,
    *,
    over: Annotated[bool, Query(description="Those that have ended, too.")] = False,
) -> Page[ToldSilence]:
    """List the silences."""
    with call.read() as scope:
        found = silences.listed(scope, call.at, over=over)
    return paging.of(found, _told, lambda one: (one.id,), int)


def create_silence(call: Asked, new: NewSilence) -> ToldSilence:
    """Silence what matches, from now on; what still holds at its end is told then."""
    match = _match(new.when)
    with call.begin() as scope:
        by = call.identity.actor.name
        edit = silences.add(scope, match, new.until, new.reason, by=by, at=call.at)
        call.wrote(scope, edit)
        made = next(one for one in silences.listed(scope, call.at) if one.id == edit.id)
    return _told(made)


def end_silence(call: Asked, silence: Number) -> None:
    """End a silence now."""
    with call.begin() as scope:
        by = call.identity.actor.name
        call.wrote(scope, silences.end(scope, silence, by=by, at=call.at))


def _match(when: Conditions) -> Match:
    return Match(
        ids=tuple(when.ids or ()),
        severity=when.severity or Severity.NOTE,
        subjects=tuple(when.subjects or ()),
        owners=tuple(when.owners or ()),
        tags=tuple(when.tags or ()),
        applications=tuple(when.applications or ()),
    )


def _told(one: KnownSilence) -> ToldSilence:
    match = one.silence.match
    return ToldSilence(
        id=one.id,
        ids=list(match.ids),
        severity=match.severity.value,
        subjects=list(match.subjects),
        owners=list(match.owners),
        tags=list(match.tags),
        applications=list(match.applications),
        since=one.silence.since,
        until=one.silence.until,
        ends=one.ends,
        ended_by=one.ended_by,
        reason=one.silence.reason,
        by=one.silence.by,
    )


OPERATIONS = (
    Operation(
        method="GET", path="/silences", answer=list_silences, action=Action.READ, tag=Tag.ALERTS
    ),
    Operation(
        method="POST",
        path="/silences",
        answer=create_silence,
        action=Action.WRITE_ALERTS,
        tag=Tag.ALERTS,
        status=201,
        example={
            "when": {"subjects": ["*.example.com:443"]},
            "until": "2026-12-24T08:00:00Z",
            "reason": "The certificate is replaced on Monday",
        },
    ),
    Operation(
        method="DELETE",
        path="/silences/{silence}",
        answer=end_silence,
        action=Action.WRITE_ALERTS,
        tag=Tag.ALERTS,
        status=204,
        errors=(404,),
    ),
)
