"""Reading structures of TLS (RFC 8446 section 3), whose byte strings stand behind their lengths."""

from collections.abc import Iterator


class TornError(Exception):
    """Bytes end before what they announce."""


class Cursor:
    """A place in bytes that only moves on, and never past their end."""

    __slots__ = ("at", "data", "last")

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at
        self.last = b""

    def take(self, count: int) -> bytes:
        """Return the next bytes, which are `last` from now on.

        Raises:
            TornError: there are not as many.
        """
        taken = self.data[self.at : self.at + count]
        if len(taken) != count:
            raise TornError(f"{count} bytes are announced, {len(taken)} are there")
        self.at += count
        self.last = taken
        return taken

    def opaque(self, octets: int) -> bytes:
        """Return the bytes behind a length of so many octets."""
        return self.take(int.from_bytes(self.take(octets), "big"))

    def opaques(self, octets: int) -> Iterator[bytes]:
        """Yield byte strings, each behind its length, up to the end."""
        while self.at < len(self.data):
            yield self.opaque(octets)

    def end(self) -> None:
        """Refuse that anything is left."""
        if self.at != len(self.data):
            raise TornError(f"{len(self.data) - self.at} bytes too many")
