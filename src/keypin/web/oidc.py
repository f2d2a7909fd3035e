"""The pages of the sign-in by an OpenID provider: to it, and back.

Who is signed in already may come back, too: to link the account (`keypin.web.settings_openid`).
"""

import hmac

from starlette.responses import Response
from starlette.routing import Route

from keypin.errors import InputError
from keypin.watch.people import accounts, external, invitations, organisations, sessions
from keypin.watch.people.accounts import Account
from keypin.watch.people.audit import Actor
from keypin.watch.people.external import Vouched
from keypin.watch.people.sign_in import SignInError
from keypin.watch.settings import Settings
from keypin.web import oidc_state
from keypin.web import sign_in_views as views
from keypin.web.identity import source_of
from keypin.web.identity_frame import base_of
from keypin.web.identity_page import anyone, go, safe_next
from keypin.web.oidc_provider import Provider
from keypin.web.oidc_state import Begun
from keypin.web.sessions import write_cookie
from keypin.web.sign_in import Anyone, SignIn, begin, whole

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
            response = go(visit.request, provider_of(core.settings).way(begun))
        except SignInError as error:
            return self._refuse(visit, None, str(error))
        oidc_state.write(response, core.settings, core.sealer, begun)
        return response

    def come_back(self, visit: Anyone) -> Response:
        """Judge what somebody comes back with."""
        self._sign_in.slow_down(visit)
        core = visit.core
        begun = oidc_state.read(visit.request, core.settings, core.sealer, visit.at)
        try:
            begun, who = self._judged(visit, begun)
            response = (_linked if begun.account else _signed_in)(visit, begun, who)
        except (SignInError, InputError) as error:
            response = self._refuse(visit, begun, str(error))
        oidc_state.forget(response, core.settings)
        return response

    def _judged(self, visit: Anyone, begun: Begun | None) -> tuple[Begun, Vouched]:
        query, core = visit.request.query_params, visit.core
        if begun is None or not hmac.compare_digest(
            begun.state.encode(), query.get("state", "").encode("utf-8", "replace")
        ):
            raise SignInError("This sign-in was not begun in this browser, or ended. Begin again.")
        if "code" not in query:
            raise SignInError(
                f"{core.settings.oidc_issuer} did not let you in: "
                f"{query.get('error_description') or query.get('error') or 'it gives no reason'}."
            )
        provider = provider_of(core.settings)
        if query.get("iss", provider.issuer) != provider.issuer:
            # RFC 9207: the answer of another provider, mixed up with this one's.
            raise SignInError("The answer comes from another provider. Begin again.")
        return begun, provider.vouch(query["code"], begun, visit.at)

    def _refuse(self, visit: Anyone, begun: Begun | None, error: str) -> Response:
        view = (
            views.not_linked(error, begun.back)
            if begun is not None and begun.account
            else views.password_step(visit.core.settings, "/", error=error)
        )
        return self._sign_in.show(visit, view, _REFUSED)


def provider_of(settings: Settings) -> Provider:
    """Return the provider of an installation.

    Raises:
        SignInError: there is none, or it cannot be reached.
    """
    if not settings.oidc_issuer:
        raise SignInError("No OpenID provider is set up here. Sign in by mail and password.")
    return Provider(settings, settings.base_url + DONE)


def _signed_in(visit: Anyone, begun: Begun, who: Vouched) -> Response:
    network = source_of(visit.request)
    account = external.sign_in(visit.core.database, who, visit.at, link=begun.link, network=network)
    return begin(visit, account.number, _home(visit, begun, account))


def _linked(visit: Anyone, begun: Begun, who: Vouched) -> Response:
    """Link the account of who is still signed in; this browser gets another cookie."""
    person = whole(visit.request, visit)
    if person is None or person.account != begun.account:
        raise SignInError("You are not signed in any more as who began this. Begin again.")
    actor = Actor(person.mail, source_of(visit.request))
    with visit.core.database.begin_across() as connection:
        account = accounts.get(connection, person.account)
        external.link(connection, account, who, by=actor, at=visit.at)
        token = sessions.rotate(connection, visit.cookie, visit.at)
    response = go(visit.request, f"{begun.back}?done=linked")
    write_cookie(response, visit.core.settings, token)
    return response


def _home(visit: Anyone, begun: Begun, account: Account) -> str:
    """Return where to go: who has just joined looks at what they joined."""
    if not begun.link:
        return begun.back
    with visit.core.database.read_across() as connection:
        number = invitations.organisation_of(connection, begun.link)
        mine = {one.number: one.name for one, _ in organisations.of(connection, account.number)}
    return base_of(mine[number]) + "/" if number in mine else begun.back
