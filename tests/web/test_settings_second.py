"""Turning the second factor on, as a person does it, and off."""

import base64
import re
from urllib.parse import unquote

import pytest
from pyotp.totp import TOTP

from keypin.watch.people import accounts, sessions
from keypin.watch.people.roles import Role

pytestmark = pytest.mark.usefixtures("cheap_passwords")

PASSWORD = "seven green bottles"
PATH = "/o/acme/settings/account"


@pytest.fixture
def ada(site):
    """Return Ada's browser."""
    number = site.account("Ada", Role.OWNER, password=PASSWORD)
    with site.database.begin_across() as connection:
        return site.visitor(sessions.create(connection, number, site.at))


def begin(visitor) -> tuple[str, str]:
    """Begin; return the secret, and what waits in the form."""
    page = visitor.post(f"{PATH}/second/begin", password=PASSWORD).text
    sealed = re.search(r'name="sealed" value="([^"]+)"', page)
    secret = re.search(r"\b[A-Z2-7]{32}\b", page)
    assert sealed
    assert secret
    return secret[0], sealed[1]


def turn_on(site, visitor) -> list[str]:
    """Turn it on; return the recovery codes."""
    secret, sealed = begin(visitor)
    page = visitor.post(f"{PATH}/second/on", sealed=sealed, code=TOTP(secret).at(site.at)).text
    # Each stands there twice: to be read, and to be copied.
    return sorted(set(re.findall(r"\b(?:[0-9a-z]{4}-){3}[0-9a-z]{4}\b", page)))


def test_a_picture_is_shown_that_the_page_may_load(ada) -> None:
    """SVG in a `data:` address, white behind it in the dark theme too."""
    page = ada.post(f"{PATH}/second/begin", password=PASSWORD).text
    source = re.search(r'<img src="(data:image/svg[^"]+)"', page)
    assert source
    kind, _, data = source[1].partition(",")
    picture = base64.b64decode(data).decode() if "base64" in kind else unquote(data)
    assert "<path" in picture
    assert "<script" not in picture


def test_it_is_on_once_a_code_was_shown_and_recovery_codes_follow(site, ada) -> None:
    """Ten of them, each once."""
    assert len(turn_on(site, ada)) == 10
    page = ada.get(PATH).text
    assert "on, 10 recovery codes left" in page
    assert "Turn off the second factor" in page


def test_a_wrong_code_shows_the_same_picture_again(site, ada) -> None:
    """For the device has it already."""
    secret, sealed = begin(ada)
    answer = ada.post(f"{PATH}/second/on", sealed=sealed, code="000000")
    assert answer.status_code == 422
    assert "the code does not match" in answer.text
    assert secret in answer.text
    with site.database.read_across() as connection:
        assert not accounts.get(connection, 1).has_second


@pytest.mark.parametrize("path", ["begin", "off", "codes"])
def test_the_password_is_asked_for_again(site, ada, path) -> None:
    """Whoever finds the browser open changes nothing."""
    codes = turn_on(site, ada) if path != "begin" else []
    answer = ada.post(f"{PATH}/second/{path}", password="wrong")
    assert (answer.status_code, "The password is wrong" in answer.text) == (422, True)
    with site.database.read_across() as connection:
        assert accounts.get(connection, 1).recovery == len(codes)


def test_it_is_turned_off_by_the_password(site, ada) -> None:
    """And new codes are shown by it."""
    former = turn_on(site, ada)
    page = ada.post(f"{PATH}/second/codes", password=PASSWORD).text
    assert "Your recovery codes" in page
    assert former[0] not in page
    assert ada.post(f"{PATH}/second/off", password=PASSWORD).status_code == 303
    assert "The second factor is off." in ada.get(f"{PATH}?done=second-off").text


def test_a_secret_of_another_account_is_not_taken(site, ada) -> None:
    """Nor what was not sealed here."""
    _, sealed = begin(ada)
    bob = site.signed_in("Bob")
    for text in (sealed, "", "nonsense"):
        assert bob.post(f"{PATH}/second/on", sealed=text, code="000000").status_code == 303
    with site.database.read_across() as connection:
        assert not accounts.get(connection, 2).has_second
