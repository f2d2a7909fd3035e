"""A provider vouches for issuer and subject; a mail alone takes nothing over."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from keypin.errors import InputError
from keypin.watch.people import accounts, external, invitations, memberships
from keypin.watch.people.audit import Actor
from keypin.watch.people.external import Vouched
from keypin.watch.people.roles import Role
from keypin.watch.people.sign_in import SignInError

ADA = Actor("ada@example.com")


def vouched(subject="1", mail="bob@example.com", *, verified=True, name="Bob") -> Vouched:
    """Return what a provider says."""
    return Vouched(
        issuer="https://id.example", subject=subject, mail=mail, verified=verified, name=name
    )


def invite(people, mail=None, organisation=1) -> str:
    """Invite somebody."""
    with people.database.begin(organisation) as scope:
        return invitations.create(scope, Role.EDITOR, ADA, people.at, mail=mail)


def sign_in(people, who, link=""):
    """Sign in."""
    return external.sign_in(people.database, who, people.at, link=link)


def test_somebody_new_needs_an_invitation(people) -> None:
    """And nothing is made without."""
    with pytest.raises(SignInError, match="Ask an owner of the organisation to invite bob@"):
        sign_in(people, vouched())
    with people.database.read_across() as connection:
        assert not accounts.exist(connection)


def test_a_verified_mail_finds_its_invitation(people) -> None:
    """From then on the subject is who they are, whatever their mail."""
    invite(people, "bob@example.com")
    account = sign_in(people, vouched())
    assert (account.issuer, account.has_password) == ("https://id.example", False)
    assert sign_in(people, vouched(mail="robert@example.com")).number == account.number
    with people.database.read(1) as scope:
        assert [one.role for one in memberships.of(scope)] == [Role.EDITOR]


def test_a_mail_that_is_not_verified_finds_none(people) -> None:
    """Anybody could have claimed it."""
    invite(people, "bob@example.com")
    with pytest.raises(SignInError, match="Nobody has invited you"):
        sign_in(people, vouched(verified=False))


def test_a_link_is_an_invitation_of_its_own(people) -> None:
    """For somebody new, and for somebody known who joins another organisation."""
    account = sign_in(people, vouched(verified=False), invite(people))
    again = sign_in(people, vouched(), invite(people, organisation=2))
    assert again.number == account.number
    with people.database.read(2) as scope:
        assert [one.account for one in memberships.of(scope)] == [account.number]


def test_an_account_with_a_password_is_not_taken_over(people) -> None:
    """By somebody whose provider states the same mail."""
    people.account("Bob", password="seven green bottles")
    invite(people, "bob@example.com")
    with pytest.raises(Exception, match="has an account already"):
        sign_in(people, vouched())


def test_a_disabled_account_stays_out(people) -> None:
    """Though the provider lets it in; and joins nothing by a link, which still works."""
    invite(people, "bob@example.com")
    account = sign_in(people, vouched())
    with people.database.begin_across() as connection:
        accounts.disable(connection, account.number, ADA, people.at)
    link = invite(people, organisation=2)
    for taken in ("", link):
        with pytest.raises(SignInError, match="This account is disabled"):
            sign_in(people, vouched(), taken)
    with people.database.read(2) as scope:
        assert memberships.of(scope) == []
    with people.database.read_across() as connection:
        assert invitations.find(connection, link, people.at) is not None


def test_an_identity_is_linked_to_one_of_two_who_try_at_once(any_people) -> None:
    """The database holds it unique, and the other is told."""
    numbers = [any_people.account(name, password="seven green bottles") for name in ("Ada", "Bob")]
    at_once = Barrier(2)

    def link(number: int) -> bool:
        try:
            with any_people.database.begin_across() as connection:
                account = accounts.get(connection, number)
                if not any_people.database.sqlite:  # whose writers come one after the other
                    at_once.wait(10)
                external.link(connection, account, vouched(), by=ADA, at=any_people.at)
        except InputError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(link, numbers)) == [False, True]
