"""Tokens: what programs show to use the API; an owner makes and revokes them."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from keypin.watch.inventory import UnknownError
from keypin.watch.people import tokens
from keypin.watch.people.roles import SCOPES, Action
from keypin.watch.people.tokens import Token
from keypin.web.api.call import Asked
from keypin.web.api.operation import Operation, Tag
from keypin.web.api.paging import Page, Paged
from keypin.web.api.shapes import Given, Moment, Number, Title, Told

ScopeName = Annotated[str, Field(max_length=50, json_schema_extra={"enum": list(SCOPES)})]
"""What a token may do."""


class NewToken(Given):
    """A token to be made."""

    name: Annotated[Title, Field(max_length=100, description="What it is for.")]
    scopes: list[ScopeName] = Field(min_length=1, max_length=20)
    expires_at: Annotated[Moment | None, Field(description="Null: when it is revoked.")] = None


class ToldToken(Told):
    """A token, without what would let somebody use it."""

    id: int
    name: str
    scopes: list[str]
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


class MadeToken(Told):
    """A token that was just made."""

    token: Annotated[str, Field(description="Shown once; only a digest of it is kept.")]
    made: ToldToken


def list_tokens(call: Asked, paging: Paged) -> Page[ToldToken]:
    """List the tokens that were not revoked."""
    with call.read() as scope:
        found = tokens.of(scope)
    return paging.of(found, _told, lambda one: (one.number,), int)


def create_token(call: Asked, new: NewToken) -> MadeToken:
    """Make a token; it is shown once."""
    actor = call.identity.actor
    with call.begin() as scope:
        text = tokens.create(
            scope,
            new.name,
            new.scopes,
            actor,
            call.at,
            expires_at=new.expires_at,
        )
        return MadeToken(token=text, made=_told(tokens.of(scope)[0]))


def revoke_token(call: Asked, token: Number) -> None:
    """Revoke a token: from now on it opens nothing."""
    with call.begin() as scope:
        if not tokens.revoke(scope, token, call.identity.actor, call.at):
            raise UnknownError.of("token", token)


def _told(one: Token) -> ToldToken:
    return ToldToken(
        id=one.number,
        name=one.name,
        scopes=list(one.scopes),
        created_by=one.created_by,
        created_at=one.created_at,
        expires_at=one.expires_at,
        used_at=one.used_at,
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/tokens",
        answer=list_tokens,
        action=Action.MANAGE_TOKENS,
        tag=Tag.PEOPLE,
    ),
    Operation(
        method="POST",
        path="/tokens",
        answer=create_token,
        action=Action.MANAGE_TOKENS,
        tag=Tag.PEOPLE,
        status=201,
        example={"name": "pipeline", "scopes": ["releases:write"]},
    ),
    Operation(
        method="DELETE",
        path="/tokens/{token}",
        answer=revoke_token,
        action=Action.MANAGE_TOKENS,
        tag=Tag.PEOPLE,
        status=204,
        errors=(404,),
    ),
)
