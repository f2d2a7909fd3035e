"""The page Inventory: applications, and a keypin.toml that is a plan before it is applied."""

from sqlalchemy import func
from starlette.responses import Response
from starlette.routing import BaseRoute

from keypin.errors import InputError
from keypin.inventory import dumps
from keypin.inventory.entries import Application, Platform
from keypin.watch.alerting.as_code import handlers
from keypin.watch.alerting.locking import alone
from keypin.watch.inventory import applications
from keypin.watch.inventory.applications import KnownApplication
from keypin.watch.inventory.apply import apply
from keypin.watch.inventory.field import Field as Fielded
from keypin.watch.people.roles import Action as May
from keypin.watch.store import Scope
from keypin.watch.store.tables import releases as release_table
from keypin.web import as_code
from keypin.web.pages import inventory_code as code
from keypin.web.pages.audited import audited
from keypin.web.pages.desk import REFUSED, Desk, Somebody, changes, done, file_of, shows
from keypin.web.pages.endpoints import owner_field
from keypin.web.pages.issuers import issuers_of
from keypin.web.pages.links import Links
from keypin.web.pages.sums import Sum, sum_now
from keypin.web.views.form import Field, Form, Option
from keypin.web.views.inventory import APPLICATIONS, ApplicationRow, InventoryView, Plan
from keypin.web.views.parts import Link, State, Tone
from keypin.web.words import plural


class Inventory:
    """The inventory.

    Args:
        desk: what handlers are handed.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        may = May.WRITE_INVENTORY
        return [
            shows("/inventory", self.show),
            shows("/inventory/keypin.toml", self.as_code),
            changes("/inventory/applications", self.add, may),
            changes("/inventory/plan", self.plan, may),
            changes("/inventory/apply", self.apply, may),
        ]

    def show(self, visit: Somebody) -> Response:
        """Show it."""
        return self._page(visit)

    def as_code(self, visit: Somebody) -> Response:
        """Send all of it as keypin.toml, without any secret."""
        with visit.read() as scope:
            text = dumps(as_code.stands(scope, visit.core.sealer))
        headers = {"content-disposition": 'attachment; filename="keypin.toml"'}
        return Response(text, media_type="application/toml", headers=headers)

    def add(self, visit: Somebody) -> Response:
        """Add an application."""
        try:
            entry = entry_of(visit, visit.text("name"))
            with visit.begin() as scope:
                edit = applications.add(scope, entry, at=visit.at)
                audited(scope, visit, edit)
        except InputError as error:
            return self._page(visit, add_error=str(error))
        return done(visit, f"/inventory/applications/{edit.id}", "application-added")

    def plan(self, visit: Somebody) -> Response:
        """Show what applying a keypin.toml would change."""
        sent = file_of(visit.form, "file")
        try:
            text = code.text_of(sent[0]) if sent else visit.text("toml")
            with as_code.turn(text):
                wanted = as_code.read(text, visit.identity.organisation_name)
                with visit.read() as scope:
                    changed = as_code.changes(scope, visit.core.sealer, wanted)
                    missing = tuple(as_code.missing(scope, changed, wanted))
        except InputError as error:
            return self._page(visit, upload_error=str(error))
        return self._page(visit, plan=code.plan_of(visit, text, wanted, changed, missing))

    def apply(self, visit: Somebody) -> Response:
        """Do what was planned, all of it or nothing."""
        try:
            with as_code.turn(visit.text("toml")):
                self._apply(visit)
        except InputError as error:
            return self._page(visit, upload_error=str(error))
        return done(visit, "/inventory", "inventory-applied")

    def _apply(self, visit: Somebody) -> None:
        sealer = visit.core.sealer
        wanted = as_code.read(visit.text("toml"), visit.identity.organisation_name)
        with visit.begin() as scope:
            alone(scope)
            changed = as_code.changes(scope, sealer, wanted)
            code.check(wanted, changed, visit.text("digest"))
            others = handlers(sealer, lambda one: as_code.address(scope, sealer, one))
            for edit in apply(scope, changed, wanted, at=visit.at, others=others):
                audited(scope, visit, edit)

    def _page(
        self,
        visit: Somebody,
        *,
        plan: Plan | None = None,
        add_error: str = "",
        upload_error: str = "",
    ) -> Response:
        links, may = Links.of(visit), visit.identity.may(May.WRITE_INVENTORY)
        with visit.read() as scope:
            view = InventoryView(
                applications=APPLICATIONS.of(self._rows(scope, visit)),
                add=_add_form(scope, visit, links, add_error) if may else None,
                upload=code.upload_form(visit, links, upload_error) if may else None,
                plan=plan,
                export=links.to("/inventory/keypin.toml"),
            )
        status = REFUSED if add_error or upload_error else 200
        return self._desk.show(visit, "inventory", view, status=status, path="/inventory")

    def _rows(self, scope: Scope, visit: Somebody) -> list[ApplicationRow]:
        field = self._desk.fields.read(scope.connection, scope.organisation)
        found = sum_now(scope, field)
        counted = scope.select(release_table.c.application, func.count(release_table.c.id))
        numbers = {
            int(application): int(number)
            for application, number in scope.execute(counted.group_by(release_table.c.application))
        }
        links = Links.of(visit)
        return [
            _row(one, field, found, numbers.get(one.id, 0), links)
            for one in applications.listed(scope)
        ]


def entry_of(visit: Somebody, name: str) -> Application:
    """Return the application that a form describes.

    Raises:
        InputError: it is none.
    """
    platform = visit.text("platform", Platform.OTHER.value)
    return Application(
        name=name,
        title=visit.text("title") or None,
        platform=Platform(platform) if platform in set(Platform) else Platform.OTHER,
        owner=visit.text("owner") or None,
        tags=tuple(dict.fromkeys(visit.text("tags").replace(",", " ").split())),
        expected_issuers=issuers_of(visit),
    )


def entry_fields(
    scope: Scope, *, title: str, platform: str, owner: str, tags: str
) -> tuple[Field, ...]:
    """Return the fields of what may be said of any application."""
    return (
        Field(name="title", label="What people call it", value=title),
        Field(
            name="platform",
            label="Platform",
            kind="choice",
            value=platform,
            options=tuple(Option(one.value, one.value) for one in Platform),
            required=True,
        ),
        owner_field(scope, owner),
        Field(name="tags", label="Tags", value=tags, hint="for filters and alerts"),
    )


def _row(
    one: KnownApplication, field: Fielded, found: Sum, number: int, links: Links
) -> ApplicationRow:
    mine = [release for release in field.releases if release.application_id == one.id]
    refused = sum(release.pin_set in found.refusing for release in mine)
    unknown = sum(release.pin_set in found.unknown for release in mine)
    hosts = {
        policy.host
        for pin_set in {release.pin_set for release in mine}
        for policy in field.pin_set(pin_set).policies
    }
    return ApplicationRow(
        application=Link(one.title or one.name, links.to(f"/inventory/applications/{one.id}")),
        platforms=(one.platform,),
        owner=one.owner or "",
        releases=number,
        hosts=len(hosts),
        newest=mine[0].version if mine else "",
        state=state_of(len(mine), refused, unknown),
    )


def state_of(fielded: int, refused: int, unknown: int) -> State:
    """Return how an application is: whether what is served now refuses some of its releases."""
    if not fielded:
        return State(Tone.QUIET, "nothing in the field")
    if refused:
        return State(Tone.BAD, f"{plural(refused, 'release')} refused somewhere")
    if unknown:
        return State(Tone.UNKNOWN, f"{plural(unknown, 'release')} unknown")
    return State(Tone.GOOD, "no release is refused")


def _add_form(scope: Scope, visit: Somebody, links: Links, error: str) -> Form:
    name = Field(
        name="name",
        label="Name",
        value=visit.text("name"),
        hint="small letters, digits and hyphens, as till-android",
        error=error,
        required=True,
    )
    fields = entry_fields(
        scope,
        title=visit.text("title"),
        platform=visit.text("platform", Platform.ANDROID.value),
        owner=visit.text("owner"),
        tags=visit.text("tags"),
    )
    return Form(
        key="add-application",
        action=links.to("/inventory/applications"),
        title="Add an application",
        submit="Add it",
        fields=(name, *fields),
    )
