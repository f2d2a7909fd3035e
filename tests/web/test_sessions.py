"""The one cookie, and what counts as one."""

import pytest
from starlette.requests import Request
from starlette.responses import Response

from keypin.watch.settings import Settings
from keypin.web import sessions

SECURE = Settings(public_url="https://watch.example")
LOCAL = Settings()


def request(cookie: str) -> Request:
    """Return a request with a cookie."""
    return Request({"type": "http", "headers": [(b"cookie", cookie.encode("latin-1"))]})


def test_over_tls_the_name_binds_it_to_this_host() -> None:
    """RFC 6265bis: no other host and no page without TLS can set it."""
    response = Response()
    sessions.write_cookie(response, SECURE, "t" * 43)
    assert response.headers["set-cookie"] == (
        f"__Host-keypin={'t' * 43}; HttpOnly; Max-Age=604800; Path=/; SameSite=lax; Secure"
    )


def test_over_http_browsers_would_refuse_that_name() -> None:
    """Which is for a service on this machine alone."""
    response = Response()
    sessions.write_cookie(response, LOCAL, "t" * 43)
    assert response.headers["set-cookie"] == (
        f"keypin={'t' * 43}; HttpOnly; Max-Age=604800; Path=/; SameSite=lax"
    )


def test_a_token_is_read_back() -> None:
    """A visitor's too."""
    token = sessions.new_visitor()
    assert sessions.read_cookie(request(f"a=b; __Host-keypin={token}"), SECURE) == token


@pytest.mark.parametrize(
    "cookie", ["", "keypin=" + "t" * 43, "__Host-keypin=short", "__Host-keypin=" + "é" * 43]
)
def test_what_is_no_token_is_none(cookie) -> None:
    """Nothing of it reaches a hash or the database."""
    assert sessions.read_cookie(request(cookie), SECURE) is None
