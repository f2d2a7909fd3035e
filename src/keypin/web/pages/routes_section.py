"""Settings, "Alert routes": who is told of what, tried and changed."""

from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import BaseRoute

from keypin.errors import InputError, KeypinError, Place
from keypin.watch.alerting import preferences, routes, rules
from keypin.watch.alerting.routes import KnownRoute
from keypin.watch.inventory import TakenError, UnknownError, owners
from keypin.watch.people.roles import Action as May
from keypin.watch.store import Scope
from keypin.web import dialling
from keypin.web.pages import routes_form as forms
from keypin.web.pages.audited import audited
from keypin.web.pages.desk import Desk, Somebody, changes, missing, shows, url
from keypin.web.pages.faults import NONE, WHOLE, Faults, faults, shown
from keypin.web.pages.routes_form import Texts
from keypin.web.settings_sections import done, section_path, show_section
from keypin.web.views.frame import Notice
from keypin.web.views.parts import Action, Link, State, Tone
from keypin.web.views.settings import ROUTES, RouteShown
from keypin.web.words import ago, plural

_KEY = "routes"

_INTRO = (
    "Where alerts go to: mail, a chat, a pager, a webhook. A route says which alerts it wants; "
    "rules may name routes besides. An address is sealed, and never shown again."
)
_MISSING = "There is no such route."


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
            changes(f"{path}/change", self.change, may),
            changes(f"{path}/test", self.test, may),
            changes(f"{path}/switch", self.switch, may),
            changes(f"{path}/remove", self.remove, may),
        ]

    def show(self, visit: Somebody) -> Response:
        """Show the section, and the form of the route that the address names."""
        return self._page(visit, visit.request.query_params.get("route", ""))

    def add(self, visit: Somebody) -> Response:
        """Add a route, once its address is known to lead outside."""
        texts = _sent(visit)
        try:
            route, address = forms.route(texts), self._checked(visit)
            with visit.begin() as scope:
                edit = routes.add(scope, visit.core.sealer, route, address, at=visit.at)
                audited(scope, visit, edit)
        except KeypinError as error:
            return self._page(visit, texts=texts, wrong=_faults(error))
        return done(visit, _KEY, "route-kept")

    def change(self, visit: Somebody) -> Response:
        """Give a route other conditions or hours; its address stays unless another is typed."""
        texts = _sent(visit)
        try:
            route = forms.route(texts)
            address = self._checked(visit) if visit.text("address") else None
            with visit.begin() as scope:
                audited(scope, visit, routes.change(scope, visit.core.sealer, route, address))
        except KeypinError as error:
            return self._page(visit, texts["name"], texts=texts, wrong=_faults(error))
        return done(visit, _KEY, "route-changed")

    def test(self, visit: Somebody) -> Response:
        """Send a message that says that it is a test, and say what became of it."""
        name, core = visit.text("route"), visit.core
        base, guard = core.settings.base_url + url(visit, ""), self._desk.guard
        try:
            failure = dialling.test(core, visit.identity, name, base=base, guard=guard, at=visit.at)
        except KeypinError as error:
            return self._page(visit, wrong=_faults(error))
        if failure is None:
            return self._page(visit, said=Notice(Tone.GOOD, f"{name} took the test message."))
        text = f"{name} did not take the test message: {failure.reason}."
        return self._page(visit, said=Notice(Tone.BAD, text))

    def switch(self, visit: Somebody) -> Response:
        """Tell a route, or no longer."""
        enabled = visit.text("enabled") == "yes"
        with visit.begin() as scope:
            name = visit.text("route")
            edit = routes.enable(scope, name, enabled=enabled, at=visit.at)
            audited(scope, visit, edit)
        return done(visit, _KEY, "route-on" if enabled else "route-off")

    def remove(self, visit: Somebody) -> Response:
        """Remove a route."""
        try:
            with visit.begin() as scope:
                edit = routes.remove(scope, visit.text("route"), at=visit.at)
                audited(scope, visit, edit)
        except InputError as error:
            return self._page(visit, wrong={WHOLE: str(error)})
        return done(visit, _KEY, "route-gone")

    def _checked(self, visit: Somebody) -> str:
        """Return the address that was typed, once it is known to lead outside.

        Raises:
            InputError: it does not, or is none.
        """
        try:
            with dialling.looking_up():
                return routes.checked(visit.text("address"), self._desk.guard)
        except KeypinError as error:
            raise InputError(str(error), place=Place(key="address")) from error

    def _page(
        self,
        visit: Somebody,
        name: str = "",
        *,
        texts: Texts | None = None,
        wrong: Faults = NONE,
        said: Notice | None = None,
    ) -> Response:
        with visit.read() as scope:
            kept, facts, zone = routes.listed(scope), _facts(scope), preferences.zone(scope)
            names = [one.name for one in owners.listed(scope)]
        edited = next((one.route for one in kept if one.route.name == name), None)
        if name and edited is None:
            raise missing(_MISSING)
        found = texts or (forms.texts_of(edited, zone) if edited else forms.usual(zone))
        action = section_path(visit, _KEY, "/change" if edited else "/add")
        made = forms.form(found, action, names, added=edited is None)
        return show_section(
            self._desk.look,
            visit,
            _KEY,
            refused=bool(wrong),
            notices=(said,) if said else (),
            intro=_INTRO,
            routes=ROUTES.of(_shown(visit, one) for one in kept),
            facts=facts,
            forms=(shown(made, wrong),),
        )


def _sent(visit: Somebody) -> Texts:
    """Return what stood in the form that was sent; what it did not hold is as usual."""
    return {name: visit.text(name, usual) for name, usual in forms.usual("").items()}


def _faults(error: KeypinError) -> Faults:
    match error:
        case UnknownError():
            raise missing(_MISSING) from error
        case TakenError():
            return {"name": str(error)}
        case InputError():
            return faults(error)
        case _:
            return {WHOLE: str(error)}


def _shown(visit: Somebody, one: KnownRoute) -> RouteShown:
    route, path = one.route, section_path(visit, _KEY)
    name = (("route", route.name),)
    turn = (
        Action("Pause", f"{path}/switch", fields=(*name, ("enabled", "no")))
        if one.enabled
        else Action("Turn on", f"{path}/switch", fields=(*name, ("enabled", "yes")))
    )
    gone = Action(
        "Remove", f"{path}/remove", danger=True, confirm=f"Remove {route.name}?", fields=name
    )
    match = route.match
    hours = (forms.told(route.hours),) if route.hours else ()
    return RouteShown(
        name=Link(route.name, f"{path}?{urlencode({'route': route.name})}"),
        severities=(
            f"{match.severity.value} or worse",
            *match.tags,
            route.delivery.value,
            *hours,
        ),
        owner=", ".join(match.owners),
        target=one.shown,
        state=_state(visit, one),
        actions=(Action("Test", f"{path}/test", fields=name), turn, gone),
    )


def _state(visit: Somebody, one: KnownRoute) -> State:
    if not one.enabled:
        return State(Tone.QUIET, "paused")
    if one.failing_since is not None:
        why = one.failure or "no answer"
        return State(Tone.BAD, f"fails since {ago(one.failing_since, visit.at)}: {why}")
    return State(Tone.GOOD, "on")


def _facts(scope: Scope) -> tuple[tuple[str, str], ...]:
    """Return what else decides about alerts."""
    own = plural(len(rules.listed(scope)), "rule")
    return (("Rules", f"{own} of your own, then those that ship with keypin"),)
