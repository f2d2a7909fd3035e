"""The one cookie: a random token, before the sign-in and after it.

Before the sign-in nothing is stored of it: it carries the forms' protection alone. `__Host-` makes
browsers refuse it from any other host and without TLS (RFC 6265bis section 4.1.3.2); over http,
which is for a service on this machine, browsers would refuse the prefix itself.
"""

import re

from starlette.requests import Request
from starlette.responses import Response

from keypin.watch.people import bearer, sessions
from keypin.watch.settings import Settings

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def is_secure(settings: Settings) -> bool:
    """Say whether browsers reach the service by https."""
    return settings.base_url.startswith("https://")


def cookie_name(settings: Settings) -> str:
    """Return the cookie's name."""
    return "__Host-keypin" if is_secure(settings) else "keypin"


def read_cookie(request: Request, settings: Settings) -> str | None:
    """Return the token that a browser sent, or None: it sent none, or none of ours."""
    token = request.cookies.get(cookie_name(settings), "")
    return token if _TOKEN.fullmatch(token) else None


def new_visitor() -> str:
    """Return a token for a browser that is not signed in."""
    return bearer.new()


def write_cookie(response: Response, settings: Settings, token: str) -> None:
    """Hand a token to a browser; Lax, so that links in mails find their reader signed in."""
    response.set_cookie(
        cookie_name(settings),
        token,
        max_age=int(sessions.LONGEST.total_seconds()),
        path="/",
        secure=is_secure(settings),
        httponly=True,
        samesite="lax",
    )
