"""A value in a JSON text that knows its place, so that a complaint about it says where.

Whoever reads a foreign JSON asks for members by the form that they must have; anything else is an
error with the file and the path, as `operators[2].logs[0].mmd`.
"""

from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast
from urllib.parse import urlsplit

from keypin.errors import InputError, Place

# What one text, one list of elements may hold at most; logs have names, not novels.
MAX_TEXT = 1 << 12
MAX_ELEMENTS = 1 << 12


class ElementError(InputError):
    """A value that has not the form that it must have."""


@dataclass(frozen=True, slots=True)
class Element:
    """A value with its place.

    Attributes:
        value: as the JSON reader gave it.
        path: where it is, as `operators[2]`; empty for the whole.
        file: what errors call the file, or None.
    """

    value: object
    path: str = ""
    file: str | None = None

    def error(self, name: str, seen: str, expected: str) -> ElementError:
        """Return an error about a member, or with an empty name about the value itself."""
        path = ".".join(part for part in (self.path, name) if part)
        return ElementError(seen, expected=expected, place=Place(file=self.file, key=path or None))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its members; there must be such."""
        members = cast("dict[str, object] | None", self.value)
        if not isinstance(members, dict):
            raise self.error("", _what(self.value), "an object")
        return tuple(members)

    def has(self, name: str) -> bool:
        """Tell whether it has a member."""
        return name in self.names

    def _get(self, name: str, expected: str) -> object:
        if not self.has(name):
            raise self.error(name, "nothing", expected)
        return cast("dict[str, object]", self.value)[name]

    def element(self, name: str) -> "Element":
        """Return a member that is an object."""
        path = f"{self.path}.{name}" if self.path else name
        found = Element(self._get(name, "an object"), path, self.file)
        _ = found.names
        return found

    def elements(self, name: str) -> "tuple[Element, ...]":
        """Return the objects of a member that is a list of such."""
        found = self._get(name, "a list")
        if not isinstance(found, list):
            raise self.error(name, _what(found), "a list")
        rows = cast("list[object]", found)
        if len(rows) > MAX_ELEMENTS:
            raise self.error(name, f"{len(rows)} elements", f"{MAX_ELEMENTS} at most")
        path = f"{self.path}.{name}" if self.path else name
        return tuple(Element(row, f"{path}[{n}]", self.file) for n, row in enumerate(rows))

    def text(self, name: str) -> str:
        """Return a member that is a text, and not empty."""
        found = self._get(name, "a text")
        if not isinstance(found, str) or not found or len(found) > MAX_TEXT:
            raise self.error(name, _what(found), f"a text of 1 to {MAX_TEXT} characters")
        return found

    def number(self, name: str, limit: int) -> int:
        """Return a member that is a whole number, from 0 up to but without a limit."""
        found = self._get(name, "a number")
        if type(found) is not int or not 0 <= found < limit:
            raise self.error(name, _what(found), f"a whole number below {limit}")
        return found

    def octets(self, name: str) -> bytes:
        """Return the bytes of a member that is base64."""
        text = self.text(name)
        try:
            return b64decode(text, validate=True)
        except (Base64Error, ValueError) as error:
            raise self.error(name, _what(text), "base64") from error

    def moment(self, name: str) -> datetime:
        """Return a member that is a time of RFC 3339, in UTC."""
        text = self.text(name)
        try:
            found = datetime.fromisoformat(text)
            if found.tzinfo is not None:
                return found.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise self.error(name, _what(text), "a time as 2026-11-23T12:00:00Z")

    def url(self, name: str) -> str:
        """Return a member that is a web address, with a slash at its end."""
        text = self.text(name)
        try:
            parts = urlsplit(text)
            good = parts.scheme in {"https", "http"} and bool(parts.hostname) and not parts.query
            good = good and (parts.port is None or parts.port > 0) and text.isascii()
        except ValueError:
            good = False
        if not good or not text.isprintable() or " " in text:
            raise self.error(name, _what(text), "a web address")
        return text if text.endswith("/") else f"{text}/"


def _what(value: object) -> str:
    """Return what a value is, short."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:60]}..."  # noqa: PLR2004 - a line's worth
