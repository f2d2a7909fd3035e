"""Secrets at rest: sealed by a key that is not in the database.

Fernet (AES-128-CBC with HMAC-SHA-256), as `cryptography` has it. Several keys may stand in the
file, newest first: all open, the first seals, so that a key is changed without a flag day.
"""

import os
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from keypin.errors import KeypinError


class SealError(KeypinError):
    """A secret cannot be opened, or there is no key to seal it with."""


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

    def seal(self, secret: bytes) -> bytes:
        """Seal a secret by the newest key."""
        return self._fernet.encrypt(secret)

    def open(self, sealed: bytes) -> bytes:
        """Open what was sealed.

        Raises:
            SealError: no key opens it.
        """
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise SealError(
                "a secret cannot be opened: its key is not among the keys of this installation; "
                "whoever runs it can put the old key after the new one, and start it again"
            ) from error

    def opens(self, sealed: bytes) -> bool:
        """Say whether a key opens what was sealed."""
        try:
            self.open(sealed)
        except SealError:
            return False
        return True

    def renew(self, sealed: bytes) -> bytes:
        """Seal again by the newest key.

        Raises:
            SealError: no key opens it.
        """
        return self.seal(self.open(sealed))

    @classmethod
    def at(cls, path: Path) -> "Sealer":
        """Read the keys from a file, which is made, readable by its owner alone, if it is missing.

        Raises:
            SealError: what stands there is no key, or it cannot be read.
        """
        try:
            with suppress(FileExistsError):
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(handle, "wb") as file:
                    file.write(Fernet.generate_key() + b"\n")
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
