"""An invitation's link makes an account, or a member of one that there is."""

from threading import BoundedSemaphore

import pytest

from keypin.watch.people import invitations, memberships, passwords
from keypin.watch.people.audit import Actor
from keypin.watch.people.roles import Role

pytestmark = pytest.mark.usefixtures("cheap_passwords")

PASSWORD = "seven green bottles"


def invite(site, organisation=1, **options) -> str:
    """Invite somebody; return the path of the link."""
    with site.database.begin(organisation) as scope:
        link = invitations.create(scope, Role.EDITOR, Actor("ada@example.com"), site.at, **options)
    return f"/join/{link}"


def members(site, organisation=1):
    """Return the members of an organisation."""
    with site.database.read(organisation) as scope:
        return [(one.mail, one.role) for one in memberships.of(scope)]


def test_somebody_new_makes_an_account_and_is_signed_in(site) -> None:
    """In the organisation that invited them."""
    path, visitor = invite(site), site.visitor()
    page = visitor.get(path)
    assert "Join Acme" in page.text
    assert "ada@example.com invites you as editor." in page.text
    answer = visitor.post(path, mail="Bob@example.com", name="Bob", password=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/o/acme/")
    assert members(site) == [("bob@example.com", Role.EDITOR)]
    assert visitor.get("/").headers["location"] == "/o/acme/"
    gone = site.visitor().get(path)
    assert (gone.status_code, "has ended" in gone.text) == (404, True)


def test_an_invitation_for_a_mail_makes_an_account_of_that_mail(site) -> None:
    """Whatever the form says."""
    path, visitor = invite(site, mail="bob@example.com"), site.visitor()
    assert 'name="mail"' not in visitor.get(path).text
    visitor.post(path, mail="eve@example.com", name="Bob", password=PASSWORD)
    assert members(site) == [("bob@example.com", Role.EDITOR)]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"password": "short"}, "the password has 5 characters"),
        ({"name": ""}, "is no name of a person"),
        ({"mail": "bob"}, "is no mail address"),
        ({"mail": "carol@example.com"}, "carol@example.com has an account already"),
    ],
    ids=["password", "name", "mail", "taken"],
)
def test_what_cannot_be_is_told_and_nothing_made(site, fields, text) -> None:
    """The link still works afterwards."""
    site.account("Carol", Role.VIEWER, 2)
    path, visitor = invite(site), site.visitor()
    visitor.get(path)
    answer = visitor.post(
        path, **({"mail": "bob@example.com", "name": "Bob", "password": PASSWORD} | fields)
    )
    assert answer.status_code == 422
    assert text in answer.text
    assert members(site) == []
    assert visitor.get(path).status_code == 200


def test_when_too_many_sign_in_one_joins_later(site, monkeypatch) -> None:
    """By 503, and the link still works."""
    monkeypatch.setattr(passwords, "_WAITING", BoundedSemaphore(0))
    path, visitor = invite(site), site.visitor()
    visitor.get(path)
    answer = visitor.post(path, mail="bob@example.com", name="Bob", password=PASSWORD)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert visitor.get(path).status_code == 200


def test_somebody_with_an_account_joins_with_it(site) -> None:
    """And looks at the new organisation first."""
    visitor = site.signed_in("Bob", Role.OWNER, 2)
    path, former = invite(site), visitor.cookie
    assert "You are signed in as bob@example.com." in visitor.get(path).text
    assert visitor.post(path).headers["location"] == "/o/acme/"
    assert members(site) == [("bob@example.com", Role.EDITOR)]
    assert visitor.get("/").headers["location"] == "/o/acme/"
    assert visitor.cookie != former


def test_an_invitation_of_somebody_else_is_refused(site) -> None:
    """With whose it is."""
    visitor = site.signed_in("Eve", Role.OWNER, 2)
    path = invite(site, mail="bob@example.com")
    visitor.get(path)
    answer = visitor.post(path)
    assert answer.status_code == 422
    assert "the invitation is for bob@example.com" in answer.text
    assert members(site) == []


@pytest.mark.parametrize("link", ["x", "x" * 43, "x" * 500, "%00", "%F0%9F%92%A9", "'\""])
def test_any_link_is_answered(site, link) -> None:
    """What is none looks like one that has ended."""
    visitor = site.visitor()
    assert visitor.get(f"/join/{link}").status_code == 404
    assert visitor.post(f"/join/{link}", name="Bob").status_code == 404
