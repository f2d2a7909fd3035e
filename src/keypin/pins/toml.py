"""`pins.toml`: the source form of a pin set, read with places and written canonically.

`keypin.pins.toml_table` reads the values with their lines, and `_Reader` turns them into policies;
the first thing that is wrong raises, with file, line, key and what was
expected. Nothing is skipped: a pin that cannot be read refuses the file.

The shape is published as a JSON Schema (`keypin.pins.schema`). Must not open files: text goes in
and comes out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from keypin.errors import Place
from keypin.pins.host import HostPattern
from keypin.pins.pin import Pin, PinPosition
from keypin.pins.pin_set import PinSet
from keypin.pins.policy import Mode, OnExpiry, Policy, PolicyPin, Role
from keypin.pins.toml_lines import Path
from keypin.pins.toml_table import Tables, parse

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
    values, lines = parse(text, name=name, limit=MAX_PINS_TOML, what="a pins.toml")
    return Document(text, pin_set_of(values, lines=lines, name=name))


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


def policies_of(
    tables: list[Any], *, path: Path, lines: dict[Path, int], name: str | None
) -> tuple[Policy, ...]:
    """Return the policies of an array of tables that stands in another document.

    Args:
        tables: the array's elements as `tomllib` gives them.
        path: where the array stands.
        lines: on which line each value of the document stands.
        name: the file's name.

    Raises:
        InputError: as `loads` does.
    """
    return _Reader(name, lines).policies(path, tables)


class _Reader(Tables):
    """Turns values into policies."""

    __slots__ = ()

    def pin_set(self, values: dict[str, Any]) -> PinSet:
        self.known((), values, _TOP)
        version = self.value((), values, "version", int, "the integer 1")
        if version != VERSION:
            self.fail(("version",), f"version {version!r}", "version = 1, the only one there is")
        name = self.value((), values, "name", str, "a string", required=False)
        tables = self.value((), values, "policy", list, "[[policy]] tables")
        policies = self.policies(("policy",), tables)
        return self.placed(("policy",), lambda: PinSet(policies, name))

    def policies(self, path: Path, tables: list[Any]) -> tuple[Policy, ...]:
        return tuple(self.policy((*path, index), table) for index, table in enumerate(tables))

    def policy(self, path: Path, value: Any) -> Policy:
        table = self.table(path, value, "a [[policy]] table")
        self.known(path, table, _POLICY)
        pins = tuple(
            PolicyPin(pin, role, comment, place)
            for key, role in _ROLES.items()
            for pin, comment, place in self.pins(path, table, key)
        )
        optional = self.optional(path, table)
        return self.placed(
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
        return {
            "mode": self.word(path, table, "mode", Mode.ENFORCE),
            "on_expiry": self.word(path, table, "on_expiry", OnExpiry.REPORT),
            "expires": self.moment(path, table, "expires"),
            "report_to": self.texts(
                path, table, "report_to", "an array of URLs", "a URL as a string"
            ),
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
        return self.placed((*path, "host"), lambda: HostPattern.parse(spelled))

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
