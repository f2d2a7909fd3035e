"""The first start prints a link, and there is no default password."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import delete, select

from keypin.errors import InputError
from keypin.watch.core import Core
from keypin.watch.people import invitations, memberships
from keypin.watch.people.first import first_link, owner_link
from keypin.watch.people.roles import Role
from keypin.watch.settings import Settings
from keypin.watch.store import tables
from keypin.watch.store.tables import audit_log
from keypin.watch.work.inline import Inline


def installation(people) -> Core:
    """Return the installation of some people."""
    settings = Settings(public_url="https://watch.example/")
    return Core(
        settings=settings,
        database=people.database,
        sealer=people.sealer,
        work=Inline(),
        clock=lambda: people.at,
    )


@pytest.fixture
def core(people) -> Core:
    """Return an installation that nobody has signed in to."""
    return installation(people)


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


def test_each_start_has_a_link_of_its_own_and_one_that_is_used_ends_the_others(
    core, people
) -> None:
    """Of several machines none takes another's away, and what stays in a log is no way in."""
    first, second, third = (first_link(core) for _ in range(3))
    seen = [found(core, link, people.at) for link in (first, second, third)]
    assert None not in seen
    invitations.accept(core.database, seen[1], people.account("Ada"), people.at)
    for link, invitation in zip((first, third), (seen[0], seen[2]), strict=True):
        assert found(core, link, people.at) is None
        account = people.account(f"Eve{invitation.number}")
        with pytest.raises(InputError, match="was used already"):
            invitations.accept(core.database, invitation, account, people.at)
    with core.database.read(seen[1].organisation) as scope:
        assert [one.mail for one in memberships.of(scope)] == ["ada@example.com"]


def test_machines_that_start_at_once_make_one_organisation(any_people) -> None:
    """And print a link each, of which one at most makes an owner."""
    core, at_once = installation(any_people), Barrier(4)

    def start(_: int) -> str:
        at_once.wait()
        return first_link(core)

    with ThreadPoolExecutor(4) as pool:
        links = list(pool.map(start, range(4)))
    seen = [found(core, link, any_people.at) for link in links]
    assert {one.title for one in seen} == {"Main"}
    numbers = [any_people.account(f"Machine{index}") for index in range(4)]

    def join(index: int) -> bool:
        at_once.wait()
        try:
            invitations.accept(core.database, seen[index], numbers[index], any_people.at)
        except InputError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(join, range(4))) == [False, False, False, True]


def test_the_operator_of_the_machine_invites_an_owner(any_people) -> None:
    """Once, for a day, and the organisation's log has it."""
    core = installation(any_people)
    any_people.member("Ada", Role.OWNER)
    link = owner_link(core.database, core.settings, "acme", any_people.at)
    invitation = found(core, link, any_people.at)
    assert (invitation.title, invitation.role) == ("Acme", Role.OWNER)
    assert found(core, link, any_people.at + timedelta(hours=24)) is None
    with core.database.read(any_people.acme) as scope:
        rows = scope.rows(select(audit_log).where(scope.mine(audit_log)))
        assert [(row["actor"], row["action"]) for row in rows][-1] == (
            "the machine's operator",
            "invitation.create",
        )
    invitations.accept(core.database, invitation, any_people.account("Bob"), any_people.at)
    with core.database.read(any_people.acme) as scope:
        assert [one.role for one in memberships.of(scope)] == [Role.OWNER, Role.OWNER]


def test_an_owner_is_invited_to_what_there_is(people, core) -> None:
    """The organisations are named; where there is none, what to look at."""
    with pytest.raises(InputError, match="no organisation 'main'; expected one of acme, rival"):
        owner_link(core.database, core.settings, "main", people.at)
    with core.database.begin_across() as connection:
        connection.execute(delete(tables.organisations))
    with pytest.raises(InputError, match="nor any other; check which installation is meant"):
        owner_link(core.database, core.settings, "main", people.at)


def test_no_link_once_somebody_has_an_account(core, people) -> None:
    """Whoever reads the log later gets in by nothing."""
    people.account("Ada")
    assert first_link(core) is None


def test_without_a_public_address_the_link_is_of_this_machine(core) -> None:
    """As a first try is."""
    assert first_link(replace(core, settings=Settings())).startswith("http://127.0.0.1:8443/join/")
