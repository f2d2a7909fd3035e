"""The page Application: its releases, and the form by which one is pushed."""

from io import BytesIO
from secrets import token_hex
from typing import BinaryIO

from starlette.responses import Response
from starlette.routing import BaseRoute

from keypin.errors import InputError
from keypin.watch.inventory import applications, pushing, read_upload, releases
from keypin.watch.inventory.applications import KnownApplication
from keypin.watch.inventory.edit import Did, changed
from keypin.watch.inventory.field import Field as Fielded
from keypin.watch.inventory.releases import KnownRelease
from keypin.watch.people.roles import Action as May
from keypin.watch.store import Scope
from keypin.watch.store.tables import applications as table
from keypin.web.pages.audited import audited
from keypin.web.pages.desk import (
    REFUSED,
    Desk,
    Somebody,
    changes,
    done,
    missing,
    number_of,
    shows,
)
from keypin.web.pages.inventory import entry_fields, entry_of
from keypin.web.pages.issuers import issuers_field
from keypin.web.pages.links import Links
from keypin.web.pages.sums import Sum, sum_now
from keypin.web.views.form import Field, Form
from keypin.web.views.inventory import RELEASES, ApplicationView, ReleaseRow
from keypin.web.views.parts import Action, Link, State, Tone

RETIRED = State(Tone.QUIET, "retired")
_KEY_BYTES = 16


class OneApplication:
    """The page of one application.

    Args:
        desk: what handlers are handed.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        path, may = "/inventory/applications/{number}", May.WRITE_INVENTORY
        return [
            shows(path, self.show),
            changes(path, self.change, may),
            changes(f"{path}/releases", self.push, May.WRITE_RELEASES),
            changes(f"{path}/key", self.key, may),
            changes(f"{path}/remove", self.remove, may),
        ]

    def show(self, visit: Somebody) -> Response:
        """Show it."""
        return self._page(visit)

    def change(self, visit: Somebody) -> Response:
        """Change what is said of it."""
        number = number_of(visit)
        try:
            with visit.begin() as scope:
                entry = entry_of(visit, application_of(scope, number).name)
                audited(scope, visit, applications.change(scope, entry))
        except InputError as error:
            return self._page(visit, edit_error=str(error))
        return done(visit, f"/inventory/applications/{number}", "application-changed")

    def push(self, visit: Somebody) -> Response:
        """Take the pins of a release, and have its hosts judged by them."""
        try:
            share = share_of(visit.text("share"))
            file, name = _sent(visit)
            upload = read_upload(file, name, at=visit.at)
            with visit.begin() as scope:
                one = application_of(scope, number_of(visit))
                version = visit.text("version")
                pushed = pushing.push(scope, one.name, version, upload, at=visit.at, share=share)
                for edit in (pushed.edit, *pushed.lowered):
                    audited(scope, visit, edit)
        except InputError as error:
            return self._page(visit, push_error=str(error))
        said = "release-pushed-others" if pushed.lowered else "release-pushed"
        if pushed.edit.did is Did.UNCHANGED:
            said = "release-same"
        return done(visit, f"/inventory/releases/{pushed.edit.id}", said)

    def key(self, visit: Somebody) -> Response:
        """Give it another address for reports; the former one takes none any more."""
        number = number_of(visit)
        with visit.begin() as scope:
            one = application_of(scope, number)
            row = {"id": one.id, "report_key": one.report_key}
            made = token_hex(_KEY_BYTES)
            edit = changed(scope, table, "application", one.name, row, report_key=made)
            audited(scope, visit, edit)
        return done(visit, f"/inventory/applications/{number}", "application-key")

    def remove(self, visit: Somebody) -> Response:
        """Forget it, with its releases and reports."""
        with visit.begin() as scope:
            one = application_of(scope, number_of(visit))
            audited(scope, visit, applications.remove(scope, one.name))
        return done(visit, "/inventory", "application-removed")

    def _page(self, visit: Somebody, *, edit_error: str = "", push_error: str = "") -> Response:
        with visit.read() as scope:
            view = self._view(scope, visit, edit_error, push_error)
        status = REFUSED if edit_error or push_error else 200
        path = f"/inventory/applications/{number_of(visit)}"
        return self._desk.show(visit, "inventory", view, status=status, path=path)

    def _view(
        self, scope: Scope, visit: Somebody, edit_error: str, push_error: str
    ) -> ApplicationView:
        links, one = Links.of(visit), application_of(scope, number_of(visit))
        path = links.to(f"/inventory/applications/{one.id}")
        may = visit.identity.may(May.WRITE_INVENTORY)
        base = visit.core.settings.base_url
        return ApplicationView(
            name=one.title or one.name,
            owner=one.owner or "",
            tags=one.tags,
            collector=f"{base}/report/{one.report_key}",
            releases=RELEASES.of(self._rows(scope, visit, one)),
            push=_push_form(visit, path, push_error)
            if visit.identity.may(May.WRITE_RELEASES)
            else None,
            command=f"keypin release push {one.name} 1.0 pins.toml --watch {base}",
            edit=_edit_form(scope, visit, one, path, edit_error) if may else None,
            actions=_actions(path) if may else (),
        )

    def _rows(self, scope: Scope, visit: Somebody, one: KnownApplication) -> list[ReleaseRow]:
        links = Links.of(visit)
        field = self._desk.fields.read(scope.connection, scope.organisation)
        found = sum_now(scope, field)
        return [
            release_row(each, one, field, found, links)
            for each in releases.listed(scope, one.name, retired=True)
        ]


def application_of(scope: Scope, number: int) -> KnownApplication:
    """Return an application by its number; there is no page where there is none."""
    name = scope.value(scope.select(table.c.name).where(table.c.id == number))
    if name is None:
        raise missing("There is no such application. It may have been removed.")
    return applications.find(scope, name)


def release_row(
    one: KnownRelease,
    application: KnownApplication,
    field: Fielded,
    found: Sum,
    links: Links,
) -> ReleaseRow:
    """Return a release as a row; of one that is retired, nobody counts the pins."""
    policies = () if one.retired_at else field.pin_set(one.pin_set).policies
    return ReleaseRow(
        release=Link(one.version, links.to(f"/inventory/releases/{one.id}")),
        platform=application.platform,
        share=one.measured if one.share is None else one.share,
        pushed=one.created_at,
        policies=len(policies),
        pins=sum(len(policy.pins) for policy in policies),
        state=_state(one, found),
    )


def _state(one: KnownRelease, found: Sum) -> State:
    if one.retired_at is not None:
        return RETIRED
    if one.pin_set in found.refusing:
        return State(Tone.BAD, "refused somewhere")
    if one.pin_set in found.unknown:
        return State(Tone.UNKNOWN, "unknown: not all that it pins is read")
    return State(Tone.GOOD, "not refused")


def _sent(visit: Somebody) -> tuple[BinaryIO, str]:
    """Return the upload, as it lies on the disk, or the text that was typed.

    Raises:
        InputError: there is neither.
    """
    sent, text = visit.form.get("file"), visit.text("text")
    if sent is not None and not isinstance(sent, str) and sent.filename:
        return sent.file, sent.filename
    if text:
        return BytesIO(text.encode()), ""
    raise InputError("no pins", expected="a file of pins, an app, or the text of one")


def share_of(text: str) -> float | None:
    """Return a share of users, given in percent; None where none is given.

    Raises:
        InputError: it is none.
    """
    plain = text.removesuffix("%").strip().replace(",", ".")
    if not plain:
        return None
    try:
        share = float(plain) / 100
    except ValueError as error:
        raise InputError(f"the share {text[:20]!r}", expected="percent, as 12.5") from error
    if not 0 <= share <= 1:
        raise InputError(f"the share {text[:20]!r}", expected="0 to 100 percent")
    return round(share, 6)


def _push_form(visit: Somebody, path: str, error: str) -> Form:
    return Form(
        key="push",
        action=f"{path}/releases",
        title="Push a release",
        intro="A pins.toml, pins in any other form, or the app as it ships (APK, AAB, IPA): its "
        "pins are read from it.",
        submit="Push it",
        error=error,
        fields=(
            Field(
                name="version",
                label="Version",
                value=visit.text("version"),
                hint="what its users call it, as 3.2",
                required=True,
            ),
            Field(name="file", label="File", kind="file"),
            Field(name="text", label="Or the text of one", kind="area", value=visit.text("text")),
            Field(
                name="share",
                label="Share of users, in percent",
                value=visit.text("share"),
                hint="measured from reports and check-ins unless given",
            ),
        ),
    )


def _edit_form(scope: Scope, visit: Somebody, one: KnownApplication, path: str, error: str) -> Form:
    sent = bool(error)
    return Form(
        key="edit-application",
        action=path,
        title="Title, platform, owner, tags and issuers",
        submit="Keep it",
        error=error,
        fields=(
            *entry_fields(
                scope,
                title=visit.text("title") if sent else one.title,
                platform=visit.text("platform") if sent else one.platform,
                owner=visit.text("owner") if sent else one.owner or "",
                tags=visit.text("tags") if sent else " ".join(one.tags),
            ),
            issuers_field(visit, one.expected_issuers, sent=sent, nobody="whom CT names"),
        ),
    )


def _actions(path: str) -> tuple[Action, ...]:
    return (
        Action(
            "New address for reports",
            f"{path}/key",
            "key",
            confirm="Make a new address? Apps that have the former one report in vain.",
        ),
        Action(
            "Remove",
            f"{path}/remove",
            danger=True,
            confirm="Remove it, with its releases and reports?",
        ),
    )
