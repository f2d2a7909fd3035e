"""One account for each person."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from keypin.errors import InputError
from keypin.watch.people import accounts, invitations, organisations, sessions
from keypin.watch.people.audit import Actor

ADA = Actor("ada@example.com")
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "ada@localhost",
        "a da@example.com",
        "ada@example.com\n.x",
        "ada@example.com,eve@example.com",
        "x" * 250 + "@example.com",
        "ada@.",
        "<a@example.com>",
    ],
)
def test_what_is_no_mail_address_is_refused(text) -> None:
    """Two addresses, or a line end for the header of a mail, among them."""
    with pytest.raises(InputError, match="is no mail address; expected one as ada@"):
        accounts.checked_mail(text)


def test_mails_are_kept_in_small_letters() -> None:
    """So that a person has one account, however they type."""
    assert accounts.checked_mail(" Ada@Example.COM ") == "ada@example.com"


@pytest.mark.parametrize("text", ["", "  ", "x" * 201, "Ada\x00"])
def test_what_is_no_name_is_refused(text) -> None:
    """With how long one may be."""
    with pytest.raises(InputError, match="is no name of a person; expected 1 to 200 characters"):
        accounts.checked_name(text)


@given(st.text(max_size=300))
def test_any_text_is_a_mail_or_refused(text) -> None:
    """And what is one stays as it is."""
    try:
        mail = accounts.checked_mail(text)
    except InputError:
        return
    assert accounts.checked_mail(mail) == mail


def test_a_mail_has_one_account(people) -> None:
    """Whoever has it signs in instead."""
    people.account("Ada")
    with people.database.begin_across() as connection:
        with pytest.raises(InputError, match="has an account already; sign in with it"):
            accounts.create(connection, "ADA@example.com", "Eve", people.at)


def test_an_account_tells_how_it_signs_in_and_nothing_more(people) -> None:
    """No hash leaves the storage with it."""
    number = people.account("Ada", password="seven green bottles")
    with people.database.read_across() as connection:
        account = accounts.get(connection, number)
        assert accounts.find(connection, "Ada@example.com") == account
        assert accounts.exist(connection)
    assert (account.mail, account.has_password, account.has_second) == (
        "ada@example.com",
        True,
        False,
    )
    assert "argon2" not in repr(account)


def test_a_text_that_databases_refuse_is_looked_for_nowhere(any_people) -> None:
    """PostgreSQL takes no NUL, and Python has halves of pairs."""
    with any_people.database.read_across() as connection:
        for text in ("\0", "a\0@example.com", "\ud800"):
            assert accounts.find(connection, text) is None
            assert organisations.find(connection, text) is None
            assert invitations.find_for(connection, text, any_people.at) is None
            assert sessions.find(connection, "x", any_people.at, text) is None


def test_an_account_that_is_not_there_is_an_error(people) -> None:
    """A mistake of ours, for numbers come from sessions."""
    with people.database.read_across() as connection:
        assert not accounts.exist(connection)
        with pytest.raises(LookupError, match="no account 7"):
            accounts.get(connection, 7)


def test_a_new_password_ends_the_other_sessions(people) -> None:
    """Whoever had the old one is out."""
    number = people.account("Ada", password="seven green bottles")
    with people.database.begin_across() as connection:
        mine, other = (sessions.create(connection, number, people.at) for _ in range(2))
        found = sessions.find(connection, mine, people.at)
        password = "eight green bottles"
        accounts.set_password(connection, number, password, ADA, at=people.at, keep=found.digest)
        assert sessions.find(connection, mine, people.at) is not None
        assert sessions.find(connection, other, people.at) is None


def test_a_disabled_account_is_signed_in_nowhere(people) -> None:
    """From that moment on."""
    number = people.account("Ada")
    with people.database.begin_across() as connection:
        token = sessions.create(connection, number, people.at)
        accounts.disable(connection, number, ADA, people.at)
        assert sessions.find(connection, token, people.at) is None
        later = sessions.create(connection, number, people.at)
        assert sessions.find(connection, later, people.at) is None


def test_a_name_can_be_changed(people) -> None:
    """Blanks in it are tidied."""
    number = people.account("Ada")
    with people.database.begin_across() as connection:
        accounts.rename(connection, number, "  Ada   King ", ADA, people.at)
        assert accounts.get(connection, number).name == "Ada King"


def test_one_of_two_accounts_of_one_mail_is_made(postgresql, until_waiting) -> None:
    """The other is told what it would be told a moment later, as by a form that is sent twice."""

    def create(connection: Connection) -> None:
        password = "correct horse staple 9"
        accounts.create(connection, "ada@example.com", "Ada", NOON, password=password)

    def create_other() -> None:
        with postgresql.begin_across() as other:
            create(other)

    with ThreadPoolExecutor(1) as pool:
        with postgresql.begin_across() as connection:
            create(connection)
            task = pool.submit(create_other)
            until_waiting(task)
        assert "ada@example.com has an account already" in str(task.exception())
