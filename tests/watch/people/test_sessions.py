"""A session ends when it is idle, old or ended, and its token changes at each step."""

import pytest
from sqlalchemy import select

from keypin.watch.people import memberships, sessions
from keypin.watch.people.audit import SERVICE
from keypin.watch.people.roles import Role
from keypin.watch.people.sessions import Stage
from keypin.watch.store import tables


@pytest.fixture
def begun(people, owner) -> str:
    """Return the token of a session of Ada's."""
    with people.database.begin_across() as connection:
        return sessions.create(connection, owner, people.at, agent="Firefox\0", network="::/48")


def find(people, token, organisation=None):
    """Find a session."""
    with people.database.read_across() as connection:
        return sessions.find(connection, token, people.at, organisation)


def test_a_session_knows_the_account_and_its_first_organisation(people, owner, begun) -> None:
    """And what the person is there."""
    found = find(people, begun)
    assert (found.account, found.mail, found.stage) == (owner, "ada@example.com", Stage.WHOLE)
    assert (found.organisation, found.organisation_name, found.role) == (1, "acme", Role.OWNER)
    assert not found.stale


def test_the_token_is_not_stored(people, begun) -> None:
    """Its digest is."""
    with people.database.read_across() as connection:
        row = connection.execute(select(tables.sessions)).one()
    assert begun.encode() not in row.digest
    assert len(row.digest) == 32
    assert row.agent == "Firefox"


def test_another_organisation_is_seen_by_its_members_alone(people, begun) -> None:
    """One that does not exist looks the same."""
    assert find(people, begun, "acme").role is Role.OWNER
    for name in ("rival", "nowhere"):
        found = find(people, begun, name)
        assert (found.organisation, found.role) == (None, None)


def test_an_idle_session_ends(people, begun) -> None:
    """After twelve hours without a request."""
    people.later(seconds=sessions.IDLE.total_seconds() - 1)
    found = find(people, begun)
    assert found.stale
    with people.database.begin_across() as connection:
        sessions.touch(connection, found.digest, people.at)
    people.later(hours=11)
    assert find(people, begun) is not None
    people.later(hours=1)
    assert find(people, begun) is None


def test_a_session_ends_however_busy_it_is(people, begun) -> None:
    """After a week."""
    digest = find(people, begun).digest
    for _ in range(15):
        people.later(hours=11)
        with people.database.begin_across() as connection:
            sessions.touch(connection, digest, people.at)
    assert find(people, begun) is not None
    people.later(hours=11)
    assert find(people, begun) is None


def test_rotation_gives_another_token_for_the_same_browser(people, begun) -> None:
    """The old one opens nothing."""
    with people.database.begin_across() as connection:
        token = sessions.rotate(connection, begun, people.at)
        (listed,) = sessions.of(connection, 1, people.at)
    assert find(people, begun) is None
    assert find(people, token).mail == "ada@example.com"
    assert (listed.agent, listed.network, listed.since) == ("Firefox", "::/48", people.at)


def test_what_is_not_there_is_not_rotated(people) -> None:
    """It has ended in the meantime."""
    with people.database.begin_across() as connection:
        with pytest.raises(LookupError):
            sessions.rotate(connection, "x" * 43, people.at)


def test_halfway_ends_soon(people, owner) -> None:
    """Between password and second factor are ten minutes."""
    with people.database.begin_across() as connection:
        token = sessions.create(connection, owner, people.at, stage=Stage.PASSWORD)
    assert find(people, token).stage is Stage.PASSWORD
    people.later(minutes=10)
    assert find(people, token) is None


def test_sessions_are_ended_one_by_one_or_all_but_one(people, owner, begun) -> None:
    """By their owner alone."""
    with people.database.begin_across() as connection:
        others = [sessions.create(connection, owner, people.at) for _ in range(3)]
        digests = [sessions.find(connection, one, people.at).digest for one in (begun, *others)]
        assert not sessions.end(connection, owner + 1, digests[1])
        assert sessions.end(connection, owner, digests[1])
        assert not sessions.end(connection, owner, digests[1])
        assert sessions.end_all(connection, owner, but=digests[0]) == 2
    assert find(people, begun) is not None


def test_a_session_remembers_where_it_looked_last(people, owner, begun) -> None:
    """Somebody who belongs to two organisations goes on where they were."""
    with people.database.begin(people.rival) as scope:
        memberships.add(scope, owner, Role.VIEWER, SERVICE, people.at)
    found = find(people, begun, "rival")
    assert (found.organisation, found.moved) == (people.rival, True)
    with people.database.begin_across() as connection:
        sessions.touch(connection, found.digest, people.at, organisation=found.organisation)
    assert find(people, begun).organisation_name == "rival"
    assert not find(people, begun).moved
