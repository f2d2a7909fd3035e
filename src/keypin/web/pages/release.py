"""The page Release: its pins, what lint says of them, and what it says of what is served now."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import select
from starlette.responses import Response
from starlette.routing import BaseRoute

from keypin.errors import InputError
from keypin.findings import Finding, Severity
from keypin.formats.registry import form as form_of
from keypin.pins import PinSet, Policy
from keypin.pins.lint import lint
from keypin.pins.toml import loads
from keypin.watch.inventory import pushing, releases
from keypin.watch.inventory.applications import KnownApplication
from keypin.watch.inventory.endpoints import place
from keypin.watch.inventory.field import Field as Fielded
from keypin.watch.inventory.releases import KnownRelease
from keypin.watch.people.roles import Action as May
from keypin.watch.store import Scope
from keypin.watch.store.tables import applications as application_table
from keypin.watch.store.tables import endpoints
from keypin.watch.store.tables import releases as table
from keypin.web.pages import endpoints_read
from keypin.web.pages.application import application_of, release_row, share_of
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
from keypin.web.pages.links import Links
from keypin.web.pages.standing import now_of, said_by
from keypin.web.pages.sums import sum_now
from keypin.web.views.form import Field, Form
from keypin.web.views.inventory import PinRow, PolicyShown, ReleaseView
from keypin.web.views.parts import Action, Link, ReleaseVerdict
from keypin.web.views.verdicts import verdicts

# What a page can show of a pin set of ten thousand policies; the download has all.
_POLICIES, _ENDPOINTS = 100, 100

_RANKS = (Severity.ERROR, Severity.WARNING, Severity.NOTE)

# The forms that are offered for download, as their files are called.
_FORMS = {
    "keypin-toml": "pins.toml",
    "android-nsc": "Android",
    "trustkit-ios": "TrustKit",
    "okhttp-kotlin": "OkHttp",
}


class OneRelease:
    """The page of one release.

    Args:
        desk: what handlers are handed.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        path, may = "/inventory/releases/{number}", May.WRITE_RELEASES
        return [
            shows(path, self.show),
            shows(f"{path}/pins/{{form}}", self.pins),
            changes(path, self.share, may),
            changes(f"{path}/retire", self.retire, may),
            changes(f"{path}/restore", self.restore, may),
            changes(f"{path}/remove", self.remove, may),
        ]

    def show(self, visit: Somebody) -> Response:
        """Show it."""
        return self._page(visit)

    def pins(self, visit: Somebody) -> Response:
        """Send its pins in one of the forms."""
        wanted = str(visit.request.path_params["form"])
        if wanted not in _FORMS:
            raise missing("The pins are not offered in this form.")
        with visit.read() as scope:
            release, _ = _found(scope, number_of(visit))
            text = releases.text_of(scope, release.pin_set)
        chosen = form_of(wanted)
        body = text if wanted == "keypin-toml" else chosen.dumps(loads(text).pin_set)
        name = chosen.file.rpartition("/")[2]
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(body, media_type="text/plain; charset=utf-8", headers=headers)

    def share(self, visit: Somebody) -> Response:
        """Say its share of users, or that it is measured."""
        number = number_of(visit)
        try:
            share = share_of(visit.text("share"))
            with visit.begin() as scope:
                one, _ = _found(scope, number)
                edits = pushing.give_share(scope, one.application, one.version, share, at=visit.at)
                for edit in edits:
                    audited(scope, visit, edit)
        except InputError as error:
            return self._page(visit, error=str(error))
        said = "release-share-others" if len(edits) > 1 else "release-share"
        return done(visit, f"/inventory/releases/{number}", said)

    def retire(self, visit: Somebody) -> Response:
        """Take it out of the field."""
        with visit.begin() as scope:
            one, _ = _found(scope, number_of(visit))
            edit = pushing.retire(scope, one.application, one.version, at=visit.at)
            audited(scope, visit, edit)
        return done(visit, f"/inventory/releases/{one.id}", "release-retired")

    def restore(self, visit: Somebody) -> Response:
        """Put it back into the field."""
        with visit.begin() as scope:
            one, _ = _found(scope, number_of(visit))
            edits = pushing.restore(scope, one.application, one.version, at=visit.at)
            for edit in edits:
                audited(scope, visit, edit)
        said = "release-restored-others" if len(edits) > 1 else "release-restored"
        return done(visit, f"/inventory/releases/{one.id}", said)

    def remove(self, visit: Somebody) -> Response:
        """Forget it."""
        with visit.begin() as scope:
            one, application = _found(scope, number_of(visit))
            edit = pushing.remove(scope, one.application, one.version, at=visit.at)
            audited(scope, visit, edit)
        return done(visit, f"/inventory/applications/{application.id}", "release-removed")

    def _page(self, visit: Somebody, *, error: str = "") -> Response:
        with visit.read() as scope:
            view = self._view(scope, visit, error)
        status, path = REFUSED if error else 200, f"/inventory/releases/{number_of(visit)}"
        return self._desk.show(visit, "inventory", view, status=status, path=path)

    def _view(self, scope: Scope, visit: Somebody, error: str) -> ReleaseView:
        links, (one, application) = Links.of(visit), _found(scope, number_of(visit))
        field = self._desk.fields.read(scope.connection, scope.organisation)
        shelf = self._desk.fields.shelf
        numbered = shelf.pin_sets(scope.connection, scope.organisation, [one.pin_set])
        pin_set = numbered[one.pin_set]
        path = links.to(f"/inventory/releases/{one.id}")
        may = visit.identity.may(May.WRITE_RELEASES)
        title = application.title or application.name
        return ReleaseView(
            application=Link(title, links.to(f"/inventory/applications/{application.id}")),
            row=release_row(one, application, field, sum_now(scope, field), links),
            source=one.source or one.form,
            by="",
            policies=tuple(_policy(policy) for policy in pin_set.policies[:_POLICIES]),
            findings=_findings(one, pin_set, visit),
            verdicts=verdicts(
                _verdicts(scope, one, pin_set, field, links),
                "What it says of what is served now",
                "Endpoint",
            ),
            downloads=tuple(Link(text, f"{path}/pins/{form}") for form, text in _written(pin_set)),
            share=_share_form(visit, one, path, error) if may else None,
            actions=_actions(one, path) if may else (),
        )


def _found(scope: Scope, number: int) -> tuple[KnownRelease, KnownApplication]:
    """Return a release by its number, with its application."""
    joined = (application_table.c.id == table.c.application) & (
        application_table.c.organisation == table.c.organisation
    )
    query = (
        select(table.c.version, table.c.application, application_table.c.name)
        .join(application_table, joined)
        .where(scope.mine(table), table.c.id == number)
    )
    row = scope.row(query)
    if row is None:
        raise missing("There is no such release. It may have been removed.")
    application = application_of(scope, row["application"])
    return releases.find(scope, row["name"], row["version"]), application


def _policy(one: Policy) -> PolicyShown:
    return PolicyShown(
        host=str(one.host),
        mode=one.mode.value,
        expires=one.expires,
        on_expiry=one.on_expiry.value if one.expires else "",
        pins=tuple(
            PinRow(
                pin=str(entry.pin),
                role=entry.role.value,
                position=entry.pin.position.value,
                matches=entry.comment or "",
            )
            for entry in (*one.pins, *one.also)
        ),
    )


def _findings(one: KnownRelease, pin_set: PinSet, visit: Somebody) -> tuple[Finding, ...]:
    """Return what lint says, and what the reader of the upload said."""
    remarks = tuple(
        Finding(
            id=str(each["id"]),
            severity=Severity(str(each["severity"])),
            subject=str(each.get("place") or one.source),
            message=str(each["message"]),
            cure=str(each["cure"]),
        )
        for each in one.remarks
    )
    found = (*lint(PinSet(pin_set.policies[:_POLICIES]), at=visit.at), *remarks)
    return tuple(sorted(_together(found), key=lambda each: _RANKS.index(each.severity)))


def _together(found: Iterable[Finding]) -> Iterable[Finding]:
    """Return what is said of several hosts as one finding of them all."""
    alike: dict[tuple[str, str, str], Finding] = {}
    for one in found:
        key = (one.id, one.message, one.cure)
        before = alike.get(key)
        alike[key] = (
            one
            if before is None
            else replace(
                before,
                subject=f"{before.subject}, {one.subject}",
                evidence=(*before.evidence, *one.evidence),
            )
        )
    return alike.values()


def _verdicts(
    scope: Scope, one: KnownRelease, pin_set: PinSet, field: Fielded, links: Links
) -> tuple[ReleaseVerdict, ...]:
    """Return what it says of what each endpoint that it names serves now."""
    release = next((each for each in field.releases if each.id == one.id), None)
    if release is None:
        return ()
    numbers = _endpoints(scope, pin_set.policies)
    rows, now = endpoints_read.read(scope, numbers), now_of(scope, numbers)
    return tuple(
        said_by(
            release,
            now[number],
            field,
            rows[number]["host"],
            links.endpoint(number, str(place(rows[number]))),
        )
        for number in numbers
    )


def _endpoints(scope: Scope, policies: Iterable[Policy]) -> Sequence[int]:
    exact = [one.host.name for one in policies if not one.host.wildcard and one.exempt is None]
    query = scope.select(endpoints.c.id).where(endpoints.c.host.in_(exact[:_ENDPOINTS]))
    return list(scope.execute(query.order_by(endpoints.c.host).limit(_ENDPOINTS)).scalars())


def _written(pin_set: PinSet) -> Iterable[tuple[str, str]]:
    """Yield the forms that can say these pins, with what their link says."""
    for form, text in _FORMS.items():
        found = form_of(form).losses(pin_set)
        if form == "keypin-toml" or not (found and found[0].refused):
            yield form, text


def _share_form(visit: Somebody, one: KnownRelease, path: str, error: str) -> Form:
    known = "" if one.share is None else f"{one.share * 100:g}"
    return Form(
        key="share",
        action=path,
        title="Share of users",
        submit="Keep it",
        fields=(
            Field(
                name="share",
                label="Percent of the application's users",
                value=visit.text("share") if error else known,
                hint="measured from reports and check-ins where it is empty",
                error=error,
            ),
        ),
    )


def _actions(one: KnownRelease, path: str) -> tuple[Action, ...]:
    retire = Action(
        "Retire",
        f"{path}/retire",
        "ban",
        confirm="Retire it? Nothing is judged by its pins any more.",
    )
    restore = Action("Put it back into the field", f"{path}/restore", "refresh")
    remove = Action(
        "Remove",
        f"{path}/remove",
        danger=True,
        confirm="Remove it, as if it had never been? Retire what was in users' hands.",
    )
    return (restore if one.retired_at else retire, remove)
