"""The pages of the sign-in by an OpenID provider: to it, and back."""

import hmac

from starlette.responses import Response
from starlette.routing import Route

from keypin.errors import InputError
from keypin.watch.people import external, invitations, organisations
from keypin.watch.people.accounts import Account
from keypin.watch.people.sign_in import SignInError
from keypin.web import oidc_state
from keypin.web import sign_in_views as views
from keypin.web.identity import source_of
from keypin.web.identity_frame import base_of
from keypin.web.identity_page import anyone, go, safe_next
from keypin.web.oidc_provider import Provider
from keypin.web.oidc_state import Begun
from keypin.web.sign_in import Anyone, SignIn, begin

DONE = "/sign-in/openid/done"

_REFUSED = 422


class OpenId:
    """The sign-in by the provider that the settings name; without one it says so.

    Args:
        sign_in: the pages beside it, whose count of tries it shares.
    """

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/sign-in/openid", anyone(self.leave)),
            Route(DONE, anyone(self.come_back)),
        ]

    def leave(self, visit: Anyone) -> Response:
        """Send somebody to the provider."""
        self._sign_in.slow_down(visit)
        query, core = visit.request.query_params, visit.core
        begun = oidc_state.begin(
            safe_next(query.get("next", "/")), query.get("join", "")[:100], visit.at
        )
        try:
            response = go(visit.request, _provider(visit).way(begun))
        except SignInError as error:
            return self._refuse(visit, str(error))
        oidc_state.write(response, core.settings, core.sealer, begun)
        return response

    def come_back(self, visit: Anyone) -> Response:
        """Judge what somebody comes back with."""
        self._sign_in.slow_down(visit)
        try:
            begun, account = self._judged(visit)
            response = begin(visit, account.number, _home(visit, begun, account))
        except (SignInError, InputError) as error:
            response = self._refuse(visit, str(error))
        oidc_state.forget(response, visit.core.settings)
        return response

    def _judged(self, visit: Anyone) -> tuple[Begun, Account]:
        query, core = visit.request.query_params, visit.core
        begun = oidc_state.read(visit.request, core.settings, core.sealer, visit.at)
        if begun is None or not hmac.compare_digest(
            begun.state.encode(), query.get("state", "").encode("utf-8", "replace")
        ):
            raise SignInError("This sign-in was not begun in this browser, or ended. Begin again.")
        if "code" not in query:
            raise SignInError(
                f"{core.settings.oidc_issuer} did not let you in: "
                f"{query.get('error_description') or query.get('error') or 'it gives no reason'}."
            )
        provider = _provider(visit)
        if query.get("iss", provider.issuer) != provider.issuer:
            # RFC 9207: the answer of another provider, mixed up with this one's.
            raise SignInError("The answer comes from another provider. Begin again.")
        who = provider.vouch(query["code"], begun, visit.at)
        network = source_of(visit.request)
        account = external.sign_in(core.database, who, visit.at, link=begun.link, network=network)
        return begun, account

    def _refuse(self, visit: Anyone, error: str) -> Response:
        step = views.password_step(visit.core.settings, "/", error=error)
        return self._sign_in.show(visit, step, _REFUSED)


def _provider(visit: Anyone) -> Provider:
    settings = visit.core.settings
    if not settings.oidc_issuer:
        raise SignInError("No OpenID provider is set up here. Sign in by mail and password.")
    return Provider(settings, settings.base_url + DONE)


def _home(visit: Anyone, begun: Begun, account: Account) -> str:
    """Return where to go: who has just joined looks at what they joined."""
    if not begun.link:
        return begun.back
    with visit.core.database.read_across() as connection:
        number = invitations.organisation_of(connection, begun.link)
        mine = {one.number: one.name for one, _ in organisations.of(connection, account.number)}
    return base_of(mine[number]) + "/" if number in mine else begun.back
