"""Settings, "Secrets": addresses that keypin.toml names, listed by name and never shown."""

from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import BaseRoute

from keypin.errors import InputError
from keypin.inventory.names import check_name
from keypin.watch.inventory import TakenError
from keypin.watch.people import named_secrets
from keypin.watch.people.named_secrets import KnownSecret
from keypin.watch.people.roles import Action as May
from keypin.watch.store import Scope
from keypin.web.pages.desk import Desk, Somebody, changes, missing, shows
from keypin.web.pages.faults import NONE, WHOLE, Faults, faults, shown
from keypin.web.settings_sections import done, section_path, show_section
from keypin.web.views.form import Field, Form
from keypin.web.views.parts import Action, Link
from keypin.web.views.settings import SECRETS, SecretKept

_KEY = "secrets"

_INTRO = (
    "Addresses of routes that a keypin.toml names, so that neither the file nor who applies it "
    "needs to know them. A secret is sealed, and never shown again."
)
_MISSING = "There is no such secret."


class SecretsSection:
    """The section of secrets.

    Args:
        desk: what handlers are handed.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        path, may = "/settings/secrets", May.MANAGE_ROUTES
        return [
            shows(path, self.show, may),
            changes(f"{path}/add", self.add, may),
            changes(f"{path}/replace", self.replace, may),
            changes(f"{path}/remove", self.remove, may),
        ]

    def show(self, visit: Somebody) -> Response:
        """Show the section, and the form of the secret that the address names."""
        return self._page(visit, visit.request.query_params.get("secret", ""))

    def add(self, visit: Somebody) -> Response:
        """Keep a secret under a new name."""
        name = visit.text("name")
        try:
            check_name(name, "name of a secret")
            with visit.begin() as scope:
                if named_secrets.find(scope, name) is not None:
                    raise TakenError.of("secret", name)
                _keep(scope, visit, name)
        except TakenError as error:
            return self._page(visit, wrong={"name": str(error)})
        except InputError as error:
            return self._page(visit, wrong=faults(error))
        return done(visit, _KEY, "secret-kept")

    def replace(self, visit: Somebody) -> Response:
        """Keep another secret under a name."""
        name = visit.text("name")
        try:
            with visit.begin() as scope:
                _keep(scope, visit, _found(named_secrets.listed(scope), name).name)
        except InputError as error:
            return self._page(visit, name, faults(error))
        return done(visit, _KEY, "secret-changed")

    def remove(self, visit: Somebody) -> Response:
        """Remove a secret that no route names."""
        try:
            with visit.begin() as scope:
                one = _found(named_secrets.listed(scope), visit.text("name"))
                named_secrets.forget(scope, one.name, by=visit.identity.actor, at=visit.at)
        except InputError as error:
            return self._page(visit, wrong={WHOLE: str(error)})
        return done(visit, _KEY, "secret-gone")

    def _page(self, visit: Somebody, name: str = "", wrong: Faults = NONE) -> Response:
        with visit.read() as scope:
            known, naming = named_secrets.listed(scope), named_secrets.naming_routes(scope)
        made = _another(visit, _found(known, name)) if name else _new(visit, wrong)
        return show_section(
            self._desk.look,
            visit,
            _KEY,
            refused=bool(wrong),
            intro=_INTRO,
            secrets=SECRETS.of(_shown(visit, one, naming.get(one.name, ())) for one in known),
            forms=(shown(made, wrong),),
        )


def _found(known: tuple[KnownSecret, ...], name: str) -> KnownSecret:
    """Return a secret that people keep; those of the service's own are none.

    Raises:
        HTTPException: 404, there is none of this name.
    """
    for one in known:
        if one.name == name:
            return one
    raise missing(_MISSING)


def _keep(scope: Scope, visit: Somebody, name: str) -> None:
    actor, sealer, value = visit.identity.actor, visit.core.sealer, visit.text("value")
    named_secrets.keep(scope, sealer, name, value.encode(), by=actor, at=visit.at)


def _shown(visit: Somebody, one: KnownSecret, routes: tuple[str, ...]) -> SecretKept:
    path = section_path(visit, _KEY)
    remove = Action(
        "Remove",
        f"{path}/remove",
        danger=True,
        confirm=f"Remove {one.name}?",
        fields=(("name", one.name),),
    )
    return SecretKept(
        name=Link(one.name, f"{path}?{urlencode({'secret': one.name})}"),
        changed=one.changed_at,
        routes=routes,
        actions=(remove,),
    )


def _new(visit: Somebody, wrong: Faults) -> Form:
    name = Field(
        name="name",
        label="Name",
        value=visit.text("name") if wrong and WHOLE not in wrong else "",
        hint='small letters and hyphens; url = { secret = "NAME" } in keypin.toml means it',
        required=True,
    )
    return Form(
        key="secret",
        action=section_path(visit, _KEY, "/add"),
        title="Keep a secret",
        submit="Keep the secret",
        fields=(name, _value()),
    )


def _another(visit: Somebody, one: KnownSecret) -> Form:
    return Form(
        key="secret",
        action=section_path(visit, _KEY, "/replace"),
        title=f"Replace {one.name}",
        intro="Routes that name it get the new one when the keypin.toml is applied again.",
        submit="Replace the secret",
        hidden=(("name", one.name),),
        fields=(_value(),),
    )


def _value() -> Field:
    return Field(
        name="value",
        label="Secret",
        kind="password",
        hint="the address, as slack://TokenA/TokenB/TokenC/#channel",
        required=True,
    )
