"""A link works once, until it ends, for whom it is meant."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from keypin.errors import InputError
from keypin.watch.people import accounts, invitations, memberships
from keypin.watch.people.audit import Actor
from keypin.watch.people.roles import Role
from keypin.watch.store import tables

ADA = Actor("ada@example.com")


def invite(people, organisation=1, **options) -> str:
    """Invite somebody."""
    with people.database.begin(organisation) as scope:
        return invitations.create(scope, Role.EDITOR, ADA, people.at, **options)


def find(people, link):
    """Find an invitation."""
    with people.database.read_across() as connection:
        return invitations.find(connection, link, people.at)


def test_whoever_has_the_link_joins_once(people) -> None:
    """The link itself is not kept."""
    link = invite(people)
    found = find(people, link)
    assert (found.title, found.role, found.mail, found.invited_by) == (
        "Acme",
        Role.EDITOR,
        None,
        "ada@example.com",
    )
    with people.database.read_across() as connection:
        digest = connection.execute(select(tables.invitations.c.digest)).scalar()
    assert link.encode() not in digest
    bob = people.account("Bob")
    invitations.accept(people.database, found, bob, people.at)
    with people.database.read(1) as scope:
        assert [(one.mail, one.role) for one in memberships.of(scope)] == [
            ("bob@example.com", Role.EDITOR)
        ]
    assert find(people, link) is None
    with pytest.raises(InputError, match="the invitation was used already; ask for another one"):
        invitations.accept(people.database, found, people.account("Eve"), people.at)


def test_a_disabled_account_joins_nothing(people) -> None:
    """Even if it was disabled while the link was open, and the link still works."""
    link, bob = invite(people), people.account("Bob")
    found = find(people, link)
    with people.database.begin_across() as connection:
        accounts.disable(connection, bob, ADA, people.at)
    with pytest.raises(InputError, match="is disabled; ask an owner"):
        invitations.accept(people.database, found, bob, people.at)
    with people.database.read(1) as scope:
        assert memberships.of(scope) == []
    assert find(people, link) == found


def test_a_link_ends(people) -> None:
    """After a week."""
    link = invite(people)
    people.later(days=7, seconds=-1)
    assert find(people, link) is not None
    people.later(seconds=1)
    assert find(people, link) is None


def test_an_invitation_for_a_mail_is_for_its_account_alone(people) -> None:
    """However it was typed."""
    found = find(people, invite(people, mail="Bob@Example.com"))
    assert found.mail == "bob@example.com"
    with pytest.raises(InputError, match=r"is for bob@.*, and you are eve@"):
        invitations.accept(people.database, found, people.account("Eve"), people.at)
    invitations.accept(people.database, found, people.account("Bob"), people.at)


def test_an_invitation_is_found_by_a_verified_mail(people) -> None:
    """Of a provider; one without a mail never is."""
    invite(people)
    invite(people, mail="bob@example.com")
    with people.database.read_across() as connection:
        assert invitations.find_for(connection, "BOB@example.com", people.at).title == "Acme"
        assert invitations.find_for(connection, "", people.at) is None
        assert invitations.find_for(connection, "bob@example.com", people.at + timedelta(8)) is None


def test_a_member_is_not_made_one_again(people, owner) -> None:
    """And the invitation stays for whom it was meant."""
    link = invite(people)
    with pytest.raises(InputError, match="belongs to the organisation already"):
        invitations.accept(people.database, find(people, link), owner, people.at)
    assert find(people, link) is not None


def test_invitations_are_listed_and_taken_back(people) -> None:
    """By their own organisation alone."""
    link = invite(people, mail="bob@example.com")
    number = find(people, link).number
    with people.database.begin(people.rival) as scope:
        assert invitations.of(scope, people.at) == []
        assert not invitations.withdraw(scope, number, ADA, people.at)
    with people.database.begin(people.acme) as scope:
        assert [one.mail for one in invitations.of(scope, people.at)] == ["bob@example.com"]
        assert invitations.withdraw(scope, number, ADA, people.at)
    assert find(people, link) is None


def test_an_invitation_cannot_be_carried_to_another_organisation(people) -> None:
    """Its number is of one."""
    found = find(people, invite(people))
    with pytest.raises(InputError, match="was used already"):
        invitations.accept(
            people.database, replace(found, organisation=2), people.account("Bob"), people.at
        )
