"""Applications: what is released, each with the address that its reports go to."""

from datetime import datetime
from typing import Annotated

from fastapi import Response
from pydantic import Field

from keypin.inventory.entries import Application, Platform
from keypin.watch.inventory import applications
from keypin.watch.inventory.applications import KnownApplication
from keypin.watch.people.roles import Action
from keypin.web.api.call import Asked, Call
from keypin.web.api.operation import Operation, Tag
from keypin.web.api.paging import Page, Paged
from keypin.web.api.shapes import Given, Issuers, Name, NameInPath, Tags, Title, Told


class ApplicationValues(Given):
    """What may be said of an application."""

    title: Annotated[Title | None, Field(description="What people call it.")] = None
    platform: Annotated[Platform, Field(strict=False)] = Platform.OTHER
    owner: Annotated[Name | None, Field(description="Who acts for it.")] = None
    tags: Tags = Field(default_factory=list)
    expected_issuers: Issuers = Field(
        default_factory=list,
        description="Who may issue for the hosts that it pins; none: whom the organisation names.",
    )

    def entry(self, name: str) -> Application:
        """Return the entry of the inventory that it makes."""
        return Application(
            name=name,
            title=self.title,
            platform=self.platform,
            owner=self.owner,
            tags=tuple(self.tags),
            expected_issuers=tuple(self.expected_issuers),
        )


class NewApplication(ApplicationValues):
    """An application to be added."""

    name: Name


class ToldApplication(Told):
    """An application."""

    name: str
    title: str
    platform: str
    owner: str | None
    tags: list[str]
    expected_issuers: list[str]
    created_at: datetime
    report_uri: Annotated[
        str, Field(description="Where its pin failure reports go; part of the app, and no secret.")
    ]


def list_applications(call: Asked, paging: Paged) -> Page[ToldApplication]:
    """List the applications, by name."""
    with call.read() as scope:
        found = applications.listed(scope)
    return paging.of(found, lambda one: _told(call, one), lambda one: (one.name,), str)


def create_application(call: Asked, new: NewApplication, response: Response) -> ToldApplication:
    """Add an application, without releases."""
    with call.begin() as scope:
        call.wrote(scope, applications.add(scope, new.entry(new.name), at=call.at))
        told = _told(call, applications.find(scope, new.name))
    response.headers["location"] = f"/api/v1/applications/{told.name}"
    return told


def get_application(call: Asked, application: NameInPath) -> ToldApplication:
    """Show an application."""
    with call.read() as scope:
        return _told(call, applications.find(scope, application))


def change_application(
    call: Asked, application: NameInPath, values: ApplicationValues
) -> ToldApplication:
    """Give an application other values, all of them; its releases stay."""
    with call.begin() as scope:
        call.match(_told(call, applications.find(scope, application)))
        call.wrote(scope, applications.change(scope, values.entry(application)))
        return _told(call, applications.find(scope, application))


def remove_application(call: Asked, application: NameInPath) -> None:
    """Remove an application, with its releases and reports."""
    with call.begin() as scope:
        call.match(_told(call, applications.find(scope, application)))
        call.wrote(scope, applications.remove(scope, application))


def _told(call: Call, one: KnownApplication) -> ToldApplication:
    return ToldApplication(
        name=one.name,
        title=one.title,
        platform=one.platform,
        owner=one.owner,
        tags=list(one.tags),
        expected_issuers=list(one.expected_issuers),
        created_at=one.created_at,
        report_uri=f"{call.core.settings.base_url}/report/{one.report_key}",
    )


_EXAMPLE = {"title": "The shop", "platform": "ios", "owner": None, "tags": ["shop"]}

OPERATIONS = (
    Operation(
        method="GET",
        path="/applications",
        answer=list_applications,
        action=Action.READ,
        tag=Tag.APPLICATIONS,
    ),
    Operation(
        method="POST",
        path="/applications",
        answer=create_application,
        action=Action.WRITE_INVENTORY,
        tag=Tag.APPLICATIONS,
        status=201,
        errors=(404, 409),
        example={"name": "shop-ios", **_EXAMPLE},
    ),
    Operation(
        method="GET",
        path="/applications/{application}",
        answer=get_application,
        action=Action.READ,
        tag=Tag.APPLICATIONS,
        errors=(404,),
    ),
    Operation(
        method="PUT",
        path="/applications/{application}",
        answer=change_application,
        action=Action.WRITE_INVENTORY,
        tag=Tag.APPLICATIONS,
        errors=(404, 412),
        example=_EXAMPLE,
    ),
    Operation(
        method="DELETE",
        path="/applications/{application}",
        answer=remove_application,
        action=Action.WRITE_INVENTORY,
        tag=Tag.APPLICATIONS,
        status=204,
        errors=(404, 412),
    ),
)
