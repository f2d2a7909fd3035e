"""Signing in: one answer for everything that is wrong, and a count of it."""

from threading import BoundedSemaphore

import pytest
from argon2 import PasswordHasher
from cryptography.fernet import Fernet
from pyotp.totp import TOTP
from sqlalchemy import select

from keypin.watch.people import accounts, audit, passwords, second, sign_in
from keypin.watch.people.audit import Actor
from keypin.watch.people.passwords import BusyError
from keypin.watch.people.sign_in import SignInError
from keypin.watch.store import Sealer, tables

PASSWORD = "seven green bottles"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

# What the tests keep costs nothing to compare; test_passwords.py holds the real parameters.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True)
def _cheap(monkeypatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", CHEAP)
    passwords._nobody.cache_clear()


@pytest.fixture
def ada(people) -> int:
    """Return the number of an account with a password."""
    return people.account("Ada", password=PASSWORD)


def by_password(people, mail="ada@example.com", password=PASSWORD):
    """Sign in."""
    return sign_in.by_password(people.database, mail, password, people.at, network="::/48")


def refusal(people, *typed) -> str:
    """Return what is said."""
    with pytest.raises(SignInError) as caught:
        by_password(people, *typed)
    return str(caught.value)


def with_second(people, account):
    """Turn the second factor on; the next code is that of a minute later."""
    with people.database.begin_across() as connection:
        found = accounts.get(connection, account)
        code = TOTP(SECRET).at(people.at)
        second.turn_on(
            connection, people.sealer, found, SECRET, code, by=Actor("ada"), at=people.at
        )
    people.later(minutes=1)


def by_second(people, account, code=None):
    """Give a code."""
    typed = TOTP(SECRET).at(people.at) if code is None else code
    sign_in.by_second(people.database, people.sealer, account, typed, people.at, network="")


def test_the_right_password_lets_in_and_is_written_down(people, ada) -> None:
    """However the mail is typed."""
    assert by_password(people, " ADA@example.com").number == ada
    query = select(tables.audit_log).where(tables.audit_log.c.action == "account.sign-in")
    with people.database.read_across() as connection:
        row = connection.execute(query).one()
        assert audit.verify(connection, None) is None
    assert (row.actor, row.network, row.detail) == ("ada@example.com", "::/48", {"by": "password"})


def test_everything_that_is_wrong_is_answered_alike(people, ada) -> None:
    """Nobody learns who has an account, nor that it waits or is disabled."""
    said = {refusal(people, "eve@example.com"), refusal(people, "ada@example.com", "wrong")}
    said |= {refusal(people, "ada@example.com", "wrong") for _ in range(5)}
    said.add(refusal(people))
    people.later(hours=1)
    with people.database.begin_across() as connection:
        accounts.disable(connection, ada, Actor("eve"), people.at)
    said.add(refusal(people))
    assert len(said) == 1


def test_whatever_is_wrong_one_password_is_compared(people, ada, monkeypatch) -> None:
    """With the same work, so that the time tells nothing: of no account, too."""
    work = []

    class Counting(PasswordHasher):
        def hash(self, password, **options):
            work.append("made")
            return super().hash(password, **options)

        def verify(self, kept, password):
            work.append(kept.rpartition("$")[0].rpartition("$")[0])  # the parameters
            return super().verify(kept, password)

    bob = people.account("Bob", password=PASSWORD)
    people.account("Carol")  # who signs in elsewhere
    with people.database.begin_across() as connection:
        accounts.disable(connection, bob, Actor("eve"), people.at)
    refusal(people, "eve@example.com")  # what is compared for nobody is made once
    monkeypatch.setattr(passwords, "_HASHER", Counting(time_cost=1, memory_cost=8, parallelism=1))
    tries = [(f"{name}@example.com", "wrong") for name in ("eve", "ada", "bob", "carol")]
    tries += [("bob@example.com", PASSWORD), ("carol@example.com", PASSWORD), ("\0", PASSWORD)]
    tries += [("ada@example.com", "x" * 9999)] + [("ada@example.com", "wrong")] * 4
    tries += [("ada@example.com", PASSWORD)]  # which waits now
    for one in tries:
        work.append("a try")
        refusal(people, *one)
    assert work == ["a try", work[1]] * len(tries)
    people.later(hours=1)
    assert by_password(people).number == ada


def test_in_a_busy_moment_no_try_counts(people, ada, monkeypatch) -> None:
    """Neither at the sign-in nor where the password is asked for again: none was judged."""
    with people.database.read_across() as connection:
        account = accounts.get(connection, ada)
    for _ in range(4):
        refusal(people, "ada@example.com", "wrong")
    with monkeypatch.context() as busy:
        busy.setattr(passwords, "_WAITING", BoundedSemaphore(0))
        for _ in range(9):
            with pytest.raises(BusyError):
                by_password(people)
            with pytest.raises(BusyError):
                sign_in.confirm(people.database, account, PASSWORD, people.at)
    sign_in.confirm(people.database, account, PASSWORD, people.at)
    with pytest.raises(SignInError, match="The password is wrong"):
        sign_in.confirm(people.database, account, "wrong", people.at)
    with pytest.raises(SignInError, match="the account waits"):
        sign_in.confirm(people.database, account, PASSWORD, people.at)
    with monkeypatch.context() as busy:
        busy.setattr(passwords, "_WAITING", BoundedSemaphore(0))
        with pytest.raises(BusyError):
            sign_in.confirm(people.database, account, PASSWORD, people.at)
    refusal(people)  # and it waits no less for it


def test_even_the_right_password_waits_after_five_wrong_ones(people, ada) -> None:
    """And is right again after the delay."""
    for _ in range(5):
        refusal(people, "ada@example.com", "wrong")
    refusal(people)
    people.later(minutes=1)
    assert by_password(people).number == ada


def test_an_older_hash_is_made_anew(people, ada, monkeypatch) -> None:
    """By today's parameters, the first time its owner signs in."""
    stronger = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", stronger)
    by_password(people)
    with people.database.read_across() as connection:
        kept = connection.execute(select(tables.accounts.c.password)).scalar()
    assert "t=2" in kept
    assert by_password(people).number == ada


def test_an_older_hash_that_cannot_be_made_anew_keeps_nobody_out(people, ada, monkeypatch) -> None:
    """In a busy moment it waits for the next sign-in."""
    compared = passwords.matches

    def then_busy(kept, password):
        found = compared(kept, password)
        monkeypatch.setattr(passwords, "_WAITING", BoundedSemaphore(0))
        return found

    free = passwords._WAITING
    stronger = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", stronger)
    monkeypatch.setattr(passwords, "matches", then_busy)
    assert by_password(people).number == ada
    monkeypatch.setattr(passwords, "_WAITING", free)


def test_with_a_second_factor_the_password_is_half(people, ada) -> None:
    """The other half is a code."""
    with_second(people, ada)
    found = by_password(people)
    assert found.has_second
    by_second(people, found)


def test_wrong_codes_count_though_the_password_is_right(people, ada) -> None:
    """Else whoever knows the password could try a million codes."""
    with_second(people, ada)
    account = by_password(people)
    for _ in range(5):
        with pytest.raises(SignInError, match="The code is wrong"):
            by_second(people, account, "000000")
    refusal(people)
    people.later(minutes=1)
    account = by_password(people)
    with pytest.raises(SignInError):
        by_second(people, account, "000000")
    with pytest.raises(SignInError):
        by_second(people, account)


def test_a_whole_sign_in_forgets_wrong_tries(people, ada) -> None:
    """Four mistakes a day never lock anybody out."""
    with_second(people, ada)
    for _ in range(3):
        for _ in range(4):
            refusal(people, "ada@example.com", "wrong")
        by_second(people, by_password(people))
        people.later(minutes=1)


def test_a_code_whose_key_is_gone_is_told_and_counts_for_nothing(any_people) -> None:
    """However often it is tried; once the key is back, a code lets in."""
    ada = any_people.account("Ada", password=PASSWORD)
    with_second(any_people, ada)
    found = by_password(any_people)
    former = any_people.sealer
    any_people.sealer = Sealer([Fernet.generate_key().decode()])
    for _ in range(6):
        with pytest.raises(SignInError, match="put the old key back"):
            by_second(any_people, found)
    any_people.sealer = former
    by_second(any_people, found)
