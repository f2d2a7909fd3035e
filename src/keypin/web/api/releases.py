"""Releases: app versions in the field, each with the pins that were shipped in it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import Field

from keypin.watch.inventory import Edit, pushing, releases
from keypin.watch.inventory.releases import KnownRelease
from keypin.watch.people.roles import Action
from keypin.watch.store import Scope
from keypin.web.api.call import Asked, Call
from keypin.web.api.operation import Operation, Tag
from keypin.web.api.paging import Page, Paged
from keypin.web.api.shapes import Given, NameInPath, Share, Told, VersionInPath

PATH = "/applications/{application}/releases/{version}"


class ToldRelease(Told):
    """A release."""

    application: str
    version: str
    form: Annotated[str, Field(description="What was uploaded: a form's name, or a kind of app.")]
    source: Annotated[str, Field(description="The name of its file.")]
    digest: Annotated[str, Field(description="SHA-256 of its pins as canonical pins.toml.")]
    released_at: datetime
    share: Annotated[float | None, Field(description="Of the users, given by hand.")]
    measured: Annotated[float | None, Field(description="The same, from reports.")]
    retired_at: datetime | None
    created_at: datetime
    remarks: Annotated[list[dict[str, Any]], Field(description="What the pins' reader said.")]


class ReleaseChange(Given):
    """What may change of a release; what is left out stays."""

    share: Annotated[Share | None, Field(description="Null: go by what is measured.")] = None
    retired: Annotated[bool | None, Field(description="Whether nobody uses it any more.")] = None


def list_releases(
    call: Asked,
    paging: Paged,
    application: Annotated[str | None, Query(max_length=64)] = None,
    *,
    retired: Annotated[bool, Query(description="Those that are retired, too.")] = False,
) -> Page[ToldRelease]:
    """List the releases in the field, by application and time, the newest last."""
    with call.read() as scope:
        found = releases.listed(scope, application, retired=retired)
    return paging.of(found, told, _key, str, str, int)


def get_release(call: Asked, application: NameInPath, version: VersionInPath) -> ToldRelease:
    """Show a release."""
    with call.read() as scope:
        return told(releases.find(scope, application, version))


def get_release_pins(call: Asked, application: NameInPath, version: VersionInPath) -> Response:
    """Return the pins of a release, as canonical pins.toml."""
    with call.read() as scope:
        found = releases.find(scope, application, version)
        return Response(releases.text_of(scope, found.pin_set), media_type="application/toml")


def change_release(
    call: Asked, application: NameInPath, version: VersionInPath, change: ReleaseChange
) -> ToldRelease:
    """Retire a release or put it back, or say its share of users; its pins never change.

    Where the shares of an application's releases would make more than 1, those of the others are
    lowered in proportion.
    """
    with call.begin() as scope:
        call.match(told(releases.find(scope, application, version)))
        if "share" in change.model_fields_set:
            given = pushing.give_share(scope, application, version, change.share, at=call.at)
            _wrote(call, scope, given)
        if change.retired:
            call.wrote(scope, pushing.retire(scope, application, version, at=call.at))
        elif change.retired is not None:
            _wrote(call, scope, pushing.restore(scope, application, version, at=call.at))
        return told(releases.find(scope, application, version))


def remove_release(call: Asked, application: NameInPath, version: VersionInPath) -> None:
    """Forget a release, as if it had never been; one that was used is retired instead."""
    with call.begin() as scope:
        call.match(told(releases.find(scope, application, version)))
        call.wrote(scope, pushing.remove(scope, application, version, at=call.at))


def find(scope: Scope, application: str, version: str) -> ToldRelease:
    """Return what is told of a release.

    Raises:
        UnknownError: there is none.
    """
    return told(releases.find(scope, application, version))


def told(one: KnownRelease) -> ToldRelease:
    """Return what is told of a release."""
    return ToldRelease(
        application=one.application,
        version=one.version,
        form=one.form,
        source=one.source,
        digest=one.digest.hex(),
        released_at=one.released_at,
        share=one.share,
        measured=one.measured,
        retired_at=one.retired_at,
        created_at=one.created_at,
        remarks=list(one.remarks),
    )


def _wrote(call: Call, scope: Scope, edits: Iterable[Edit]) -> None:
    for edit in edits:
        call.wrote(scope, edit)


def _key(one: KnownRelease) -> tuple[str | int, ...]:
    return one.application, one.released_at.isoformat(), one.id


OPERATIONS = (
    Operation(
        method="GET",
        path="/releases",
        answer=list_releases,
        action=Action.READ,
        tag=Tag.RELEASES,
    ),
    Operation(
        method="GET",
        path=PATH,
        answer=get_release,
        action=Action.READ,
        tag=Tag.RELEASES,
        errors=(404,),
    ),
    Operation(
        method="GET",
        path=f"{PATH}/pins.toml",
        answer=get_release_pins,
        action=Action.READ,
        tag=Tag.RELEASES,
        errors=(404,),
        form="application/toml",
    ),
    Operation(
        method="PATCH",
        path=PATH,
        answer=change_release,
        action=Action.WRITE_RELEASES,
        tag=Tag.RELEASES,
        errors=(404, 412),
        example={"share": 0.25, "retired": False},
    ),
    Operation(
        method="DELETE",
        path=PATH,
        answer=remove_release,
        action=Action.WRITE_RELEASES,
        tag=Tag.RELEASES,
        status=204,
        errors=(404, 412),
    ),
)
