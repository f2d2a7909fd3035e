"""The tables of a TOML document, read strictly and with places: the machinery of our own files.

`tomllib` reads the values, `keypin.pins.toml_lines` says on which line they stand, and `Tables`
asks for them one by one; the first thing that is wrong raises, with file, line, key and what was
expected.

Knows neither pins nor what any key means: `keypin.pins.toml` reads pin sets with it, and
`keypin.inventory.toml` inventories.
"""

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, NoReturn, TypeVar, cast

from keypin.errors import InputError, PinSetError, Place
from keypin.pins.toml_lines import Path, lines_of

# A dotted key costs its reader the square of its parts. No table of ours is nested that deep, and
# no host that anybody watches has as many labels.
MAX_DOTTED = 40
_DOTTED = re.compile(
    r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+)"""
    f"{{{MAX_DOTTED}}}",
    re.ASCII,
)

# Strings and comments, of which no length makes a value more.
_TEXT = re.compile(
    r"""\"{3}(?:[^"\\]++|\\.|"(?!""))*+"{3,5}|'{3}(?:[^']++|'(?!''))*+'{3,5}"""
    r"""|"(?:[^"\\\n]++|\\.)*+"|'[^'\n]*+'|\#[^\n]*+""",
    re.DOTALL,
)

Word = TypeVar("Word", bound=StrEnum)
Built = TypeVar("Built")


@dataclass(frozen=True, slots=True)
class Tables:
    """Asks for values by their path, and knows where each stands.

    Attributes:
        name: the file's name, for errors and places.
        lines: on which line each value stands.
        error: what is raised where a value is not as it should be.
    """

    name: str | None
    lines: dict[Path, int]
    error: type[InputError] = PinSetError

    def place(self, path: Path) -> Place:
        """Return the place of a value; the document itself has no line."""
        return Place(self.name, self.lines.get(path), _spell(path) or None)

    def fail(self, path: Path, seen: str, expected: str, next_step: str | None = None) -> NoReturn:
        """Raise the error of a value."""
        raise self.error(seen, expected=expected, next_step=next_step, place=self.place(path))

    def placed(self, path: Path, build: Callable[[], Built]) -> Built:
        """Build a value; an error that has no line of this file yet gets the path's."""
        try:
            return build()
        except InputError as error:
            if error.place is not None and error.place.line is not None:
                raise
            raise error.at(self.place(path)) from error

    def word(self, path: Path, table: dict[str, Any], key: str, default: Word) -> Word:
        """Return one of a few words."""
        if key not in table:
            return default
        words = [word.value for word in type(default)]
        expected = "one of " + ", ".join(f'"{word}"' for word in words)
        text = self.value(path, table, key, str, expected)
        if text not in words:
            self.fail((*path, key), f"{text!r}", expected, did_you_mean(text, words))
        return type(default)(text)

    def moment(self, path: Path, table: dict[str, Any], key: str) -> datetime | None:
        """Return a moment. A date is its midnight in UTC; a time must say its offset."""
        expected = "a date as 2027-06-01 (midnight UTC), or 2027-06-01T08:00:00Z"
        value = self.value(path, table, key, date, expected, required=False)
        if value is None:
            return None
        if not isinstance(value, datetime):
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
        if value.tzinfo is None:
            self.fail((*path, key), f"{value.isoformat()} without an offset", expected)
        try:
            return value.astimezone(UTC)
        except OverflowError:  # in UTC it is before the year 1, or after 9999
            self.fail((*path, key), value.isoformat(), expected)

    def table(self, path: Path, value: Any, expected: str) -> dict[str, Any]:
        """Return a value that must be a table, whose keys TOML makes strings."""
        if not isinstance(value, dict):
            self.fail(path, kind_of(value), expected)
        return cast("dict[str, Any]", value)

    def texts(
        self, path: Path, table: dict[str, Any], key: str, expected: str, each: str
    ) -> tuple[str, ...]:
        """Return an array of strings, empty where it is left out.

        Args:
            path: where the table stands.
            table: the table.
            key: the array's key.
            expected: what the array is, for an error.
            each: what one of its elements is, for an error.
        """
        found: list[Any] = self.value(path, table, key, list, expected, required=False) or []
        for index, text in enumerate(found):
            if not isinstance(text, str):
                self.fail((*path, key, index), kind_of(text), each)
        return tuple(found)

    def known(self, path: Path, table: dict[str, Any], keys: tuple[str, ...]) -> None:
        """Refuse a key that is none of those that are known."""
        for key in table:
            if key not in keys:
                self.fail(
                    (*path, key),
                    f"the unknown key {key!r}",
                    "one of " + ", ".join(keys),
                    did_you_mean(key, keys),
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
            self.fail((*path, key), kind_of(value), expected)
        return value


def parse(
    text: str,
    *,
    name: str | None,
    limit: int,
    what: str,
    error: type[InputError] = PinSetError,
    values: int | None = None,
) -> tuple[dict[str, Any], dict[Path, int]]:
    """Read a TOML document.

    Args:
        text: the file's text.
        name: the file's name, for errors.
        limit: how many characters it may have.
        what: what the file should be, for errors, as `a pins.toml`.
        error: what is raised.
        values: how many marks it may have that make values, a bracket counting twice, a line a
            quarter: what a value takes to read has nothing to do with its length.

    Returns:
        Its values, and the line of each.

    Raises:
        InputError: it is no TOML, or too large; of the kind that was asked for.
    """
    place = Place(file=name)
    if len(text) > limit:
        raise error(f"{len(text)} characters", expected=f"{limit} at most", place=place)
    if (deep := _DOTTED.search(text)) is not None:
        line = text.count("\n", 0, deep.start()) + 1
        seen = f"a name of more than {MAX_DOTTED} parts"
        raise error(seen, expected=what, place=Place(file=name, line=line))
    if values is not None and (count := _marks(text, values)) > values:
        seen = f"{count} values, keys and tables"
        raise error(seen, expected=f"{values} at most", place=place)
    try:
        read = tomllib.loads(text)
    except RecursionError as problem:
        seen = "arrays are nested too deeply"
        raise error(seen, expected=what, place=place) from problem
    except ValueError as problem:  # an integer too long for Python is no TOMLDecodeError
        raise _syntax_error(problem, text, name, error) from problem
    return read, lines_of(text)


def _marks(text: str, enough: int) -> int:
    """Return how many marks of a text make values; not exactly where they cannot be too many."""
    if len(text) <= enough // 2:
        return 0
    rest = _TEXT.sub("", text)
    marks = sum(rest.count(mark) for mark in "=,.{")
    return marks + 2 * rest.count("[") + rest.count("\n") // 4


def _syntax_error(
    problem: ValueError, text: str, name: str | None, error: type[InputError]
) -> InputError:
    """Return tomllib's complaint with its place: it ends in `(at line 1, column 2)`."""
    message, _, where = str(problem).rpartition(" (at ")
    numbers = [int(word) for word in where.rstrip(")").replace(",", "").split() if word.isdigit()]
    line = numbers[0] if message and numbers else text.count("\n") + 1
    return error(
        f"not valid TOML: {message or problem}",
        expected="TOML 1.0",
        place=Place(file=name, line=line),
    )


def did_you_mean(text: str, words: Sequence[str]) -> str | None:
    """Return the question whether the nearest of some words was meant, or None."""
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


def kind_of(value: object) -> str:
    """Return what a value is, in TOML's words."""
    return _KINDS.get(type(value), f"a {type(value).__name__}")


def _spell(path: Path) -> str:
    """Return a path as `policy[0].pins[1]`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")
