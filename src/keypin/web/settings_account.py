"""Settings, "Your account": name, password, and where one is signed in; what is yours alone.

The second factor has its own file. What matters most asks for the password again, and a change of
it gives this browser another cookie and ends all others.
"""

from starlette.responses import Response
from starlette.routing import Route

from keypin.errors import InputError
from keypin.watch.people import accounts, sessions, sign_in
from keypin.watch.people.accounts import Account
from keypin.watch.people.sign_in import SignInError
from keypin.web.identity import Action
from keypin.web.identity_page import page
from keypin.web.look import Look
from keypin.web.sessions import write_cookie
from keypin.web.settings_forms import (
    name_form,
    openid_forms,
    own_account,
    password_form,
    password_forms,
    secret_text,
)
from keypin.web.settings_sections import Seen, done, section_path, show_section
from keypin.web.views.form import Form
from keypin.web.views.parts import Action as Button
from keypin.web.views.settings import SESSIONS, Secret, Session

# What browsers call themselves, the most particular first: Edge says Chrome, and Chrome Safari.
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser_of(agent: str) -> str:
    """Return what people call a browser, from what it calls itself."""
    browser = next((name for sign, name in _BROWSERS if sign in agent), agent[:40] or "a browser")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    return f"{browser} on {system}" if system else browser


class AccountSection:
    """The section of a person's own account.

    Args:
        look: how pages look.
    """

    def __init__(self, look: Look) -> None:
        self._look = look

    def routes(self) -> list[Route]:
        """Return the routes."""
        base = "/o/{organisation}/settings"
        may = page(Action.READ)
        return [
            Route(base, may(self.first), methods=["GET"]),
            Route(f"{base}/account", may(self.show), methods=["GET"]),
            Route(f"{base}/account/name", may(self.rename), methods=["POST"]),
            Route(f"{base}/account/password", may(self.change_password), methods=["POST"]),
            Route(f"{base}/account/end", may(self.end), methods=["POST"]),
        ]

    def first(self, visit: Seen) -> Response:
        """Begin at the first section."""
        return self.show(visit)

    def show(self, visit: Seen) -> Response:
        """Show the section."""
        return self.page(visit)

    def page(
        self, visit: Seen, *, secret: Secret | None = None, wrong: Form | None = None
    ) -> Response:
        """Return the section, perhaps with a secret above it, or with a form that was refused."""
        account = own_account(visit)
        forms = (
            name_form(visit, account),
            *password_forms(visit, account),
            *openid_forms(visit, account),
        )
        return show_section(
            self._look,
            visit,
            "account",
            refused=wrong is not None,
            intro="What is yours alone: how you sign in, and where you are signed in now.",
            secret=secret,
            facts=_facts(account),
            sessions=SESSIONS.of(_sessions(visit)),
            forms=tuple(wrong if wrong and one.key == wrong.key else one for one in forms),
        )

    def rename(self, visit: Seen) -> Response:
        """Change the name."""
        try:
            with visit.core.database.begin_across() as connection:
                name, actor = visit.text("name"), visit.identity.actor
                accounts.rename(connection, own_account(visit).number, name, actor, visit.at)
        except InputError as error:
            return self.page(visit, wrong=name_form(visit, own_account(visit), str(error)))
        return done(visit, "account", "name")

    def change_password(self, visit: Seen) -> Response:
        """Change the password, and the cookie of this browser; others are signed out."""
        account, core = own_account(visit), visit.core
        try:
            sign_in.confirm(core.database, account, secret_text(visit, "password"), visit.at)
            with core.database.begin_across() as connection:
                accounts.set_password(
                    connection,
                    account.number,
                    secret_text(visit, "new"),
                    visit.identity.actor,
                    at=visit.at,
                    keep=visit.identity.session,
                )
                token = sessions.rotate(connection, visit.cookie, visit.at)
        except (InputError, SignInError) as error:
            return self.page(visit, wrong=password_form(visit, str(error)))
        response = done(visit, "account", "password")
        write_cookie(response, core.settings, token)
        return response

    def end(self, visit: Seen) -> Response:
        """Sign out another browser, or all others."""
        account, actor = own_account(visit).number, visit.identity.actor
        with visit.core.database.begin_across() as connection:
            if visit.text("session") == "others":
                keep = visit.identity.session
                accounts.sign_out_others(connection, account, actor, at=visit.at, keep=keep)
            else:
                ended = _digest(visit.text("session"))
                accounts.sign_out(connection, account, actor, at=visit.at, session=ended)
        return done(visit, "account", "ended")


def _facts(account: Account) -> tuple[tuple[str, str], ...]:
    password = ("by mail and password",) if account.has_password else ()
    provider = (f"through {account.issuer}",) if account.issuer else ()
    second = f"on, {account.recovery} recovery codes left" if account.has_second else "off"
    return (
        ("Mail", account.mail),
        ("Signs in", " or ".join((*password, *provider))),
        *((("Second factor", second),) if account.has_password else ()),
    )


def _sessions(visit: Seen) -> tuple[Session, ...]:
    with visit.core.database.read_across() as connection:
        found = sessions.of(connection, visit.identity.number, visit.at)
    href = section_path(visit, "account", "/end")
    return tuple(
        Session(
            browser=browser_of(one.agent),
            network=one.network or "unknown",
            since=one.since,
            current=one.digest == visit.identity.session,
            actions=()
            if one.digest == visit.identity.session
            else (Button("Sign out", href, fields=(("session", one.digest.hex()),)),),
        )
        for one in found
    )


def _digest(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
