"""Settings, "Alert routes": who is told of what, and what is silenced."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from keypin.alerts import Delivery, Match, Route, Silence
from keypin.errors import InputError, KeypinError
from keypin.findings import Severity
from keypin.watch.alerting import routes, rules, silences
from keypin.watch.alerting.routes import KnownRoute
from keypin.watch.guarding import Guard
from keypin.watch.inventory import owners
from keypin.watch.people.roles import Action as May
from keypin.watch.store import Scope
from keypin.web.pages.audited import audited
from keypin.web.pages.desk import Desk, Somebody, changes, shows
from keypin.web.settings_sections import done, section_path, show_section
from keypin.web.views.form import Field, Form, Option
from keypin.web.views.parts import Action, State, Tone
from keypin.web.views.settings import ROUTES, RouteShown
from keypin.web.words import ago, day, plural

_KEY = "routes"

_INTRO = (
    "Where alerts go to: mail, a chat, a pager, a webhook. A route says which alerts it wants; "
    "rules may name routes besides. An address is sealed, and never shown again."
)


class RoutesSection:
    """The section of alert routes.

    Args:
        desk: what handlers are handed.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        path, may = "/settings/routes", May.MANAGE_ROUTES
        return [
            shows(path, self.show, may),
            changes(f"{path}/add", self.add, may),
            changes(f"{path}/switch", self.switch, may),
            changes(f"{path}/remove", self.remove, may),
            changes(f"{path}/unsilence", self.unsilence, may),
        ]

    def show(self, visit: Somebody) -> Response:
        """Show the section."""
        return self._page(visit)

    def add(self, visit: Somebody) -> Response:
        """Add a route, once its address is known to lead outside."""
        try:
            address = routes.checked(visit.text("address"), Guard.of(visit.core.settings))
            route = _route(visit)
            with visit.core.database.begin(visit.identity.organisation) as scope:
                edit = routes.add(scope, visit.core.sealer, route, address, at=visit.at)
                audited(scope, visit, edit)
        except KeypinError as error:
            return self._page(visit, error=str(error))
        return done(visit, _KEY, "route-kept")

    def switch(self, visit: Somebody) -> Response:
        """Tell a route, or no longer."""
        enabled = visit.text("enabled") == "yes"
        with visit.core.database.begin(visit.identity.organisation) as scope:
            name = visit.text("route")
            edit = routes.enable(scope, name, enabled=enabled, at=visit.at)
            audited(scope, visit, edit)
        return done(visit, _KEY, "route-on" if enabled else "route-off")

    def remove(self, visit: Somebody) -> Response:
        """Remove a route."""
        try:
            with visit.core.database.begin(visit.identity.organisation) as scope:
                edit = routes.remove(scope, visit.text("route"), at=visit.at)
                audited(scope, visit, edit)
        except InputError as error:
            return self._page(visit, error=str(error))
        return done(visit, _KEY, "route-gone")

    def unsilence(self, visit: Somebody) -> Response:
        """End all silences now."""
        with visit.core.database.begin(visit.identity.organisation) as scope:
            for one in silences.listed(scope, visit.at):
                audited(scope, visit, silences.end(scope, one.id, at=visit.at))
        return done(visit, _KEY, "silences-over")

    def _page(self, visit: Somebody, *, error: str = "") -> Response:
        with visit.core.database.read(visit.identity.organisation) as scope:
            kept, facts = routes.listed(scope), _facts(scope, visit)
            form = _form(scope, visit, error)
            quiet = bool(silences.listed(scope, visit.at))
        return show_section(
            self._desk.look,
            visit,
            _KEY,
            refused=bool(error),
            intro=_INTRO,
            routes=ROUTES.of(_shown(visit, one) for one in kept),
            facts=facts,
            forms=(form,),
            actions=_actions(visit, quiet=quiet),
        )


def _route(visit: Somebody) -> Route:
    """Return the route that a form describes.

    Raises:
        InputError: it is none.
    """
    severity = visit.text("severity", Severity.WARNING.value)
    known = severity in set(Severity)
    owner = visit.text("owner")
    match = Match(
        severity=Severity(severity) if known else Severity.WARNING,
        owners=(owner,) if owner else (),
        tags=tuple(dict.fromkeys(visit.text("tags").replace(",", " ").split())),
    )
    digest = visit.text("delivery") == Delivery.DIGEST.value
    delivery = Delivery.DIGEST if digest else Delivery.AT_ONCE
    return Route(name=visit.text("name"), match=match, delivery=delivery)


def _shown(visit: Somebody, one: KnownRoute) -> RouteShown:
    name = (("route", one.route.name),)
    switch, remove = (section_path(visit, _KEY, f"/{what}") for what in ("switch", "remove"))
    turn = (
        Action("Pause", switch, fields=(*name, ("enabled", "no")))
        if one.enabled
        else Action("Turn on", switch, fields=(*name, ("enabled", "yes")))
    )
    gone = Action("Remove", remove, danger=True, confirm=f"Remove {one.route.name}?", fields=name)
    match = one.route.match
    return RouteShown(
        name=one.route.name,
        severities=(f"{match.severity.value} or worse", *match.tags, one.route.delivery.value),
        owner=", ".join(match.owners),
        target=one.shown,
        state=_state(visit, one),
        actions=(turn, gone),
    )


def _state(visit: Somebody, one: KnownRoute) -> State:
    if not one.enabled:
        return State(Tone.QUIET, "paused")
    if one.failing_since is not None:
        why = one.failure or "no answer"
        return State(Tone.BAD, f"fails since {ago(one.failing_since, visit.at)}: {why}")
    return State(Tone.GOOD, "on")


def _facts(scope: Scope, visit: Somebody) -> tuple[tuple[str, str], ...]:
    """Return what else decides about alerts."""
    quiet = tuple(_silence(one.silence) for one in silences.listed(scope, visit.at))
    own = plural(len(rules.listed(scope)), "rule")
    return (
        ("Rules", f"{own} of your own, then those that ship with keypin"),
        *quiet,
    )


def _silence(one: Silence) -> tuple[str, str]:
    about = ", ".join((*one.match.ids, *one.match.subjects)) or "by rule"
    return f"Silent until {day(one.until)}", f"{about}: {one.reason} ({one.by})"


def _actions(visit: Somebody, *, quiet: bool) -> tuple[Action, ...]:
    over = Action("End all silences", section_path(visit, _KEY, "/unsilence"), "bell")
    return (over,) if quiet else ()


def _form(scope: Scope, visit: Somebody, error: str) -> Form:
    named = [Option(one.name, one.title) for one in owners.listed(scope)]
    return Form(
        key="route",
        action=section_path(visit, _KEY, "/add"),
        title="Tell somebody",
        submit="Keep the route",
        error=error,
        fields=(
            Field(
                name="name",
                label="Name",
                value=visit.text("name"),
                hint="small letters and hyphens, as on-call",
                required=True,
            ),
            Field(
                name="address",
                label="Address",
                hint="as Apprise writes it: mailto://…, slack://…; a webhook is https://…#KEY",
                required=True,
            ),
            Field(
                name="severity",
                label="Which alerts",
                kind="choice",
                value=visit.text("severity") or Severity.WARNING.value,
                options=tuple(Option(one.value, f"{one.value} or worse") for one in Severity),
                required=True,
            ),
            Field(
                name="owner",
                label="Whose alerts",
                kind="choice",
                value=visit.text("owner"),
                options=(Option("", "everybody's"), *named),
            ),
            Field(name="tags", label="With all of these tags", value=visit.text("tags")),
            Field(
                name="delivery",
                label="When",
                kind="choice",
                value=visit.text("delivery") or Delivery.AT_ONCE.value,
                options=(
                    Option(Delivery.AT_ONCE.value, "at once"),
                    Option(Delivery.DIGEST.value, "in a digest"),
                ),
                required=True,
            ),
        ),
    )
