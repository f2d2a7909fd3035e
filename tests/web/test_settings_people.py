"""Owners say who belongs to the organisation, and as what."""

import re

import pytest

from keypin.watch.people import accounts, invitations, memberships
from keypin.watch.people.audit import Actor
from keypin.watch.people.roles import Role

PATH = "/o/acme/settings/people"


@pytest.fixture
def ada(site):
    """Return the browser of Ada, who owns acme."""
    return site.signed_in("Ada")


def roles(site, organisation=1):
    """Return who is what."""
    with site.database.read(organisation) as scope:
        return {one.name: one.role for one in memberships.of(scope)}


def test_an_invitation_is_shown_once_and_works(site, ada) -> None:
    """And is listed until it is accepted or taken back."""
    page = ada.post(f"{PATH}/invite", mail="Bob@example.com", role="editor").text
    link = re.search(r"https://watch\.example(/join/[\w-]{43})", page)
    assert link
    assert "Send this link to Bob@example.com." in page
    listed = ada.get(PATH).text
    assert "bob@example.com" in listed
    assert link[1] not in listed
    assert "as editor for bob@example.com" in site.visitor().get(link[1]).text
    with site.database.read(1) as scope:
        (found,) = invitations.of(scope, site.at)
    ada.post(f"{PATH}/withdraw", invitation=str(found.number))
    assert site.visitor().get(link[1]).status_code == 404


def test_a_role_is_changed_and_a_member_removed(site, ada) -> None:
    """Who is signed out by it."""
    bob = site.signed_in("Bob", Role.VIEWER)
    assert ada.post(f"{PATH}/role", account="2", role="editor").status_code == 303
    assert roles(site) == {"Ada": Role.OWNER, "Bob": Role.EDITOR}
    assert bob.get("/").headers["location"] == "/sign-in"
    ada.post(f"{PATH}/remove", account="2")
    assert roles(site) == {"Ada": Role.OWNER}
    assert "They do not belong" in ada.get(f"{PATH}?done=removed").text


@pytest.mark.parametrize(
    ("path", "fields", "text"),
    [
        ("invite", {"mail": "bob", "role": "viewer"}, "is no mail address"),
        ("invite", {"mail": "", "role": "root"}, "&#39;root&#39; is no role"),
        ("role", {"account": "1", "role": "viewer"}, "this is the last owner"),
        ("role", {"account": "9", "role": "viewer"}, "account 9 does not belong"),
        ("role", {"account": "nonsense", "role": "viewer"}, "account 0 does not belong"),
        ("role", {"account": "9" * 30, "role": "viewer"}, "account 0 does not belong"),
        ("remove", {"account": "1"}, "this is the last owner"),
        ("remove", {}, "account 0 does not belong"),
    ],
)
def test_what_cannot_be_is_told(site, ada, path, fields, text) -> None:
    """And nothing is changed."""
    answer = ada.post(f"{PATH}/{path}", **fields)
    assert (answer.status_code, text in answer.text) == (422, True)
    assert roles(site) == {"Ada": Role.OWNER}


def test_a_disabled_account_is_shown_as_such(site, ada) -> None:
    """Though it still belongs to the organisation."""
    site.account("Bob", Role.VIEWER)
    with site.database.begin_across() as connection:
        accounts.disable(connection, 2, Actor("ada@example.com"), site.at)
    assert "disabled" in ada.get(PATH).text


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_others_than_owners_change_nobody(site, ada, role) -> None:
    """Nor see the section."""
    del ada
    bob = site.signed_in("Bob", role)
    assert bob.get(PATH).status_code == 403
    assert bob.post(f"{PATH}/role", account="2", role="owner").status_code == 403
    assert bob.post(f"{PATH}/invite", role="owner").status_code == 403
    assert roles(site)["Bob"] is role
