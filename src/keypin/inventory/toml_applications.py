"""The applications of a `keypin.toml`, with their releases and the pins that these carry."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeVar

from keypin.errors import InputError, Place
from keypin.inventory.entries import MAX_RELEASES, Application, PinFile, Platform, ReleaseEntry
from keypin.pins import PinSet
from keypin.pins.toml import policies_of
from keypin.pins.toml_lines import Path
from keypin.pins.toml_table import Tables, kind_of

MEASURED = "measured"

_APPLICATION = ("name", "title", "platform", "owner", "tags", "expected_issuers", "release")
_RELEASE = ("version", "released", "share", "pins", "form", "host", "policy")

Built = TypeVar("Built")


def _parts(key: str) -> tuple[str | int, ...]:
    """Return a key as `when.ids[1]` in its parts."""
    parts = re.findall(r"[^.\[\]]+", key)
    return tuple(int(part) if part.isdecimal() else part for part in parts)


class ApplicationReader(Tables):
    """Turns tables into applications."""

    __slots__ = ()

    def entry(self, path: Path, build: Callable[[], Built]) -> Built:
        """Build an entry; an error that says its key gets the key's line, others the table's."""
        try:
            return build()
        except InputError as error:
            place = error.place or Place()
            if place.line is not None:
                raise
            where = known = (*path, *_parts(place.key or ""))
            while known not in self.lines and len(known) > len(path):
                known = known[:-1]
            raise error.at(replace(self.place(where), line=self.lines.get(known))) from error

    def tables(
        self, path: Path, table: dict[str, Any], key: str, limit: int
    ) -> list[dict[str, Any]]:
        """Return an array of tables, empty where it is left out."""
        expected = f"[[{key}]] tables"
        found: list[Any] = self.value(path, table, key, list, expected, required=False) or []
        if len(found) > limit:
            self.fail((*path, key), f"{len(found)} of {key}", f"{limit} at most")
        return [
            self.table((*path, key, i), one, f"a [[{key}]] table") for i, one in enumerate(found)
        ]

    def tags(self, path: Path, table: dict[str, Any]) -> tuple[str, ...]:
        """Return the tags of an entry."""
        return self.texts(path, table, "tags", "an array of tags", "a tag as a string")

    def issuers(self, path: Path, table: dict[str, Any]) -> tuple[str, ...]:
        """Return who may issue."""
        return self.texts(path, table, "expected_issuers", "an array of CAs", "a CA's name")

    def application(self, path: Path, table: dict[str, Any]) -> Application:
        """Return an application."""
        self.known(path, table, _APPLICATION)
        name = self.value(path, table, "name", str, "a name as shop-ios")
        title = self.value(path, table, "title", str, "a string", required=False)
        platform = self.word(path, table, "platform", Platform.OTHER)
        owner = self.value(path, table, "owner", str, "the name of an owner", required=False)
        tags, issuers = self.tags(path, table), self.issuers(path, table)
        releases = tuple(
            self.release((*path, "release", index), one)
            for index, one in enumerate(self.tables(path, table, "release", MAX_RELEASES))
        )
        return self.entry(
            path,
            lambda: Application(
                name=name,
                title=title,
                platform=platform,
                owner=owner,
                tags=tags,
                expected_issuers=issuers,
                releases=releases,
                place=self.place(path),
            ),
        )

    def release(self, path: Path, table: dict[str, Any]) -> ReleaseEntry:
        """Return a release."""
        self.known(path, table, _RELEASE)
        version = self.value(path, table, "version", str, "a string as 3.2")
        released, share = self.day(path, table), self.share(path, table)
        file, pin_set = self.file(path, table), self.pin_set(path, table)
        if file is not None and pin_set is not None:
            self.fail((*path, "pins"), "pins beside policies", "one of both")
        return self.entry(
            path,
            lambda: ReleaseEntry(
                version=version,
                released=released,
                share=share,
                pin_set=pin_set,
                file=file,
                place=self.place(path),
            ),
        )

    def day(self, path: Path, table: dict[str, Any]) -> date | None:
        """Return the day of a release."""
        expected = "a date as 2026-05-01"
        day = self.value(path, table, "released", date, expected, required=False)
        if isinstance(day, datetime):
            self.fail((*path, "released"), kind_of(day), expected)
        return day  # type: ignore[no-any-return]  # value gives what it was asked for

    def share(self, path: Path, table: dict[str, Any]) -> float | None:
        """Return a share of users that somebody wrote down, or None where it is measured."""
        value = table.get("share", MEASURED)
        if value == MEASURED:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            seen = repr(value) if isinstance(value, str) else kind_of(value)
            self.fail((*path, "share"), seen, f'a number from 0 to 1, or "{MEASURED}"')
        try:
            return float(value)
        except OverflowError:
            self.fail((*path, "share"), "a number of many digits", "a number from 0 to 1")

    def file(self, path: Path, table: dict[str, Any]) -> PinFile | None:
        """Return where the pins stand, if it is a file."""
        form, host = (
            self.value(path, table, key, str, expected, required=False)
            for key, expected in (("form", "a form as okhttp-kotlin"), ("host", "a host pattern"))
        )
        where = self.value(path, table, "pins", str, "the path of a file", required=False)
        if where is not None:
            return self.entry(path, lambda: PinFile(path=where, form=form, host=host))
        for key in ("form", "host"):
            if key in table:
                self.fail((*path, key), f"{key} without a file", 'pins = "file" beside it')
        return None

    def pin_set(self, path: Path, table: dict[str, Any]) -> PinSet | None:
        """Return the pins, if they stand here."""
        tables = self.value(path, table, "policy", list, "[[policy]] tables", required=False)
        if tables is None:
            return None
        where = (*path, "policy")
        policies = policies_of(tables, path=where, lines=self.lines, name=self.name)
        return self.placed(where, lambda: PinSet(policies))
