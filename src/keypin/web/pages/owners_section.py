"""Settings, "Owners": the people who act, what is theirs, and how they are reached."""

from collections.abc import Mapping
from urllib.parse import urlencode

from sqlalchemy import Table, func
from starlette.responses import Response
from starlette.routing import BaseRoute

from keypin.errors import InputError
from keypin.inventory.entries import Owner
from keypin.watch.inventory import TakenError, UnknownError, owners
from keypin.watch.inventory.owners import KnownOwner
from keypin.watch.people.roles import Action as May
from keypin.watch.store import Scope
from keypin.watch.store.tables import applications, endpoints
from keypin.web.pages.audited import audited
from keypin.web.pages.desk import Desk, Somebody, changes, missing, shows
from keypin.web.pages.faults import NONE, WHOLE, Faults, faults, shown
from keypin.web.pages.links import Links
from keypin.web.settings_sections import done, section_path, show_section
from keypin.web.views.form import Field, Form
from keypin.web.views.parts import Action, Link
from keypin.web.views.settings import OWNERS, OwnerShown

_KEY = "owners"

_INTRO = (
    "The people who act, by a name that applications, endpoints, routes and rules refer to. What "
    "they own is said there; alerts about it carry their name, and routes choose by it."
)
_MISSING = "There is no such owner."


class OwnersSection:
    """The section of owners.

    Args:
        desk: what handlers are handed.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        path, may = "/settings/owners", May.WRITE_INVENTORY
        return [
            shows(path, self.show, may),
            changes(f"{path}/add", self.add, may),
            changes(f"{path}/change", self.change, may),
            changes(f"{path}/remove", self.remove, may),
        ]

    def show(self, visit: Somebody) -> Response:
        """Show the section, and the form of the owner whom the address names."""
        return self._page(visit, visit.request.query_params.get("owner", ""))

    def add(self, visit: Somebody) -> Response:
        """Add an owner."""
        try:
            owner = _owner(visit)
            with visit.begin() as scope:
                audited(scope, visit, owners.add(scope, owner))
        except TakenError as error:
            return self._page(visit, wrong={"name": str(error)})
        except InputError as error:
            return self._page(visit, wrong=faults(error))
        return done(visit, _KEY, "owner-kept")

    def change(self, visit: Somebody) -> Response:
        """Give an owner another title, or other addresses."""
        try:
            owner = _owner(visit)
            with visit.begin() as scope:
                audited(scope, visit, owners.change(scope, owner))
        except UnknownError as error:
            raise missing(_MISSING) from error
        except InputError as error:
            return self._page(visit, visit.text("name"), faults(error))
        return done(visit, _KEY, "owner-changed")

    def remove(self, visit: Somebody) -> Response:
        """Remove an owner whom nothing names."""
        try:
            with visit.begin() as scope:
                audited(scope, visit, owners.remove(scope, visit.text("name")))
        except UnknownError as error:
            raise missing(_MISSING) from error
        except InputError as error:
            return self._page(visit, wrong={WHOLE: str(error)})
        return done(visit, _KEY, "owner-gone")

    def _page(self, visit: Somebody, name: str = "", wrong: Faults = NONE) -> Response:
        with visit.read() as scope:
            known = owners.listed(scope)
            apps, places = _owned(scope, applications), _owned(scope, endpoints)
        edited = next((one for one in known if one.name == name), None)
        if name and edited is None:
            raise missing(_MISSING)
        rows = (_shown(visit, one, apps.get(one.id, 0), places.get(one.id, 0)) for one in known)
        made = _new(visit, wrong) if edited is None else _edit(visit, edited, wrong)
        return show_section(
            self._desk.look,
            visit,
            _KEY,
            refused=bool(wrong),
            intro=_INTRO,
            owners=OWNERS.of(rows),
            forms=(shown(made, wrong),),
        )


def _owner(visit: Somebody) -> Owner:
    """Return the owner that a form describes.

    Raises:
        InventoryError: it is none.
    """
    mail = tuple(dict.fromkeys(visit.text("mail").replace(",", " ").split()))
    return Owner(name=visit.text("name"), title=visit.text("title") or None, mail=mail)


def _owned(scope: Scope, table: Table) -> Mapping[int, int]:
    """Return how many rows each owner owns, by the owner's number."""
    query = scope.select(table.c.owner, func.count()).where(table.c.owner.is_not(None))
    return {row[0]: row[1] for row in scope.execute(query.group_by(table.c.owner))}


def _shown(visit: Somebody, one: KnownOwner, apps: int, places: int) -> OwnerShown:
    path = section_path(visit, _KEY)
    remove = Action(
        "Remove",
        f"{path}/remove",
        danger=True,
        confirm=f"Remove {one.name}?",
        fields=(("name", one.name),),
    )
    found = Links.of(visit).to(f"/endpoints?{urlencode({'q': one.name})}")
    return OwnerShown(
        name=Link(one.name, f"{path}?{urlencode({'owner': one.name})}"),
        title=one.title,
        mail=one.mail,
        applications=apps,
        endpoints=Link(f"{places:,}", found),
        actions=(remove,),
    )


def _new(visit: Somebody, wrong: Faults) -> Form:
    kept = visit.text if wrong else _nothing
    name = Field(
        name="name",
        label="Name",
        value=kept("name"),
        hint="small letters and hyphens, as platform; it stays",
        required=True,
    )
    return Form(
        key="owner",
        action=section_path(visit, _KEY, "/add"),
        title="Add an owner",
        submit="Add the owner",
        fields=(name, *_fields(kept("title"), kept("mail"))),
    )


def _edit(visit: Somebody, one: KnownOwner, wrong: Faults) -> Form:
    title, mail = one.title, "\n".join(one.mail)
    if wrong:
        title, mail = visit.text("title"), visit.text("mail")
    return Form(
        key="owner",
        action=section_path(visit, _KEY, "/change"),
        title=f"Change {one.name}",
        submit="Save",
        hidden=(("name", one.name),),
        fields=_fields(title, mail),
    )


def _fields(title: str, mail: str) -> tuple[Field, ...]:
    return (
        Field(name="title", label="Title", value=title, hint="what people call them"),
        Field(
            name="mail",
            label="Mail",
            kind="area",
            value=mail,
            hint="one address a line; where they are written to is said by routes",
        ),
    )


def _nothing(name: str) -> str:
    """Return what stands in a field of a form that is shown first."""
    del name
    return ""
