"""Settings, "Your account": turning the second factor on and off, and new recovery codes."""

from collections.abc import Sequence

import segno
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from keypin.errors import InputError
from keypin.watch.people import second, sign_in
from keypin.watch.people.accounts import Account
from keypin.watch.people.sign_in import SignInError
from keypin.watch.store import Purpose, SealError
from keypin.web.identity import Action
from keypin.web.identity_frame import frame_of
from keypin.web.identity_page import go, page
from keypin.web.look import Look
from keypin.web.settings_account import AccountSection
from keypin.web.settings_forms import begin_form, codes_form, off_form, own_account, secret_text
from keypin.web.settings_sections import Seen, done, section_path
from keypin.web.views.form import Field, Form
from keypin.web.views.parts import Link
from keypin.web.views.settings import Secret
from keypin.web.views.sign_in import SignInView

_REFUSED = 422


class SecondFactor:
    """The second factor of a person's own account.

    Args:
        look: how pages look.
        account: the section that it is part of.
    """

    def __init__(self, look: Look, account: AccountSection) -> None:
        self._look = look
        self._account = account

    def routes(self) -> list[Route]:
        """Return the routes."""
        base = "/o/{organisation}/settings/account/second"
        may = page(Action.READ)
        return [
            Route(f"{base}/begin", may(self.begin), methods=["POST"]),
            Route(f"{base}/on", may(self.turn_on), methods=["POST"]),
            Route(f"{base}/off", may(self.turn_off), methods=["POST"]),
            Route(f"{base}/codes", may(self.new_codes), methods=["POST"]),
        ]

    def begin(self, visit: Seen) -> Response:
        """Ask for the password, then show a new secret."""
        account = own_account(visit)
        try:
            self._confirm(visit, account)
        except SignInError as error:
            return self._account.page(visit, wrong=begin_form(visit, str(error)))
        return self._picture(visit, account, second.new_secret())

    def turn_on(self, visit: Seen) -> Response:
        """Take the secret, once a code of it was shown."""
        account, core = own_account(visit), visit.core
        try:
            secret = _opened(visit)
        except SealError:
            return go(visit.request, section_path(visit, "account"))
        try:
            with core.database.begin_across() as connection:
                codes = second.turn_on(
                    connection,
                    core.sealer,
                    account,
                    secret,
                    visit.text("code"),
                    by=visit.identity.actor,
                    at=visit.at,
                )
        except InputError as error:
            return self._picture(visit, account, secret, str(error))
        return self._account.page(visit, secret=_shown(codes))

    def turn_off(self, visit: Seen) -> Response:
        """Ask for the password, then remove it."""
        account = own_account(visit)
        try:
            self._confirm(visit, account)
        except SignInError as error:
            return self._account.page(visit, wrong=off_form(visit, str(error)))
        with visit.core.database.begin_across() as connection:
            second.turn_off(connection, account, by=visit.identity.actor, at=visit.at)
        return done(visit, "account", "second-off")

    def new_codes(self, visit: Seen) -> Response:
        """Ask for the password, then show new recovery codes."""
        account = own_account(visit)
        try:
            self._confirm(visit, account)
        except SignInError as error:
            return self._account.page(visit, wrong=codes_form(visit, str(error)))
        with visit.core.database.begin_across() as connection:
            codes = second.new_recovery(connection, account, by=visit.identity.actor, at=visit.at)
        return self._account.page(visit, secret=_shown(codes))

    @staticmethod
    def _confirm(visit: Seen, account: Account) -> None:
        password = secret_text(visit, "password")
        sign_in.confirm(visit.core.database, account, password, visit.at)

    def _picture(self, visit: Seen, account: Account, secret: str, error: str = "") -> Response:
        address = second.address(secret, account.mail, "keypin")
        view = SignInView(
            title="Turn on the second factor",
            intro="Read the picture with an authenticator, then type the six digits that it shows.",
            picture=segno.make(address, error="m").svg_data_uri(light="white", border=3),
            secret=secret,
            form=_on_form(visit, account, secret, error),
            links=(Link("Not now", section_path(visit, "account")),),
        )
        text = self._look.render(frame_of(visit, "settings"), view)
        return HTMLResponse(text, _REFUSED if error else 200)


def _on_form(visit: Seen, account: Account, secret: str, error: str) -> Form:
    # The secret waits in the form, sealed for this account, and nowhere else until it is used.
    text = f"{account.number} {secret}".encode()
    sealed = visit.core.sealer.seal(text, Purpose.SECOND_BEGUN).decode("ascii")
    return Form(
        key="code",
        action=section_path(visit, "account", "/second/on"),
        submit="Turn it on",
        error=error,
        hidden=(("sealed", sealed),),
        fields=(
            Field(name="code", label="Code", kind="code", required=True, complete="one-time-code"),
        ),
    )


def _opened(visit: Seen) -> str:
    """Return the secret that waits in the form.

    Raises:
        SealError: it is not ours, or another account's.
    """
    sealed = visit.text("sealed").encode("ascii", "replace")
    text = visit.core.sealer.open(sealed, Purpose.SECOND_BEGUN).decode()
    number, _, secret = text.partition(" ")
    if number != str(visit.identity.number):
        raise SealError("the secret is of another account")
    return secret


def _shown(codes: Sequence[str]) -> Secret:
    return Secret(
        title="Your recovery codes",
        text=" ".join(codes),
        detail="They are shown this once. Print them, or keep them where you keep passwords; each "
        "lets you in once if your phone is lost.",
    )
