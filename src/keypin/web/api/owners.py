"""Owners: the people who act, by name."""

from typing import Annotated

from fastapi import Response
from pydantic import Field, StringConstraints

from keypin.inventory.entries import Owner
from keypin.watch.inventory import owners
from keypin.watch.inventory.owners import KnownOwner
from keypin.watch.people.roles import Action
from keypin.web.api.call import Asked
from keypin.web.api.operation import Operation, Tag
from keypin.web.api.paging import Page, Paged
from keypin.web.api.shapes import Given, Name, NameInPath, Title, Told

Mail = Annotated[
    str, StringConstraints(min_length=3, max_length=254, pattern=r"^[^\s@\x00-\x1f]+@[^\s@]+$")
]


class OwnerValues(Given):
    """What may be said of an owner."""

    title: Annotated[Title | None, Field(description="What people call them.")] = None
    mail: list[Mail] = Field(
        default_factory=list, max_length=20, description="Where they are written to."
    )

    def entry(self, name: str) -> Owner:
        """Return the entry of the inventory that it makes.

        Raises:
            InventoryError: an address is none.
        """
        return Owner(name=name, title=self.title, mail=tuple(self.mail))


class NewOwner(OwnerValues):
    """An owner to be added."""

    name: Name


class ToldOwner(Told):
    """An owner."""

    name: str
    title: str
    mail: list[str]


def list_owners(call: Asked, paging: Paged) -> Page[ToldOwner]:
    """List the owners, by name."""
    with call.read() as scope:
        found = owners.listed(scope)
    return paging.of(found, _told, lambda one: (one.name,), str)


def create_owner(call: Asked, new: NewOwner, response: Response) -> ToldOwner:
    """Add an owner."""
    with call.begin() as scope:
        call.wrote(scope, owners.add(scope, new.entry(new.name)))
        told = _told(owners.find(scope, new.name))
    response.headers["location"] = f"/api/v1/owners/{told.name}"
    return told


def get_owner(call: Asked, owner: NameInPath) -> ToldOwner:
    """Show an owner."""
    with call.read() as scope:
        return _told(owners.find(scope, owner))


def change_owner(call: Asked, owner: NameInPath, values: OwnerValues) -> ToldOwner:
    """Give an owner other values, all of them."""
    with call.begin() as scope:
        call.match(_told(owners.find(scope, owner)))
        call.wrote(scope, owners.change(scope, values.entry(owner)))
        return _told(owners.find(scope, owner))


def remove_owner(call: Asked, owner: NameInPath) -> None:
    """Remove an owner whom nothing names."""
    with call.begin() as scope:
        call.match(_told(owners.find(scope, owner)))
        call.wrote(scope, owners.remove(scope, owner))


def _told(one: KnownOwner) -> ToldOwner:
    return ToldOwner(name=one.name, title=one.title, mail=list(one.mail))


_EXAMPLE = {"title": "The platform team", "mail": ["platform@example.com"]}
_ONE = "/owners/{owner}"

OPERATIONS = (
    Operation(
        method="GET", path="/owners", answer=list_owners, action=Action.READ, tag=Tag.INVENTORY
    ),
    Operation(
        method="POST",
        path="/owners",
        answer=create_owner,
        action=Action.WRITE_INVENTORY,
        tag=Tag.INVENTORY,
        status=201,
        errors=(409,),
        example={"name": "platform", **_EXAMPLE},
    ),
    Operation(
        method="GET",
        path=_ONE,
        answer=get_owner,
        action=Action.READ,
        tag=Tag.INVENTORY,
        errors=(404,),
    ),
    Operation(
        method="PUT",
        path=_ONE,
        answer=change_owner,
        action=Action.WRITE_INVENTORY,
        tag=Tag.INVENTORY,
        errors=(404, 412),
        example=_EXAMPLE,
    ),
    Operation(
        method="DELETE",
        path=_ONE,
        answer=remove_owner,
        action=Action.WRITE_INVENTORY,
        tag=Tag.INVENTORY,
        status=204,
        errors=(404, 412),
    ),
)
