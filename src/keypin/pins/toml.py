"""`pins.toml`: the source form of a pin set, read with places and written canonically.

`tomllib` reads the values, `keypin.pins.toml_lines` says on which line they stand, and `_Reader`
turns them into policies; the first thing that is wrong raises, with file, line, key and what was
expected. Nothing is skipped: a pin that cannot be read refuses the file.

The shape is published as a JSON Schema (`keypin.pins.schema`). Must not open files: text goes in
and comes out.
"""

import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, NoReturn, TypeVar, cast

from keypin.errors import InputError, PinSetError, Place
from keypin.pins.host import HostPattern
from keypin.pins.pin import Pin, PinPosition
from keypin.pins.pin_set import PinSet
from keypin.pins.policy import Mode, OnExpiry, Policy, PolicyPin, Role
from keypin.pins.toml_lines import Path, lines_of

# 10,000 policies of two pins take 2 MB; what is larger is no pin set that a person maintains.
MAX_PINS_TOML = 4 * 1024 * 1024

VERSION = 1

_TOP = ("version", "name", "policy")
_POLICY = (
    "host",
    "include_subdomains",
    "pins",
    "backup_pins",
    "retiring_pins",
    "also_pins",
    "denied_pins",
    "mode",
    "expires",
    "on_expiry",
    "report_to",
    "no_backup",
    "exempt",
    "comment",
)
_PIN = ("pin", "position", "comment")
_ROLES = {"pins": Role.ACTIVE, "backup_pins": Role.BACKUP, "retiring_pins": Role.RETIRING}

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Document:
    """A `pins.toml`: its text, and the pin set that it means."""

    text: str
    pin_set: PinSet


def loads(text: str, *, name: str | None = None) -> Document:
    """Read a `pins.toml`.

    Args:
        text: the file's text.
        name: the file's name, for errors and places.

    Raises:
        PinSetError: it is no TOML, too large, or breaks the schema or a rule of pin sets; says
            line, key and what was expected.
        PinError: a pin is malformed; says the same.
        HostError: a host is malformed; says the same.
    """
    if len(text) > MAX_PINS_TOML:
        raise PinSetError(
            f"{len(text)} characters",
            expected=f"{MAX_PINS_TOML} at most",
            place=Place(file=name),
        )
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(error, text, name) from error
    except RecursionError as error:
        raise PinSetError(
            "arrays are nested too deeply", expected="a pins.toml", place=Place(file=name)
        ) from error
    return Document(text, pin_set_of(values, lines=lines_of(text), name=name))


def pin_set_of(values: dict[str, Any], *, lines: dict[Path, int], name: str | None) -> PinSet:
    """Return the pin set of a document's values, whatever they were written in.

    Args:
        values: tables, arrays and scalars as `tomllib` gives them.
        lines: on which line each stands.
        name: the file's name.

    Raises:
        InputError: as `loads` does.
    """
    return _Reader(name, lines).pin_set(values)


def _syntax_error(error: tomllib.TOMLDecodeError, text: str, name: str | None) -> PinSetError:
    """Return tomllib's complaint with its place: it ends in `(at line 1, column 2)`."""
    message, _, where = str(error).rpartition(" (at ")
    numbers = [int(word) for word in where.rstrip(")").replace(",", "").split() if word.isdigit()]
    line = numbers[0] if numbers else text.count("\n") + 1
    return PinSetError(
        f"not valid TOML: {message or error}",
        expected="TOML 1.0",
        place=Place(file=name, line=line),
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Turns values into policies; knows where each stands."""

    name: str | None
    lines: dict[Path, int]

    def place(self, path: Path) -> Place:
        """Return the place of a value; the document itself has no line."""
        return Place(self.name, self.lines.get(path), _spell(path) or None)

    def fail(self, path: Path, seen: str, expected: str, next_step: str | None = None) -> NoReturn:
        raise PinSetError(seen, expected=expected, next_step=next_step, place=self.place(path))

    def placed(self, path: Path, build: Callable[[], Any]) -> Any:
        """Build a value; an error that has no line of this file yet gets the path's."""
        try:
            return build()
        except InputError as error:
            if error.place is not None and error.place.line is not None:
                raise
            raise error.at(self.place(path)) from error

    def pin_set(self, values: dict[str, Any]) -> PinSet:
        self.known((), values, _TOP)
        version = self.value((), values, "version", int, "the integer 1")
        if version != VERSION:
            self.fail(("version",), f"version {version!r}", "version = 1, the only one there is")
        name = self.value((), values, "name", str, "a string", required=False)
        tables = self.value((), values, "policy", list, "[[policy]] tables")
        policies = tuple(
            self.policy(("policy", index), table) for index, table in enumerate(tables)
        )
        return self.placed(("policy",), lambda: PinSet(policies, name))  # type: ignore[no-any-return]  # placed passes on what it builds

    def policy(self, path: Path, value: Any) -> Policy:
        table = self.table(path, value, "a [[policy]] table")
        self.known(path, table, _POLICY)
        pins = tuple(
            PolicyPin(pin, role, comment, place)
            for key, role in _ROLES.items()
            for pin, comment, place in self.pins(path, table, key)
        )
        optional = self.optional(path, table)
        return self.placed(  # type: ignore[no-any-return]  # as above
            path,
            lambda: Policy(
                host=self.host(path, table),
                pins=pins,
                also=tuple(
                    PolicyPin(pin, comment=comment, place=place)
                    for pin, comment, place in self.pins(path, table, "also_pins")
                ),
                denied=tuple(pin for pin, _, _ in self.pins(path, table, "denied_pins")),
                place=self.place(path),
                **optional,
            ),
        )

    def optional(self, path: Path, table: dict[str, Any]) -> dict[str, Any]:
        """Return the policy's settings that have defaults."""
        report_to = self.value(path, table, "report_to", list, "an array of URLs", required=False)
        addresses: list[Any] = report_to or []
        for index, address in enumerate(addresses):
            if not isinstance(address, str):
                self.fail((*path, "report_to", index), _kind(address), "a URL as a string")
        return {
            "mode": self.word(path, table, "mode", Mode.ENFORCE),
            "on_expiry": self.word(path, table, "on_expiry", OnExpiry.REPORT),
            "expires": self.moment(path, table),
            "report_to": tuple(addresses),
            **{
                key: self.value(path, table, key, str, "a string", required=False)
                for key in ("no_backup", "exempt", "comment")
            },
        }

    def host(self, path: Path, table: dict[str, Any]) -> HostPattern:
        text = self.value(path, table, "host", str, "a host pattern as a string")
        below = self.value(path, table, "include_subdomains", bool, "true or false", required=False)
        if below and text.startswith("*"):
            self.fail(
                (*path, "include_subdomains"),
                f"include_subdomains beside the pattern {text!r}",
                "one of both",
                "write the host without the wildcard",
            )
        spelled = f"**.{text}" if below else text
        return self.placed((*path, "host"), lambda: HostPattern.parse(spelled))  # type: ignore[no-any-return]  # as above

    def pins(
        self, path: Path, table: dict[str, Any], key: str
    ) -> Iterator[tuple[Pin, str | None, Place]]:
        required = key == "pins" and "exempt" not in table
        entries = self.value(path, table, key, list, "an array of pins", required=required)
        for index, entry in enumerate(entries or ()):
            where = (*path, key, index)
            pin, comment = self.pin(where, entry)
            yield pin, comment, self.place(where)

    def pin(self, path: Path, entry: Any) -> tuple[Pin, str | None]:
        expected = 'a pin as "sha256/..." or { pin = "sha256/..." }'
        table = {"pin": entry} if isinstance(entry, str) else self.table(path, entry, expected)
        self.known(path, table, _PIN)
        text = self.value(path, table, "pin", str, 'a pin as "sha256/..."')
        position = self.word(path, table, "position", PinPosition.ANY)
        comment = self.value(path, table, "comment", str, "a string", required=False)
        return self.placed(path, lambda: Pin.parse(text, position=position)), comment

    def word(self, path: Path, table: dict[str, Any], key: str, default: Word) -> Word:
        """Return one of a few words."""
        if key not in table:
            return default
        words = [word.value for word in type(default)]
        expected = "one of " + ", ".join(f'"{word}"' for word in words)
        text = self.value(path, table, key, str, expected)
        if text not in words:
            self.fail((*path, key), f"{text!r}", expected, _did_you_mean(text, words))
        return type(default)(text)

    def moment(self, path: Path, table: dict[str, Any]) -> datetime | None:
        """Return the expiry. A date is its midnight in UTC; a time must say its offset."""
        expected = "a date as 2027-06-01 (midnight UTC), or 2027-06-01T08:00:00Z"
        value = self.value(path, table, "expires", date, expected, required=False)
        if value is None:
            return None
        if not isinstance(value, datetime):
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
        if value.tzinfo is None:
            self.fail((*path, "expires"), f"{value.isoformat()} without an offset", expected)
        return value.astimezone(UTC)

    def table(self, path: Path, value: Any, expected: str) -> dict[str, Any]:
        """Return a value that must be a table, whose keys TOML makes strings."""
        if not isinstance(value, dict):
            self.fail(path, _kind(value), expected)
        return cast("dict[str, Any]", value)

    def known(self, path: Path, table: dict[str, Any], keys: tuple[str, ...]) -> None:
        for key in table:
            if key not in keys:
                self.fail(
                    (*path, key),
                    f"the unknown key {key!r}",
                    "one of " + ", ".join(keys),
                    _did_you_mean(key, keys),
                )

    def value(
        self,
        path: Path,
        table: dict[str, Any],
        key: str,
        kind: type,
        expected: str,
        *,
        required: bool = True,
    ) -> Any:
        """Return a value of the right kind; TOML's booleans are no integers here."""
        if key not in table:
            if not required:
                return None
            self.fail(path, f"{key} is missing", expected, f"add {key}")
        value = table[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.fail((*path, key), _kind(value), expected)
        return value


def _did_you_mean(text: str, words: Sequence[str]) -> str | None:
    close = get_close_matches(text, words, n=1)
    return f"did you mean {close[0]!r}?" if close else None


_KINDS: dict[type, str] = {
    bool: "a boolean",
    str: "a string",
    int: "an integer",
    float: "a float",
    list: "an array",
    dict: "a table",
    datetime: "a date-time",
    date: "a date",
}


def _kind(value: object) -> str:
    return _KINDS.get(type(value), f"a {type(value).__name__}")


def _spell(path: Path) -> str:
    """Return a path as `policy[0].pins[1]`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")
