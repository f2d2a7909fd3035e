"""No other site makes a browser act here: two checks of every request that changes something.

Where it comes from, as the browser says it (`Sec-Fetch-Site`, else `Origin`), and a token that
another site cannot know: HMAC-SHA-256 under the cookie's own token, in the form as `csrf` or in the
header `X-CSRF-Token`. The sign-in is protected alike, by the cookie from before it.
"""

import base64
import hmac
from urllib.parse import urlsplit

from starlette.requests import Request

from keypin.errors import KeypinError

FIELD = "csrf"
HEADER = "x-csrf-token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class ForgeryError(KeypinError):
    """A request did not come from a page of this service."""


def token(cookie: str) -> str:
    """Return what forms of a browser with this cookie carry."""
    mac = hmac.digest(cookie.encode("ascii"), b"keypin: forms of this browser", "sha256")
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode("ascii")


def check_token(cookie: str | None, sent: str) -> None:
    """Check what a request carries.

    Raises:
        ForgeryError: it is missing or another browser's.
    """
    if cookie is None or not hmac.compare_digest(token(cookie).encode(), sent.encode()):
        raise ForgeryError(
            "the form is not of this browser's session, or that has ended; load the page anew"
        )


def check_origin(request: Request, base_url: str) -> None:
    """Check where a request that changes something comes from.

    Raises:
        ForgeryError: from another site, or it does not say.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        known = site == "same-origin"
    else:
        # What a browser puts in Host is what it believes to be the origin; both count as here.
        here = {_origin(base_url), f"{request.url.scheme}://{request.headers.get('host', '')}"}
        known = origin in here
    if not known:
        raise ForgeryError(
            f"the request comes from {origin or 'an unknown page'}, not from a page of {base_url}"
        )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
