"""A request that changes something comes from a page of this service, or is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from keypin.web import csrf
from keypin.web.csrf import ForgeryError

BASE = "https://watch.example"
COOKIE = "c" * 43


def request(**headers: str) -> Request:
    """Return a request with headers."""
    named = {"host": "watch.example", **{key.replace("_", "-"): headers[key] for key in headers}}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in named.items()]
    server = ("watch.example", 443)
    return Request(
        {"type": "http", "scheme": "https", "server": server, "path": "/", "headers": raw}
    )


def test_the_token_is_of_the_cookie() -> None:
    """And tells nothing of it."""
    token = csrf.token(COOKIE)
    csrf.check_token(COOKIE, token)
    assert COOKIE[:10] not in token
    assert csrf.token("d" * 43) != token


@pytest.mark.parametrize(
    ("cookie", "sent"),
    [(None, ""), (None, csrf.token(COOKIE)), (COOKIE, ""), (COOKIE, csrf.token("d" * 43))],
    ids=["nothing", "no cookie", "no token", "another's"],
)
def test_another_token_is_refused(cookie, sent) -> None:
    """With what to do."""
    with pytest.raises(ForgeryError, match="load the page anew"):
        csrf.check_token(cookie, sent)


@given(st.text())
def test_any_text_is_no_token(sent: str) -> None:
    """Nor an error of another kind."""
    with pytest.raises(ForgeryError):
        csrf.check_token(COOKIE, sent.encode("utf-8", "replace").decode())


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "same-origin", "origin": BASE},
        {"origin": BASE},
        {"origin": "https://localhost:8443", "host": "localhost:8443"},
    ],
    ids=["fetch metadata", "both", "origin", "the name that the browser knows"],
)
def test_a_page_of_this_service_is_known(headers) -> None:
    """By what the browser says of it."""
    csrf.check_origin(request(**headers), BASE)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec_fetch_site": "cross-site", "origin": BASE},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "none"},
        {"origin": "https://evil.example"},
        {"origin": "http://watch.example"},
        {"origin": "https://watch.example.evil.example"},
        {"origin": "null"},
    ],
    ids=["silent", "another site", "a sibling", "typed", "evil", "no TLS", "longer", "null"],
)
def test_another_page_is_refused(headers) -> None:
    """Whatever it carries."""
    with pytest.raises(ForgeryError, match="not from a page of https://watch"):
        csrf.check_origin(request(**headers), BASE)
