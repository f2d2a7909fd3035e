"""What a sign-in elsewhere remembers: what was sealed for anything else is no beginning of one."""

import re
from datetime import timedelta

import pytest
from starlette.requests import Request
from starlette.responses import Response

from keypin.watch.people import accounts, sessions
from keypin.watch.people.roles import Role
from keypin.watch.store import Purpose
from keypin.web import oidc_state

PASSWORD = "seven green bottles"
PATH = "/o/acme/settings/account/second"
COOKIE = "__Host-keypin-openid"


def read(site, cookie: str, **later: int):
    """Return what a browser with a cookie has begun."""
    headers = [(b"cookie", f"{COOKIE}={cookie}".encode("latin-1"))]
    request = Request({"type": "http", "headers": headers})
    return oidc_state.read(request, site.settings, site.sealer, site.at + timedelta(**later))


def sealed(site, begun: oidc_state.Begun) -> str:
    """Return the cookie of what was begun."""
    response = Response()
    oidc_state.write(response, site.settings, site.sealer, begun)
    return re.search(rf'{COOKIE}="?([^";]+)', response.headers["set-cookie"])[1]


def test_what_was_begun_is_known_for_ten_minutes(site) -> None:
    """To the browser that has the cookie."""
    begun = oidc_state.begin("/o/acme/ct", "", site.at, account=7)
    cookie = sealed(site, begun)
    assert read(site, cookie, minutes=9) == begun
    assert read(site, cookie, minutes=10) is None


@pytest.mark.parametrize(
    "text", [b"", b"no JSON", b"[]", b"{}", b'{"state": "x"}', b"\xff", b"9" * 5000]
)
def test_what_cannot_be_read_is_absent(site, text: bytes) -> None:
    """As what an older version sealed; and what nobody sealed."""
    assert read(site, site.sealer.seal(text, Purpose.OPENID_BEGUN).decode()) is None
    assert read(site, text.decode("latin-1")) is None


@pytest.mark.parametrize("purpose", [one for one in Purpose if one is not Purpose.OPENID_BEGUN])
def test_what_was_sealed_for_something_else_begins_nothing(site, purpose: Purpose) -> None:
    """Though it says the same."""
    begun = oidc_state.begin("/", "", site.at)
    text = site.sealer.open(sealed(site, begun).encode(), Purpose.OPENID_BEGUN)
    assert read(site, site.sealer.seal(text, purpose).decode()) is None


@pytest.mark.usefixtures("cheap_passwords")
def test_a_form_is_no_cookie_and_a_cookie_is_no_form(site, provider) -> None:
    """What one hands to the browser is worth nothing to the other, though both are sealed here."""
    number = site.account("Ada", Role.OWNER, password=PASSWORD)
    with site.database.begin_across() as connection:
        ada = site.visitor(sessions.create(connection, number, site.at))
    page = ada.post(f"{PATH}/begin", password=PASSWORD).text
    form = re.search(r'name="sealed" value="([^"]+)"', page)[1]
    ada.get("/sign-in/openid")
    cookie = ada.client.cookies.get(COOKIE)
    refused = ada.post(f"{PATH}/on", sealed=cookie, code="000000")
    assert refused.headers["location"] == "/o/acme/settings/account"
    stranger = site.visitor()
    stranger.client.cookies.set(COOKIE, form, domain="watch.example", path="/")
    answer = stranger.get("/sign-in/openid/done?state=x&code=y")
    assert answer.status_code == 422
    assert "not begun in this browser" in answer.text
    with site.database.read_across() as connection:
        assert not accounts.get(connection, number).has_second
    assert provider.codes == {}
