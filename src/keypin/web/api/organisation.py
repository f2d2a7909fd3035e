"""The organisation itself: its title, what it keeps, and its audit log."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from keypin.watch.people import audit, organisations
from keypin.watch.people.roles import Action
from keypin.watch.store.tables import audit_log
from keypin.web.api.call import Asked, Call
from keypin.web.api.operation import Operation, Tag
from keypin.web.api.paging import Page, Paged
from keypin.web.api.shapes import Given, Title, Told


class ToldOrganisation(Told):
    """The organisation of the token, and how the service is set up for it."""

    name: str
    title: str
    public_url: str
    keep_reports: Annotated[int, Field(description="Days that single reports are kept.")]
    keep_observations: Annotated[
        int, Field(description="Days that an observation is kept after it ended.")
    ]
    keep_findings: Annotated[
        int, Field(description="Days that what logs hold is kept after the certificate expired.")
    ]
    addresses: Annotated[str, Field(description="What is kept of addresses of reports.")]
    audit_digest: Annotated[
        str, Field(description="Of the newest entry of the audit log, which covers all; keep it.")
    ]


class OrganisationChange(Given):
    """What may change of it."""

    title: Title


class ToldEntry(Told):
    """An entry of the audit log."""

    id: int
    at: datetime
    actor: str
    network: str
    action: str
    subject: str
    detail: dict[str, Any]
    digest: str


def get_organisation(call: Asked) -> ToldOrganisation:
    """Show the organisation, and the settings of the service that concern it."""
    return _told(call)


def change_organisation(call: Asked, change: OrganisationChange) -> ToldOrganisation:
    """Give the organisation another title."""
    with call.begin() as scope:
        actor = call.identity.actor
        organisations.rename(scope.connection, scope.organisation, change.title, actor, call.at)
    return _told(call)


def list_audit_log(call: Asked, paging: Paged) -> Page[ToldEntry]:
    """List who changed what, the newest first."""
    after = paging.after(int)
    with call.read() as scope:
        mine = audit_log.c.organisation == scope.organisation
        query = audit_log.select().where(mine).order_by(audit_log.c.id.desc())
        if after is not None:
            query = query.where(audit_log.c.id < after[0])
        rows = scope.execute(query.limit(paging.limit + 1)).mappings().all()
    return paging.page(
        rows,
        lambda row: ToldEntry(
            id=row["id"],
            at=row["at"],
            actor=row["actor"],
            network=row["network"],
            action=row["action"],
            subject=row["subject"],
            detail=row["detail"],
            digest=row["digest"].hex(),
        ),
        lambda row: (row["id"],),
    )


def _told(call: Call) -> ToldOrganisation:
    settings = call.core.settings
    with call.read() as scope:
        found = organisations.get(scope.connection, scope.organisation)
        newest = audit.newest(scope.connection, scope.organisation)
    return ToldOrganisation(
        name=found.name,
        title=found.title,
        public_url=settings.base_url,
        keep_reports=settings.keep_reports.days,
        keep_observations=settings.keep_observations.days,
        keep_findings=settings.keep_findings.days,
        addresses=settings.addresses.value,
        audit_digest=newest.hex(),
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/organisation",
        answer=get_organisation,
        action=Action.READ,
        tag=Tag.ORGANISATION,
    ),
    Operation(
        method="PATCH",
        path="/organisation",
        answer=change_organisation,
        action=Action.MANAGE_SETTINGS,
        tag=Tag.ORGANISATION,
        example={"title": "Acme"},
    ),
    Operation(
        method="GET",
        path="/audit-log",
        answer=list_audit_log,
        action=Action.READ_AUDIT,
        tag=Tag.ORGANISATION,
    ),
)
