"""The audit log shows every later edit, and each organisation has a chain of its own."""

from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DatabaseError

from keypin.watch.people import audit, memberships
from keypin.watch.people.audit import SERVICE, Actor
from keypin.watch.people.roles import Role
from keypin.watch.store.tables import audit_log


def write(people, organisation=1, count=3) -> None:
    """Write entries of an organisation."""
    with people.database.begin(organisation) as scope:
        for number in range(count):
            actor = Actor("ada@example.com", "192.0.2.0/24")
            detail = {"before": None, "after": {"tags": ["a", "ü"], "number": number}}
            audit.record(scope, actor, "endpoint.add", f"host {number}", detail, at=people.at)


def unlock(connection) -> None:
    """Do what the owner of a database can: remove what refuses changes."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_log'"
        for name in connection.execute(text(query)).scalars().all():
            connection.execute(text(f"DROP TRIGGER {name}"))
    else:
        connection.execute(text("ALTER TABLE audit_log DISABLE TRIGGER USER"))


def rows(people, organisation=1):
    """Return an organisation's entries."""
    query = select(audit_log).where(audit_log.c.organisation == organisation)
    with people.database.read_across() as connection:
        return connection.execute(query.order_by(audit_log.c.id)).mappings().all()


def verify(people, organisation=1):
    """Verify a chain."""
    with people.database.read_across() as connection:
        return audit.verify(connection, organisation)


def test_what_was_written_is_whole(any_people) -> None:
    """Whatever the database does to JSON, the digests are those of what it gives back."""
    write(any_people)
    assert verify(any_people) is None
    assert [row["subject"] for row in rows(any_people)] == ["host 0", "host 1", "host 2"]


def test_an_entry_says_who_what_and_from_where(people) -> None:
    """And before and after."""
    write(people, count=1)
    (row,) = rows(people)
    assert (row["actor"], row["network"]) == ("ada@example.com", "192.0.2.0/24")
    assert (row["action"], row["at"]) == ("endpoint.add", people.at)
    assert row["detail"] == {"before": None, "after": {"tags": ["a", "ü"], "number": 0}}


def test_an_empty_log_is_whole(people) -> None:
    """Nothing was written, so nothing was changed."""
    assert verify(people) is None


@pytest.mark.parametrize("statement", [update(audit_log).values(actor="eve"), delete(audit_log)])
def test_the_database_refuses_to_change_an_entry(any_people, statement) -> None:
    """By its triggers, whoever asks through the service."""
    write(any_people)
    with pytest.raises(DatabaseError):
        with any_people.database.begin_across() as connection:
            connection.execute(statement)


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "eve"},
        {"network": ""},
        {"action": "endpoint.remove"},
        {"subject": "another"},
        {"detail": {}},
        {"organisation": None},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_entry_is_named(people, change) -> None:
    """Even if the triggers were removed first."""
    write(people)
    with people.database.begin_across() as connection:
        unlock(connection)
        connection.execute(update(audit_log).where(audit_log.c.id == 2).values(**change))
    broken = verify(people)
    assert broken is not None
    assert broken.number == (3 if "organisation" in change else 2)


def test_a_removed_entry_is_noticed_at_the_next(people) -> None:
    """Which does not follow the one before it."""
    write(people)
    with people.database.begin_across() as connection:
        unlock(connection)
        connection.execute(delete(audit_log).where(audit_log.c.id == 2))
    assert str(verify(people)) == (
        "entry 3 of 2026-11-29 12:00:00 UTC does not follow the one before it"
    )


def test_removed_last_entries_change_the_newest_digest(people) -> None:
    """Which is why it is worth keeping elsewhere."""
    write(people)
    with people.database.read_across() as connection:
        newest = audit.newest(connection, 1)
    with people.database.begin_across() as connection:
        unlock(connection)
        connection.execute(delete(audit_log).where(audit_log.c.id == 3))
        assert audit.newest(connection, 1) != newest


def test_an_entry_in_between_cannot_be_written(people) -> None:
    """No two entries follow the same one."""
    write(people)
    row = dict(rows(people)[1]) | {"id": 9, "digest": b"x" * 32}
    with pytest.raises(DatabaseError):
        with people.database.begin_across() as connection:
            connection.execute(insert(audit_log).values(**row))


def test_organisations_have_chains_of_their_own(people) -> None:
    """What is done to one's log breaks no other's."""
    write(people, 1)
    write(people, 2)
    with people.database.begin_across() as connection:
        audit.record_across(connection, SERVICE, "backup.make", "", {}, at=people.at)
        unlock(connection)
        connection.execute(
            update(audit_log).where(audit_log.c.organisation == 2).values(actor="eve")
        )
    assert verify(people, 2) is not None
    assert verify(people, 1) is None
    assert verify(people, None) is None


def test_what_concerns_a_person_is_in_the_log_of_each_of_their_organisations(people) -> None:
    """An owner sees who turned a second factor off; strangers do not."""
    account = people.account("Ada")
    for organisation in (1, 2):
        with people.database.begin(organisation) as scope:
            memberships.add(scope, account, Role.VIEWER, SERVICE, people.at)
    bob = people.account("Bob")
    with people.database.begin_across() as connection:
        for number in (account, bob):
            audit.record_of_person(
                connection, number, Actor("x"), "account.second.off", {}, at=people.at
            )
    for organisation in (1, 2):
        assert rows(people, organisation)[-1]["subject"] == "ada@example.com"
    assert rows(people, None)[-1]["subject"] == "bob@example.com"
    assert [verify(people, one) for one in (1, 2, None)] == [None, None, None]


def test_a_change_that_is_rolled_back_leaves_no_entry(people) -> None:
    """They are one transaction."""

    def fail() -> None:
        with people.database.begin(1) as scope:
            audit.record(scope, SERVICE, "endpoint.add", "host", {}, at=people.at)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert rows(people) == []


def test_many_writers_make_one_chain(any_people) -> None:
    """At the same moment, from several threads."""
    threads = [Thread(target=write, args=(any_people, 1, 5)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rows(any_people)) == 30
    assert verify(any_people) is None


def test_a_long_log_is_verified_in_pages(people, monkeypatch) -> None:
    """Without holding it in memory."""
    monkeypatch.setattr(audit, "_PAGE", 2)
    write(people, count=5)
    assert verify(people) is None


def test_bytes_that_a_database_cannot_hold_are_replaced(any_people) -> None:
    """What strangers send must not break the log."""
    with any_people.database.begin(1) as scope:
        detail = {"agent\0": ["\0\ud800"]}
        audit.record(scope, Actor("\ud800"), "a.b", "x\0" * 600, detail, at=any_people.at)
    (row,) = rows(any_people)
    assert row["detail"] == {"agent\ufffd": ["\ufffd?"]}
    assert len(row["subject"]) == 500
    assert verify(any_people) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=9), JSON, max_size=4))
def test_any_detail_is_cleaned_to_what_stays_as_it_is(detail) -> None:
    """Cleaning twice is cleaning once."""
    once = audit._clean_value(detail)
    assert audit._clean_value(once) == once
