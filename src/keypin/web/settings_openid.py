"""Settings, "Your account": linking it to who one is at the OpenID provider, and unlinking it.

Never by a mail: who is signed in gives the password, goes to the provider, and comes back to
`keypin.web.oidc` in the same browser.
"""

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from keypin.errors import InputError
from keypin.watch.people import external, sessions, sign_in
from keypin.watch.people.sign_in import SignInError
from keypin.web import oidc_state
from keypin.web.identity import Action
from keypin.web.identity_frame import frame_of
from keypin.web.identity_page import page
from keypin.web.look import Look
from keypin.web.oidc import provider_of
from keypin.web.sessions import write_cookie
from keypin.web.settings_account import AccountSection
from keypin.web.settings_forms import link_form, own_account, secret_text, unlink_form
from keypin.web.settings_sections import Seen, done, section_path
from keypin.web.sign_in_views import provider_name
from keypin.web.views.parts import Link
from keypin.web.views.sign_in import SignInView


class OpenIdLink:
    """The link of a person's own account to the provider.

    Args:
        look: how pages look.
        account: the section that it is part of.
    """

    def __init__(self, look: Look, account: AccountSection) -> None:
        self._look = look
        self._account = account

    def routes(self) -> list[Route]:
        """Return the routes."""
        base = "/o/{organisation}/settings/account/openid"
        may = page(Action.READ)
        return [
            Route(f"{base}/link", may(self.link), methods=["POST"]),
            Route(f"{base}/unlink", may(self.unlink), methods=["POST"]),
        ]

    def link(self, visit: Seen) -> Response:
        """Ask for the password, then show the way to the provider.

        A page in between, for a form may not lead to another site (`form-action` of the policy).
        """
        account, core = own_account(visit), visit.core
        if account.issuer or not core.settings.oidc_issuer:
            raise HTTPException(422, "your account is linked already, or there is no provider")
        back = section_path(visit, "account")
        begun = oidc_state.begin(back, "", visit.at, account=account.number)
        try:
            sign_in.confirm(core.database, account, secret_text(visit, "password"), visit.at)
            way = provider_of(core.settings).way(begun)
        except SignInError as error:
            return self._account.page(visit, wrong=link_form(visit, str(error)))
        name = provider_name(core.settings)
        view = SignInView(
            title=f"Sign in with {name}",
            intro=f"Say at {name} who you are, within ten minutes; it leads you back here.",
            providers=(Link(f"Go to {name}", way),),
            links=(Link("Not now", back),),
        )
        response = HTMLResponse(self._look.render(frame_of(visit, "settings"), view))
        oidc_state.write(response, core.settings, core.sealer, begun)
        return response

    def unlink(self, visit: Seen) -> Response:
        """Ask for the password, then take the link away; this browser gets another cookie."""
        account, core, identity = own_account(visit), visit.core, visit.identity
        try:
            sign_in.confirm(core.database, account, secret_text(visit, "password"), visit.at)
            with core.database.begin_across() as connection:
                external.unlink(
                    connection, account, by=identity.actor, at=visit.at, keep=identity.session
                )
                token = sessions.rotate(connection, visit.cookie, visit.at)
        except SignInError as error:
            return self._account.page(visit, wrong=unlink_form(visit, account, str(error)))
        except InputError as error:
            raise HTTPException(422, str(error)) from error
        response = done(visit, "account", "unlinked")
        write_cookie(response, core.settings, token)
        return response
