"""The first start prints a link, and there is no default password."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keypin.watch.core import Core
from keypin.watch.people import invitations, organisations
from keypin.watch.people.first import first_link
from keypin.watch.people.roles import Role
from keypin.watch.settings import Settings
from keypin.watch.work.inline import Inline


@pytest.fixture
def core(people) -> Core:
    """Return an installation that nobody has signed in to."""
    settings = Settings(public_url="https://watch.example/")
    return Core(
        settings=settings,
        database=people.database,
        sealer=people.sealer,
        work=Inline(),
        clock=lambda: people.at,
    )


def found(core, link, at):
    """Find the invitation of a link."""
    with core.database.read_across() as connection:
        return invitations.find(connection, link.rpartition("/")[2], at)


def test_the_first_link_makes_an_owner_of_main(core, people) -> None:
    """Within 24 hours."""
    link = first_link(core)
    assert link.startswith("https://watch.example/join/")
    invitation = found(core, link, people.at)
    assert (invitation.title, invitation.role) == ("Main", Role.OWNER)
    assert found(core, link, people.at + timedelta(hours=24)) is None


def test_a_new_link_replaces_the_former(core, people) -> None:
    """A start that went wrong leaves no way in."""
    first = first_link(core)
    second = first_link(core)
    assert found(core, first, people.at) is None
    assert found(core, second, people.at) is not None
    with core.database.read_across() as connection:
        assert organisations.find(connection, "main") is not None


def test_no_link_once_somebody_has_an_account(core, people) -> None:
    """Whoever reads the log later gets in by nothing."""
    people.account("Ada")
    assert first_link(core) is None


def test_without_a_public_address_the_link_is_of_this_machine(core) -> None:
    """As a first try is."""
    assert first_link(replace(core, settings=Settings())).startswith("http://127.0.0.1:8443/join/")
