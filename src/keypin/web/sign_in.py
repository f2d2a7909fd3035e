"""The pages of the sign-in: mail and password, the second factor, and the way out.

    Starlette(routes=[*SignIn(look).routes(), ...])

Each step gives the browser another cookie. Sources are slowed down here; wrong tries of an account
are counted in `keypin.watch.people.lockout`.
"""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from keypin.watch.people import accounts, sessions, sign_in
from keypin.watch.people.audit import Actor
from keypin.watch.people.passwords import BusyError
from keypin.watch.people.sessions import SignedIn, Stage
from keypin.watch.people.sign_in import SignInError
from keypin.web import sign_in_views as views
from keypin.web.identity import Identity, signed_in, source_of
from keypin.web.identity_frame import base_of, plain_frame
from keypin.web.identity_page import Visit, anyone, go, safe_next
from keypin.web.look import Look
from keypin.web.security_source import site
from keypin.web.security_throttle import Throttle
from keypin.web.sessions import new_visitor, write_cookie
from keypin.web.views.sign_in import SignInView

Anyone = Visit[Identity | None]

# Tries of one source, at passwords, codes and links together.
TRIES = 30
PERIOD = timedelta(minutes=5)

_REFUSED = 422
_BUSY = 503


class SignIn:
    """The sign-in of one installation.

    Args:
        look: how pages look.
        throttle: how often one source may try.
    """

    def __init__(self, look: Look, throttle: Throttle | None = None) -> None:
        self._look = look
        self.throttle = throttle or Throttle(TRIES, PERIOD)

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/", anyone(self.home)),
            Route("/sign-in", anyone(self.ask), methods=["GET"]),
            Route("/sign-in", anyone(self.judge), methods=["POST"]),
            Route("/sign-in/code", anyone(self.ask_code), methods=["GET"]),
            Route("/sign-in/code", anyone(self.judge_code), methods=["POST"]),
            Route("/sign-in/recovery", anyone(self.ask_recovery), methods=["GET"]),
            Route("/sign-in/recovery", anyone(self.judge_recovery), methods=["POST"]),
            Route("/sign-out", anyone(self.out), methods=["POST"]),
        ]

    def show(self, visit: Anyone, view: SignInView, status: int = 200) -> Response:
        """Return a page of the sign-in."""
        return HTMLResponse(self._look.render(plain_frame(visit), view), status)

    def slow_down(self, visit: Anyone) -> None:
        """Count a try of a source.

        Raises:
            HTTPException: 429, there were too many.
        """
        client = visit.request.client
        wait = self.throttle.wait(site(client.host if client else ""), visit.at)
        if wait is not None:
            seconds = int(wait.total_seconds()) + 1
            raise HTTPException(
                429,
                f"too many tries from your network; wait {seconds} seconds, then try again",
                {"retry-after": str(seconds)},
            )

    def home(self, visit: Anyone) -> Response:
        """Send everybody to where they begin."""
        if visit.identity is not None:
            return go(visit.request, base_of(visit.identity.organisation_name) + "/")
        found = signed_in(visit.request, visit.at)
        if found is None or found.stage is not Stage.WHOLE:
            return go(visit.request, "/sign-in")
        return self.show(visit, views.nowhere(found.mail))

    def ask(self, visit: Anyone) -> Response:
        """Show the first step."""
        back = safe_next(visit.request.query_params.get("next", "/"))
        if visit.identity is not None:
            return go(visit.request, back)
        return self.show(visit, views.password_step(visit.core.settings, back))

    def judge(self, visit: Anyone) -> Response:
        """Judge mail and password."""
        self.slow_down(visit)
        mail, back = visit.text("mail"), safe_next(visit.text("next", "/"))
        password = visit.form.get("password", "")
        try:
            account = sign_in.by_password(
                visit.core.database,
                mail,
                password if isinstance(password, str) else "",
                visit.at,
                network=source_of(visit.request),
            )
        except (SignInError, BusyError) as error:
            step = views.password_step(visit.core.settings, back, mail=mail, error=str(error))
            return self.show(visit, step, _BUSY if isinstance(error, BusyError) else _REFUSED)
        if account.has_second:
            return begin(visit, account.number, f"/sign-in/code?next={quote(back)}", Stage.PASSWORD)
        return begin(visit, account.number, back)

    def ask_code(self, visit: Anyone) -> Response:
        """Show the second step."""
        if halfway(visit) is None:
            return go(visit.request, "/sign-in")
        return self.show(
            visit, views.code_step(safe_next(visit.request.query_params.get("next", "/")))
        )

    def judge_code(self, visit: Anyone) -> Response:
        """Judge a code of the device."""
        back = safe_next(visit.text("next", "/"))
        return self._judge_second(visit, back, lambda error: views.code_step(back, error=error))

    def ask_recovery(self, visit: Anyone) -> Response:
        """Show the second step for a lost device."""
        if halfway(visit) is None:
            return go(visit.request, "/sign-in")
        return self.show(visit, views.recovery_step())

    def judge_recovery(self, visit: Anyone) -> Response:
        """Judge a recovery code."""
        return self._judge_second(visit, "/", lambda error: views.recovery_step(error=error))

    def out(self, visit: Anyone) -> Response:
        """End the session of this browser."""
        found = whole(visit.request, visit)
        with visit.core.database.begin_across() as connection:
            if found is not None:
                actor, ended = Actor(found.mail, source_of(visit.request)), found.digest
                accounts.sign_out(connection, found.account, actor, at=visit.at, session=ended)
            sessions.discard(connection, visit.cookie)
        response = go(visit.request, "/sign-in")
        write_cookie(response, visit.core.settings, new_visitor())
        return response

    def _judge_second(
        self, visit: Anyone, back: str, again: Callable[[str], SignInView]
    ) -> Response:
        self.slow_down(visit)
        found = halfway(visit)
        if found is None:
            return go(visit.request, "/sign-in")
        core = visit.core
        with core.database.read_across() as connection:
            account = accounts.get(connection, found.account)
        try:
            sign_in.by_second(
                core.database,
                core.sealer,
                account,
                visit.text("code"),
                visit.at,
                network=source_of(visit.request),
            )
        except SignInError as error:
            return self.show(visit, again(str(error)), _REFUSED)
        return begin(visit, account.number, back)


def begin(
    visit: Anyone, account: int, path: str, stage: Stage = Stage.WHOLE, *, organisation: int = 0
) -> Response:
    """Begin a session in place of this browser's former one, and go on.

    Args:
        visit: the request.
        account: who has signed in.
        path: where to go.
        stage: how far the sign-in is.
        organisation: where they look first; their first one unless given.
    """
    with visit.core.database.begin_across() as connection:
        sessions.discard(connection, visit.cookie)
        token = sessions.create(
            connection,
            account,
            visit.at,
            stage=stage,
            organisation=organisation or None,
            agent=visit.request.headers.get("user-agent", ""),
            network=source_of(visit.request),
        )
    response = go(visit.request, path)
    write_cookie(response, visit.core.settings, token)
    return response


def halfway(visit: Anyone) -> SignedIn | None:
    """Return the session whose second factor is still to come, or None."""
    found = signed_in(visit.request, visit.at)
    return found if found is not None and found.stage is Stage.PASSWORD else None


def whole(request: Request, visit: Anyone) -> SignedIn | None:
    """Return the session of somebody who is signed in, though they may belong nowhere yet."""
    found = signed_in(request, visit.at)
    return found if found is not None and found.stage is Stage.WHOLE else None
