"""Organisations have a name for addresses and a title for people."""

import pytest

from keypin.errors import InputError
from keypin.watch.people import memberships, organisations
from keypin.watch.people.audit import SERVICE
from keypin.watch.people.roles import Role


def test_an_organisation_is_made_and_found(people) -> None:
    """By name and by number."""
    with people.database.begin_across() as connection:
        number = organisations.create(connection, "third", " The  Third ", SERVICE, people.at)
        found = organisations.find(connection, "third")
        assert found == organisations.get(connection, number)
        assert (found.number, found.title) == (number, "The Third")


@pytest.mark.parametrize("name", ["", "Acme", "a_b", "-a", "a-", "ä", "x" * 64, "a/b", "a\n"])
def test_a_name_that_cannot_stand_in_an_address_is_refused(people, name) -> None:
    """With what one looks like."""
    with people.database.begin_across() as connection:
        with pytest.raises(InputError, match="is no name of an organisation; expected up to 63"):
            organisations.create(connection, name, "Title", SERVICE, people.at)


def test_a_name_is_given_once(people) -> None:
    """Another's cannot be taken."""
    with people.database.begin_across() as connection:
        with pytest.raises(InputError, match="there is an organisation acme already"):
            organisations.create(connection, "acme", "Title", SERVICE, people.at)


def test_a_title_changes_and_the_name_stays(people) -> None:
    """For addresses in mails hold the name."""
    with people.database.begin_across() as connection:
        organisations.rename(connection, 1, "Acme Mobile", SERVICE, people.at)
        assert organisations.get(connection, 1).title == "Acme Mobile"
        with pytest.raises(InputError, match="is no title of an organisation"):
            organisations.rename(connection, 1, " ", SERVICE, people.at)
        with pytest.raises(LookupError, match="no organisation 9"):
            organisations.rename(connection, 9, "Nine", SERVICE, people.at)


def test_a_person_may_belong_to_several(people, owner) -> None:
    """As something else in each."""
    with people.database.begin(people.rival) as scope:
        memberships.add(scope, owner, Role.VIEWER, SERVICE, people.at)
    with people.database.read_across() as connection:
        found = organisations.of(connection, owner)
    assert [(one.name, role) for one, role in found] == [
        ("acme", Role.OWNER),
        ("rival", Role.VIEWER),
    ]
