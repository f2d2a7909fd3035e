"""A table of TOML, its values looked at one by one: what is wrong is said with its key.

The table comes as `tomllib` or a JSON reader gives it, so anything may stand in it. Where the table
stands in a file is known to whoever read the file: errors name the key below it alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from difflib import get_close_matches
from enum import StrEnum
from typing import NoReturn, TypeVar, cast

from keypin.alerts.duration import parse
from keypin.errors import InputError, Place

Word = TypeVar("Word", bound=StrEnum)

# A rule that names more than that was written by a program, and should be several.
MAX_ITEMS = 1_000
MAX_TEXT = 300


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        values: its keys and values.
        path: its own key in the table above, as `when`; empty for the whole.
    """

    values: Mapping[str, object]
    path: str = ""

    @classmethod
    def of(cls, value: object, path: str, expected: str) -> "Table":
        """Return a value that must be a table, whose keys are texts in TOML and JSON alike."""
        if not isinstance(value, Mapping):
            _refuse(path, kind_of(value), expected)
        return cls(cast("Mapping[str, object]", value), path)

    def known(self, keys: Iterable[str]) -> None:
        """Refuse a key that is not one of these."""
        names = tuple(keys)
        for key in self.values:
            if key not in names:
                expected = "one of " + ", ".join(names)
                _refuse(self.key(key), f"the unknown key {key!r}", expected, meant(key, names))

    def key(self, name: str) -> str:
        """Return the path of a key."""
        return f"{self.path}.{name}" if self.path else name

    def text(self, name: str, expected: str) -> str:
        """Return a text that must be there."""
        if name not in self.values:
            _refuse(self.path, f"{name} is missing", expected, f"add {name}")
        return self.text_at(self.key(name), self.values[name], expected)

    def text_at(self, path: str, value: object, expected: str) -> str:
        """Return a value that must be a text."""
        if not isinstance(value, str):
            _refuse(path, kind_of(value), expected)
        if not value or len(value) > MAX_TEXT:
            _refuse(path, f"{len(value)} characters", f"1 to {MAX_TEXT}")
        return value

    def texts(self, name: str, expected: str) -> tuple[str, ...]:
        """Return texts; none where the key is missing."""
        return tuple(
            self.text_at(path, value, "a string") for path, value in self.items(name, expected)
        )

    def items(self, name: str, expected: str) -> list[tuple[str, object]]:
        """Return the items of an array, each with its path; none where the key is missing."""
        value = self.values.get(name, [])
        if not isinstance(value, list | tuple):
            _refuse(self.key(name), kind_of(value), expected)
        found = cast("Sequence[object]", value)
        if len(found) > MAX_ITEMS:
            _refuse(self.key(name), f"{len(found)} items", f"{MAX_ITEMS} at most")
        return [(f"{self.key(name)}[{index}]", item) for index, item in enumerate(found)]

    def word(self, name: str, kind: type[Word], default: Word) -> Word:
        """Return one of a few words."""
        if name not in self.values:
            return default
        words = [str(one) for one in kind]
        expected = "one of " + ", ".join(f'"{one}"' for one in words)
        text = self.text(name, expected)
        if text not in words:
            _refuse(self.key(name), f"{text!r}", expected, meant(text, words))
        return kind(text)

    def flag(self, name: str) -> bool:
        """Return true or false; false where the key is missing."""
        value = self.values.get(name, False)
        if not isinstance(value, bool):
            _refuse(self.key(name), kind_of(value), "true or false")
        return value

    def length(self, name: str, default: timedelta) -> timedelta:
        """Return a length of time."""
        if name not in self.values:
            return default
        text = self.text(name, "a time as 90s, 5m, 4h, 1d or 1h30m")
        try:
            return parse(text)
        except InputError as error:
            raise error.at(Place(key=self.key(name))) from error

    def maybe_length(self, name: str) -> timedelta | None:
        """Return a length of time, or None where the key is missing."""
        return self.length(name, timedelta()) if name in self.values else None

    def clock(self, name: str, default: time) -> time:
        """Return a time of day, as `"08:00"`; TOML has a kind of value for that as well."""
        value = self.values.get(name, default)
        try:
            found = time.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            found = None
        if not isinstance(found, time) or found.tzinfo is not None:
            _refuse(self.key(name), f"{str(value)[:40]!r}", 'a time of day as "08:00"')
        return found


def _refuse(path: str, seen: str, expected: str, next_step: str | None = None) -> NoReturn:
    raise InputError(seen, expected=expected, next_step=next_step, place=Place(key=path or None))


def meant(text: str, words: Sequence[str]) -> str | None:
    """Return a question after the word that was meant, if one is near."""
    close = get_close_matches(text, words, n=1)
    return f"did you mean {close[0]!r}?" if close else None


_KINDS = ((bool, "a boolean"), (str, "a string"), (int, "an integer"), (float, "a float"))


def kind_of(value: object) -> str:
    """Return what a value is, in TOML's words."""
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list | tuple):
        return "an array"
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "a date or time")
