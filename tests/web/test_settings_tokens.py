"""Owners make tokens, which are shown once, and revoke them."""

import re

import pytest

from keypin.watch.people import tokens
from keypin.watch.people.roles import Role

PATH = "/o/acme/settings/tokens"


@pytest.fixture
def ada(site):
    """Return the browser of Ada, who owns acme."""
    return site.signed_in("Ada")


def kept(site):
    """Return the tokens of acme."""
    with site.database.read(1) as scope:
        return tokens.of(scope)


def test_a_token_is_shown_once_and_works_until_its_last_day_is_over(site, ada) -> None:
    """With the scopes that were ticked."""
    scopes = {"scope-releases-write": "on", "scope-read": "on"}
    page = ada.post(f"{PATH}/make", name="pipeline", ends="2026-12-31", **scopes).text
    shown = re.search(r"kp_[\w-]{43}", page)
    assert shown
    assert shown[0] not in ada.get(PATH).text
    (token,) = kept(site)
    assert token.scopes == ("read", "releases:write")
    assert f"{token.expires_at:%Y-%m-%d %H:%M}" == "2027-01-01 00:00"
    headers = {"authorization": f"Bearer {shown[0]}"}
    assert site.visitor().get("/", headers=headers).headers["location"] == "/o/acme/"
    ada.post(f"{PATH}/revoke", token=str(token.number))
    assert site.visitor().get("/", headers=headers).headers["location"] == "/sign-in"
    assert "The token opens nothing any more." in ada.get(f"{PATH}?done=revoked").text


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "is no name of a token"),
        ({"name": "a"}, "a token has no scope"),
        ({"name": "a", "scope-read": "on", "ends": "soon"}, "&#39;soon&#39; is no day"),
        ({"name": "a", "scope-read": "on", "ends": "9999-12-31"}, "is no day"),
        ({"name": "a", "scope-read": "on", "ends": "2026-11-28"}, "would end on 2026-11-29"),
    ],
)
def test_what_cannot_be_a_token_is_told(site, ada, fields, text) -> None:
    """What was typed stays in the form."""
    answer = ada.post(f"{PATH}/make", **fields)
    assert (answer.status_code, text in answer.text) == (422, True)
    assert kept(site) == []


@pytest.mark.parametrize("number", ["", "nonsense", "9" * 40, "77"])
def test_what_is_no_token_is_not_revoked(site, ada, number) -> None:
    """Nothing happens."""
    site.token("read")
    assert ada.post(f"{PATH}/revoke", token=number).status_code == 303
    assert len(kept(site)) == 1


def test_others_than_owners_make_none(site) -> None:
    """An editor could give themselves more."""
    bob = site.signed_in("Bob", Role.EDITOR)
    assert bob.get(PATH).status_code == 403
    assert bob.post(f"{PATH}/make", name="a", **{"scope-admin": "on"}).status_code == 403
    assert kept(site) == []
