"""Who belongs to an organisation, and as what; somebody owns it always."""

from threading import Thread

import pytest

from keypin.errors import InputError
from keypin.watch.people import memberships, sessions
from keypin.watch.people.audit import Actor
from keypin.watch.people.roles import Role

ADA = Actor("ada@example.com")


def test_members_are_listed_by_name_with_when_they_were_seen(people, owner) -> None:
    """Those of another organisation are not."""
    people.member("Bob", Role.VIEWER)
    people.member("Eve", Role.OWNER, organisation=people.rival)
    with people.database.begin_across() as connection:
        sessions.create(connection, owner, people.at)
    with people.database.read(people.acme) as scope:
        ada, bob = memberships.of(scope)
    assert (ada.mail, ada.role, ada.seen) == ("ada@example.com", Role.OWNER, people.at)
    assert (bob.mail, bob.role, bob.seen) == ("bob@example.com", Role.VIEWER, None)


def test_nobody_belongs_twice(people, owner) -> None:
    """To the same organisation."""
    with people.database.begin(people.acme) as scope:
        with pytest.raises(InputError, match="belongs to the organisation already"):
            memberships.add(scope, owner, Role.VIEWER, ADA, people.at)


@pytest.mark.usefixtures("owner")
def test_whose_role_changes_signs_in_anew(people) -> None:
    """A session never holds what its cookie was not made for."""
    bob = people.member("Bob", Role.EDITOR)
    with people.database.begin_across() as connection:
        token = sessions.create(connection, bob, people.at)
    with people.database.begin(people.acme) as scope:
        memberships.change_role(scope, bob, Role.EDITOR, ADA, people.at)
    with people.database.read_across() as connection:
        assert sessions.find(connection, token, people.at) is not None
    with people.database.begin(people.acme) as scope:
        memberships.change_role(scope, bob, Role.OWNER, ADA, people.at)
        assert [one.role for one in memberships.of(scope)] == [Role.OWNER, Role.OWNER]
    with people.database.read_across() as connection:
        assert sessions.find(connection, token, people.at) is None


def test_the_last_owner_stays(people, owner) -> None:
    """Or nobody could let anybody in."""
    with people.database.begin(people.acme) as scope:
        for change in (
            lambda: memberships.remove(scope, owner, ADA, people.at),
            lambda: memberships.change_role(scope, owner, Role.VIEWER, ADA, people.at),
        ):
            with pytest.raises(InputError, match="the last owner of the organisation; make"):
                change()


def test_two_owners_cannot_remove_each_other_at_once(any_people) -> None:
    """One of them stays."""
    owners = [any_people.member(name, Role.OWNER) for name in ("Ada", "Bob")]

    def remove(account) -> None:
        try:
            with any_people.database.begin(1) as scope:
                memberships.remove(scope, account, ADA, any_people.at)
        except InputError:
            pass

    threads = [Thread(target=remove, args=(one,)) for one in owners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with any_people.database.read(1) as scope:
        assert len(memberships.of(scope)) == 1


@pytest.mark.usefixtures("owner")
def test_a_removed_member_sees_nothing_more(people) -> None:
    """At once; another organisation's owner cannot remove them."""
    bob = people.member("Bob", Role.OWNER)
    with people.database.begin(people.rival) as scope:
        with pytest.raises(LookupError, match="does not belong to the organisation"):
            memberships.remove(scope, bob, ADA, people.at)
    with people.database.begin_across() as connection:
        token = sessions.create(connection, bob, people.at)
    with people.database.begin(people.acme) as scope:
        memberships.remove(scope, bob, ADA, people.at)
        assert [one.mail for one in memberships.of(scope)] == ["ada@example.com"]
    with people.database.read_across() as connection:
        assert sessions.find(connection, token, people.at) is None
