"""Secrets of the organisation by name: addresses that keypin.toml refers to, never shown again."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from keypin.watch.inventory import TakenError, UnknownError
from keypin.watch.people import named_secrets
from keypin.watch.people.named_secrets import KnownSecret
from keypin.watch.people.roles import Action
from keypin.watch.store import Scope
from keypin.web.api.call import Asked, Call
from keypin.web.api.operation import Operation, Tag
from keypin.web.api.paging import Page, Paged
from keypin.web.api.shapes import Given, Name, NameInPath, Told


class SecretValue(Given):
    """What is to be kept."""

    value: Annotated[
        str,
        Field(
            min_length=1,
            max_length=named_secrets.LARGEST,
            description="As the address of a route. No operation shows it.",
            json_schema_extra={"writeOnly": True},
        ),
    ]


class NewSecret(SecretValue):
    """A secret to be kept under a new name."""

    name: Name


class ToldSecret(Told):
    """That a secret is kept."""

    name: str
    changed_at: datetime


def list_secrets(call: Asked, paging: Paged) -> Page[ToldSecret]:
    """List the names of the secrets that are kept, never what they are."""
    with call.read() as scope:
        found = named_secrets.listed(scope)
    return paging.of(found, _told, lambda one: (one.name,), str)


def create_secret(call: Asked, new: NewSecret) -> ToldSecret:
    """Keep a secret under a new name."""
    with call.begin() as scope:
        if named_secrets.find(scope, new.name) is not None:
            raise TakenError.of("secret", new.name)
        return _kept(call, scope, new.name, new.value)


def replace_secret(call: Asked, secret: NameInPath, new: SecretValue) -> ToldSecret:
    """Keep another secret under a name; routes get it when the keypin.toml is applied again."""
    with call.begin() as scope:
        call.match(_told(_found(scope, secret)))
        return _kept(call, scope, secret, new.value)


def forget_secret(call: Asked, secret: NameInPath) -> None:
    """Forget a secret that no route names."""
    with call.begin() as scope:
        call.match(_told(_found(scope, secret)))
        named_secrets.forget(scope, secret, by=call.identity.actor, at=call.at)


def _found(scope: Scope, name: str) -> KnownSecret:
    found = named_secrets.find(scope, name)
    if found is None:
        raise UnknownError.of("secret", name)
    return found


def _kept(call: Call, scope: Scope, name: str, value: str) -> ToldSecret:
    actor, sealer = call.identity.actor, call.core.sealer
    named_secrets.keep(scope, sealer, name, value.encode(), by=actor, at=call.at)
    return ToldSecret(name=name, changed_at=call.at)


def _told(one: KnownSecret) -> ToldSecret:
    return ToldSecret(name=one.name, changed_at=one.changed_at)


_EXAMPLE = {"value": "slack://TokenA/TokenB/TokenC/#alerts"}
_ONE = "/secrets/{secret}"

OPERATIONS = (
    Operation(
        method="GET",
        path="/secrets",
        answer=list_secrets,
        action=Action.MANAGE_ROUTES,
        tag=Tag.INVENTORY,
    ),
    Operation(
        method="POST",
        path="/secrets",
        answer=create_secret,
        action=Action.MANAGE_ROUTES,
        tag=Tag.INVENTORY,
        status=201,
        errors=(409,),
        example={"name": "slack", **_EXAMPLE},
    ),
    Operation(
        method="PUT",
        path=_ONE,
        answer=replace_secret,
        action=Action.MANAGE_ROUTES,
        tag=Tag.INVENTORY,
        errors=(404, 412),
        example=_EXAMPLE,
    ),
    Operation(
        method="DELETE",
        path=_ONE,
        answer=forget_secret,
        action=Action.MANAGE_ROUTES,
        tag=Tag.INVENTORY,
        status=204,
        errors=(404, 412),
    ),
)
