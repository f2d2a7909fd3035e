"""What a sign-in elsewhere remembers until it comes back: sealed, in a cookie of this browser.

Bound to the browser that began, so that nobody is signed in as somebody else by a link (OpenID
Connect Core section 3.1.2.1, OAuth 2.0 security best current practice, section 4.7).
"""

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from keypin.watch.settings import Settings
from keypin.watch.store import Purpose, Sealer, SealError
from keypin.web.sessions import is_secure

LIFE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A sign-in elsewhere that has begun.

    Attributes:
        state: comes back in the address, and must be the same.
        nonce: comes back in the ID token, and must be the same.
        verifier: of PKCE (RFC 7636): shows that who redeems the code is who asked for it.
        back: where to go afterwards.
        link: of the invitation that is accepted by it, or empty.
        account: to which it is linked, by who is signed in; 0: it is a sign-in.
        at: when it began, in seconds since 1970.
    """

    state: str
    nonce: str
    verifier: str
    back: str
    link: str
    at: int
    account: int = 0


def begin(back: str, link: str, at: datetime, *, account: int = 0) -> Begun:
    """Begin a sign-in elsewhere, with new secrets of 256 bits."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    return Begun(
        state=state,
        nonce=nonce,
        verifier=verifier,
        back=back,
        link=link,
        at=int(at.timestamp()),
        account=account,
    )


def write(response: Response, settings: Settings, sealer: Sealer, begun: Begun) -> None:
    """Hand what was begun to the browser."""
    text = json.dumps(asdict(begun)).encode()
    sealed = sealer.seal(text, Purpose.OPENID_BEGUN).decode("ascii")
    response.set_cookie(
        _name(settings),
        sealed,
        max_age=int(LIFE.total_seconds()),
        path="/",
        secure=is_secure(settings),
        httponly=True,
        samesite="lax",
    )


def read(request: Request, settings: Settings, sealer: Sealer, at: datetime) -> Begun | None:
    """Return what this browser began, or None: nothing, too long ago, or what cannot be read."""
    sealed = request.cookies.get(_name(settings), "").encode("latin-1", "replace")
    try:
        begun = Begun(**json.loads(sealer.open(sealed, Purpose.OPENID_BEGUN)))
    except (SealError, ValueError, TypeError):  # the last two: another version's
        return None
    return begun if at.timestamp() - begun.at < LIFE.total_seconds() else None


def forget(response: Response, settings: Settings) -> None:
    """Take it from the browser: it works once."""
    response.delete_cookie(
        _name(settings), path="/", secure=is_secure(settings), httponly=True, samesite="lax"
    )


def _name(settings: Settings) -> str:
    return "__Host-keypin-openid" if is_secure(settings) else "keypin-openid"
