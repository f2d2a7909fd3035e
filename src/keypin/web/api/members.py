"""Members and invitations: who belongs to the organisation, and who is asked to."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from keypin.watch.inventory import UnknownError
from keypin.watch.people import invitations, memberships
from keypin.watch.people.invitations import Invitation
from keypin.watch.people.memberships import Member
from keypin.watch.people.roles import Action, Role
from keypin.watch.store import Scope
from keypin.web.api.call import Asked
from keypin.web.api.operation import Operation, Tag
from keypin.web.api.owners import Mail
from keypin.web.api.paging import Page, Paged
from keypin.web.api.shapes import Given, Number, Told


class ToldMember(Told):
    """A member."""

    id: Annotated[int, Field(description="The account's number.")]
    mail: str
    name: str
    role: str
    second_factor: bool
    disabled: bool
    seen_at: datetime | None


class MemberChange(Given):
    """What may change of a member."""

    role: Annotated[Role, Field(strict=False)]


class NewInvitation(Given):
    """Somebody to be invited."""

    role: Annotated[Role, Field(strict=False)]
    mail: Annotated[Mail | None, Field(description="Null: whoever has the link.")] = None


class ToldInvitation(Told):
    """An invitation that was not accepted yet."""

    id: int
    mail: str | None
    role: str
    invited_by: str
    expires_at: datetime


class MadeInvitation(Told):
    """An invitation that was just made."""

    link: Annotated[str, Field(description="Shown once; works once.")]


def list_members(call: Asked, paging: Paged) -> Page[ToldMember]:
    """List the members."""
    with call.read() as scope:
        found = memberships.of(scope)
    return paging.of(found, _told, lambda one: (one.account,), int)


def change_member(call: Asked, member: Number, change: MemberChange) -> ToldMember:
    """Give a member another role; they sign in anew."""
    with call.begin() as scope:
        _find(scope, member)
        memberships.change_role(scope, member, change.role, call.identity.actor, call.at)
        return _told(_find(scope, member))


def remove_member(call: Asked, member: Number) -> None:
    """End a membership; the account stays."""
    with call.begin() as scope:
        _find(scope, member)
        memberships.remove(scope, member, call.identity.actor, call.at)


def list_invitations(call: Asked, paging: Paged) -> Page[ToldInvitation]:
    """List the invitations that nobody accepted yet."""
    with call.read() as scope:
        found = invitations.of(scope, call.at)
    return paging.of(found, _told_invitation, lambda one: (one.number,), int)


def create_invitation(call: Asked, new: NewInvitation) -> MadeInvitation:
    """Invite somebody; the link is shown once."""
    with call.begin() as scope:
        link = invitations.create(scope, new.role, call.identity.actor, call.at, mail=new.mail)
    return MadeInvitation(link=f"{call.core.settings.base_url}/join/{link}")


def withdraw_invitation(call: Asked, invitation: Number) -> None:
    """Withdraw an invitation."""
    with call.begin() as scope:
        if not invitations.withdraw(scope, invitation, call.identity.actor, call.at):
            raise UnknownError.of("invitation", invitation)


def _find(scope: Scope, number: int) -> Member:
    found = next((one for one in memberships.of(scope) if one.account == number), None)
    if found is None:
        raise UnknownError.of("member", number)
    return found


def _told(one: Member) -> ToldMember:
    return ToldMember(
        id=one.account,
        mail=one.mail,
        name=one.name,
        role=one.role.value,
        second_factor=one.has_second,
        disabled=one.disabled,
        seen_at=one.seen,
    )


def _told_invitation(one: Invitation) -> ToldInvitation:
    return ToldInvitation(
        id=one.number,
        mail=one.mail,
        role=one.role.value,
        invited_by=one.invited_by,
        expires_at=one.expires_at,
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/members",
        answer=list_members,
        action=Action.MANAGE_PEOPLE,
        tag=Tag.PEOPLE,
    ),
    Operation(
        method="PATCH",
        path="/members/{member}",
        answer=change_member,
        action=Action.MANAGE_PEOPLE,
        tag=Tag.PEOPLE,
        errors=(404,),
        example={"role": "editor"},
    ),
    Operation(
        method="DELETE",
        path="/members/{member}",
        answer=remove_member,
        action=Action.MANAGE_PEOPLE,
        tag=Tag.PEOPLE,
        status=204,
        errors=(404,),
    ),
    Operation(
        method="GET",
        path="/invitations",
        answer=list_invitations,
        action=Action.MANAGE_PEOPLE,
        tag=Tag.PEOPLE,
    ),
    Operation(
        method="POST",
        path="/invitations",
        answer=create_invitation,
        action=Action.MANAGE_PEOPLE,
        tag=Tag.PEOPLE,
        status=201,
        example={"role": "viewer", "mail": "ada@example.com"},
    ),
    Operation(
        method="DELETE",
        path="/invitations/{invitation}",
        answer=withdraw_invitation,
        action=Action.MANAGE_PEOPLE,
        tag=Tag.PEOPLE,
        status=204,
        errors=(404,),
    ),
)
