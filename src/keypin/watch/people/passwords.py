"""Passwords: what one must be, and argon2id, which is all that is kept of it.

The rules are NIST SP 800-63B's (section 3.1.1.2 of revision 4): long, of any characters, nothing
that says who it is of, and no demand for digits or for a change every few months. The parameters
are the second of RFC 9106 section 4, as argon2-cffi has them; a hash made by older ones is made
anew at the next sign-in.
"""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from keypin.errors import InputError, KeypinError

SHORTEST = 12
LONGEST = 256

# A password of one character again and again, or of a few, is as good as a short one.
_FEWEST = 5

_HASHER = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)

# Each takes 64 MiB while it runs: strangers at the sign-in must not take more than two of these,
# and not all threads of the service to wait for their turn.
_TURN = threading.BoundedSemaphore(2)
_WAITING = threading.BoundedSemaphore(10)


class BusyError(KeypinError):
    """Too many passwords are compared at the same time."""


def check(password: str, *, mail: str, name: str) -> None:
    """Check that a password may be chosen.

    Args:
        password: the one that is wanted.
        mail: of the account.
        name: of the person.

    Raises:
        InputError: it is too short, too long, or says who it is of.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise InputError(
            f"the password has {len(password)} characters",
            expected=f"{SHORTEST} to {LONGEST}",
            next_step="take a few words, or let a password manager choose",
        )
    if len(set(password)) < _FEWEST:
        raise InputError(
            f"the password repeats fewer than {_FEWEST} characters",
            next_step="take a few words, or let a password manager choose",
        )
    if _says(password, mail, name):
        raise InputError(
            "the password holds the name or the mail of the account",
            next_step="choose one that nobody can derive from who you are",
        )


def make(password: str) -> str:
    """Return what is kept of a password; takes a tenth of a second and 64 MiB, on purpose."""
    with _turn():
        return _HASHER.hash(_bytes(password))


def matches(kept: str | None, password: str) -> bool:
    """Say whether a password is the one of which this was kept.

    Takes as long for an account that is not there, or has no password: what is not a password of
    anybody is compared instead.
    """
    known = kept if len(password) <= LONGEST else None
    with _turn():
        try:
            _HASHER.verify(known or _nobody(), _bytes(password[:LONGEST]))
        except (VerificationError, InvalidHashError):
            return False
    return known is not None


@contextmanager
def _turn() -> Generator[None]:
    """Wait for one's turn, unless too many do already."""
    if not _WAITING.acquire(blocking=False):
        raise BusyError("Too many people sign in at this moment. Try again in a minute.")
    try:
        with _TURN:
            yield
    finally:
        _WAITING.release()


def is_outdated(kept: str) -> bool:
    """Say whether what is kept was made by other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


def _bytes(password: str) -> bytes:
    # Half of a pair can be sent, and is a character like another here.
    return password.encode("utf-8", "surrogatepass")


@cache
def _nobody() -> str:
    return _HASHER.hash("the password of nobody")


def _says(password: str, mail: str, name: str) -> bool:
    text = password.casefold()
    local = mail.casefold().partition("@")[0]
    words = {mail.casefold(), local, name.casefold(), name.casefold().replace(" ", "")}
    # A short name occurs in many a good password by chance; alone it is too short anyway.
    return any(word in text for word in words if len(word) * 2 >= len(text))
