"""Passwords are long, say nothing of their owner, and are kept under argon2id."""

from contextlib import ExitStack

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type
from hypothesis import given
from hypothesis import strategies as st

from keypin.errors import InputError
from keypin.watch.people import passwords
from keypin.watch.people.passwords import BusyError


@pytest.mark.parametrize(
    ("password", "text"),
    [
        ("elevenchars", "the password has 11 characters; expected 12 to 256"),
        ("x" * 257, "the password has 257 characters"),
        ("abababababab", "repeats fewer than 5 characters"),
        ("ada@example.com", "holds the name or the mail"),
        ("Ada Lovelace 1", "holds the name or the mail"),
        ("AdaLovelace1815", "holds the name or the mail"),
    ],
)
def test_a_poor_password_is_refused(password, text) -> None:
    """With what to do instead."""
    with pytest.raises(InputError, match=text):
        passwords.check(password, mail="ada@example.com", name="Ada Lovelace")


@pytest.mark.parametrize("password", ["seven green bottles", "ünï¢ôdé ist gut", "a canada goose!"])
def test_a_good_password_needs_no_digits(password) -> None:
    """And may hold a short name by chance."""
    passwords.check(password, mail="ada@example.com", name="Ada")


def test_what_is_kept_is_argon2id_with_the_parameters_of_rfc_9106() -> None:
    """64 MiB, three passes, four lanes."""
    kept = passwords.make("seven green bottles")
    parameters = extract_parameters(kept)
    assert parameters.type is Type.ID
    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (65536, 3, 4)
    assert passwords.matches(kept, "seven green bottles")
    assert not passwords.matches(kept, "seven green bottle")
    assert not passwords.is_outdated(kept)


@pytest.mark.parametrize("kept", [None, "not a hash"])
def test_what_is_not_there_matches_nothing(kept) -> None:
    """Nor does the password that is compared in its place."""
    assert not passwords.matches(kept, "the password of nobody")


def test_a_longer_password_than_any_is_not_cut() -> None:
    """Else its beginning would do."""
    longest = "abcdefgh" * 32
    kept = passwords.make(longest)
    assert not passwords.matches(kept, longest + "x")


def test_no_more_than_ten_wait_for_their_turn() -> None:
    """Strangers must not take all threads of the service."""
    with ExitStack() as taken:
        for _ in range(10):
            taken.callback(passwords._WAITING.release)
            assert passwords._WAITING.acquire(blocking=False)
        with pytest.raises(BusyError, match="Try again in a minute"):
            passwords.matches(None, "x")
    assert not passwords.matches(None, "x")


def test_older_parameters_are_outdated() -> None:
    """So that the hash is made anew at the next sign-in."""
    assert passwords.is_outdated(
        PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("x")
    )


@given(st.text(max_size=300), st.text(max_size=20), st.text(max_size=20))
def test_any_text_is_a_password_or_refused(password, mail, name) -> None:
    """Half of a pair of surrogates, too."""
    try:
        passwords.check(password, mail=mail, name=name)
    except InputError:
        return
    assert passwords._bytes(password)
