"""JSON with lines, and with the comments that browsers' pin lists have.

The standard library reads the values; a walk over the same text says on which line each stands, so
that an error or a finding can name it. Keys that stand twice are refused: which of them holds
differs between readers, and that is how a reviewed file comes to mean something else.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn, cast

from keypin.errors import FormatError, Place

Path = tuple[str | int, ...]

_COMMENT = re.compile(r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/')
_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+|\n')

# Deeper than any list of pins; far below what the standard library's reader stands.
MAX_DEPTH = 32


@dataclass(frozen=True, slots=True)
class Json:
    """A document: its value, and on which line each value in it stands."""

    value: Any
    lines: dict[Path, int]
    name: str | None

    def place(self, *path: str | int) -> Place:
        """Return the place of a value."""
        return Place(self.name, self.lines.get(path))

    def fail(self, path: Path, seen: str, expected: str) -> NoReturn:
        """Refuse the document because of a value."""
        raise FormatError(seen, expected=expected, place=self.place(*path))

    def table(self, value: Any, path: Path, what: str) -> dict[str, Any]:  # noqa: ANN401 - it is looked at
        """Return a value that must be an object."""
        if not isinstance(value, dict):
            self.fail(path, f"{kind_of(value)} for {what}", "an object")
        return cast("dict[str, Any]", value)

    def array(self, outer: dict[str, Any], key: str, path: Path) -> list[Any]:
        """Return an object's array; empty where it is missing."""
        value = outer.get(key, [])
        if not isinstance(value, list):
            self.fail((*path, key), f"{kind_of(value)} for {key!r}", "an array")
        return cast("list[object]", value)

    def text(self, outer: dict[str, Any], key: str, path: Path) -> str:
        """Return an object's string, which must be there."""
        value = outer.get(key)
        if not isinstance(value, str):
            seen = f"{kind_of(value)} for {key!r}" if key in outer else f"{key!r} is missing"
            self.fail((*path, key) if key in outer else path, seen, "a string")
        return value

    def flag(self, outer: dict[str, Any], key: str, path: Path) -> bool:
        """Return an object's boolean; false where it is missing."""
        value = outer.get(key, False)
        if not isinstance(value, bool):
            self.fail((*path, key), f"{kind_of(value)} for {key!r}", "true or false")
        return value


def loads(text: str, name: str | None, *, what: str, comments: bool = False) -> Json:
    """Read a document.

    Args:
        text: the document.
        name: the file's name.
        what: what it should be, for errors.
        comments: whether `//` and `/* */` are comments; they are no JSON.

    Raises:
        FormatError: it is no JSON, nested too deeply, or has a key twice; says where.
    """
    if comments:
        text = without_comments(text)
    try:
        value = json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise FormatError(
            f"not valid JSON: {error.msg}", expected=what, place=Place(name, error.lineno)
        ) from error
    except _TwiceError as error:
        raise FormatError(
            f"the key {str(error)!r} stands twice", expected="each key once", place=Place(name)
        ) from error
    except RecursionError as error:
        raise FormatError("values nested too deeply", expected=what, place=Place(name)) from error
    except ValueError as error:  # too long for Python
        raise FormatError("a number of many digits", expected=what, place=Place(name)) from error
    return Json(value, dict(_lines(text, name)), name)


def without_comments(text: str) -> str:
    """Return a text without its comments, the lines kept; what looks like one in a string stays."""
    return _COMMENT.sub(lambda found: found[1] or "\n" * found[0].count("\n"), text)


class _TwiceError(ValueError):
    """A key stands twice in an object."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _TwiceError(next(key for key in keys if keys.count(key) > 1))
    return value


def _lines(text: str, name: str | None) -> Iterator[tuple[Path, int]]:
    """Yield each value's path and line; the text is valid JSON."""
    line = 1
    path: list[str | int] = []  # the last part is the key or the index of what comes next
    arrays: list[bool] = []
    awaits_key = False
    for found in _TOKEN.finditer(text):
        piece = found[0]
        if piece == "\n":
            line += 1
        elif piece in "}]":
            path.pop()
            arrays.pop()
            awaits_key = False
        elif piece == ",":
            if arrays[-1]:
                path[-1] = int(path[-1]) + 1
            awaits_key = not arrays[-1]
        elif piece == ":":
            awaits_key = False
        elif awaits_key:
            path[-1] = json.loads(piece)
        else:
            yield tuple(path), line
            if piece in "{[":
                if len(arrays) == MAX_DEPTH:
                    raise FormatError(
                        "values nested too deeply",
                        expected=f"{MAX_DEPTH} levels at most",
                        place=Place(name, line),
                    )
                arrays.append(piece == "[")
                path.append(0)
                awaits_key = piece == "{"


_KINDS: dict[type, str] = {
    bool: "a boolean", str: "a string", int: "a number", float: "a number", list: "an array",
    dict: "an object", type(None): "null",
}  # fmt: skip


def kind_of(value: object) -> str:
    """Return what kind of value it is, for a person."""
    return _KINDS[type(value)]
