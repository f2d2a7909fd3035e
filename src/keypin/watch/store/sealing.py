"""Secrets at rest: sealed by a key that is not in the database.

Fernet (AES-128-CBC with HMAC-SHA-256), as `cryptography` has it. Several keys may stand in the
file, newest first: all open, the first seals, so that a key is changed without a flag day. What is
sealed says what it is for, and opens for that alone: what a browser was handed for one thing is
worth nothing in another place.
"""

import os
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from secrets import token_hex

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from keypin.errors import KeypinError
from keypin.watch.store.disk import keep_names


class SealError(KeypinError):
    """A secret cannot be opened, or there is no key to seal it with."""


class Purpose(StrEnum):
    """What something sealed is for."""

    ROUTE = "route"
    """The address of an alert route."""
    SECRET = "secret"  # noqa: S105 - the name of a purpose
    """A named secret of an organisation."""
    SECOND = "second"
    """The secret of somebody's second factor."""
    SECOND_BEGUN = "second-begun"
    """The same, in the form that turns the factor on."""
    OPENID_BEGUN = "openid-begun"
    """A sign-in elsewhere that has begun, in a cookie."""
    ANSWER = "answer"
    """An answer of the API, kept for the same request."""
    DAY_KEY = "day-key"
    """The key of a day's digests of addresses."""


class Sealer:
    """Seals and opens secrets.

    Args:
        keys: keys as `Fernet.generate_key` makes them, newest first.

    Raises:
        SealError: there is none, or one is malformed.
    """

    def __init__(self, keys: list[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise SealError(
                "the key for secrets is not one: expected 32 bytes in URL-safe base64, one key a "
                "line; bring back the file as it was, or let a start make a new one in its place"
            ) from error

    def seal(self, secret: bytes, purpose: Purpose) -> bytes:
        """Seal a secret by the newest key, for a purpose."""
        return self._fernet.encrypt(_mark(purpose) + secret)

    def open(self, sealed: bytes, purpose: Purpose) -> bytes:
        """Open what was sealed for a purpose.

        Raises:
            SealError: no key opens it, or it was sealed for another purpose.
        """
        opened, mark = self._opened(sealed), _mark(purpose)
        if not opened.startswith(mark):
            raise SealError(
                "a secret cannot be opened: it was sealed for something else, so it was put into "
                "another's place; enter it anew"
            )
        return opened.removeprefix(mark)

    def opens(self, sealed: bytes) -> bool:
        """Say whether a key opens what was sealed, whatever for."""
        try:
            self._opened(sealed)
        except SealError:
            return False
        return True

    def renew(self, sealed: bytes) -> bytes:
        """Seal again by the newest key, for the same purpose.

        Raises:
            SealError: no key opens it.
        """
        return self._fernet.encrypt(self._opened(sealed))

    @classmethod
    def at(cls, path: Path) -> "Sealer":
        """Read the keys from a file, which is made, readable by its owner alone, if it is missing.

        Raises:
            SealError: what stands there is no key, or it cannot be read.
        """
        try:
            if not path.exists():
                _make(path)
            keys = path.read_text(encoding="ascii", errors="replace").split()
        except OSError as error:
            raise SealError(
                f"{path}: the keys that seal secrets cannot be read: {error.strerror}; give a file "
                "that can be with --keys"
            ) from error
        try:
            return cls(keys)
        except SealError as error:
            raise SealError(f"{path}: {error}") from error

    def _opened(self, sealed: bytes) -> bytes:
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise SealError(
                "a secret cannot be opened: its key is not among the keys of this installation; "
                "whoever runs it can put the old key after the new one, and start it again"
            ) from error


def _make(path: Path) -> None:
    """Make a file with a new key, whole before it has its name; who comes second takes the first's.

    What is sealed may reach the disk at once, so the key is there before.
    """
    part = path.with_name(f"{path.name}.{token_hex(8)}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(Fernet.generate_key() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(part)
    finally:
        part.unlink()
    keep_names(path.parent)


def _mark(purpose: Purpose) -> bytes:
    return f"{purpose}:".encode()
