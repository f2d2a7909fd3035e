"""On which line each value of a TOML document stands.

`tomllib` decides what is TOML and gives values without positions; this walk over the same text
gives the positions, so that an error or a finding can name a line. It is only for text that
`tomllib` has accepted, which is why it checks nothing.

Follows TOML 1.0. Knows nothing of pins.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r"""
    (?P<blank>[ \t]+|\#[^\n]*)
    | (?P<newline>\r?\n)
    | (?P<string>
        \"\"\"(?:\\.|[^\\])*?\"{3,5}(?!\")
        | '''(?:.|\n)*?'{3,5}(?!')
        | "(?:\\.|[^"\\\n])*" | '[^'\n]*'
      )
    | (?P<mark>[][{},=.])
    | (?P<bare>[^][{},=.\s\#"']+)
    """,
    re.VERBOSE | re.DOTALL,
)


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


def lines_of(text: str) -> dict[Path, int]:
    """Return the line, from 1, of every table, array element and value of a valid document.

    Args:
        text: what `tomllib.loads` accepts.

    Returns:
        From path to line: `("policy", 0)` is the line of the first `[[policy]]`, and
        `("policy", 0, "pins", 1)` that of its second pin.
    """
    return _Walk(list(_tokens(text))).document()


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or ""
        if kind != "blank":
            yield _Token(kind, found[0], line)
        if kind in ("newline", "string"):
            line += found[0].count("\n")
    yield _Token("end", "", line)


@dataclass
class _Walk:
    tokens: list[_Token]

    def __post_init__(self) -> None:
        self.index = 0
        self.lines: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}

    @property
    def token(self) -> _Token:
        return self.tokens[self.index]

    def document(self) -> dict[Path, int]:
        table: Path = ()
        while self.token.kind != "end":
            if self.token.kind == "newline":
                self.index += 1
            elif self.token.text == "[":
                table = self.header()
            else:
                self.pair(table)
        return self.lines

    def header(self) -> Path:
        line = self.token.line
        depth = 2 if self.tokens[self.index + 1].text == "[" else 1
        self.index += depth
        path = self.inside(self.key(), line)
        self.index += depth
        if depth == 2:  # noqa: PLR2004 - [[ begins the next element of an array of tables
            self.counts[path] = self.counts.get(path, -1) + 1
            path = (*path, self.counts[path])
        self.lines.setdefault(path, line)
        return path

    def inside(self, key: Path, line: int) -> Path:
        """Return the path of a header's key: in the last element of each array of tables."""
        path: Path = ()
        for index, part in enumerate(key):
            path = (*path, part)
            self.lines.setdefault(path, line)
            if index < len(key) - 1 and path in self.counts:
                path = (*path, self.counts[path])
        return path

    def key(self) -> Path:
        """Read a dotted key. A bare key of digits and dots, as `1.2`, is two keys in TOML too."""
        parts: list[str] = []
        while self.token.text not in ("=", "]"):
            if self.token.text != ".":
                parts.append(_unquote(self.token))
            self.index += 1
        return tuple(parts)

    def pair(self, table: Path) -> None:
        line = self.token.line
        key = self.key()
        self.index += 1
        path = (*table, *key)
        for end in range(len(table) + 1, len(path) + 1):
            self.lines.setdefault(path[:end], line)
        self.value(path)

    def value(self, path: Path) -> None:
        if self.token.text == "[":
            self.array(path)
        elif self.token.text == "{":
            self.inline_table(path)
        else:
            # A scalar: one string, or bare tokens and dots up to what ends a value.
            while self.token.kind in ("string", "bare") or self.token.text == ".":
                self.index += 1

    def array(self, path: Path) -> None:
        self.index += 1
        element = 0
        while self.token.text != "]":
            if self.token.kind == "newline" or self.token.text == ",":
                self.index += 1
                continue
            self.lines[(*path, element)] = self.token.line
            self.value((*path, element))
            element += 1
        self.index += 1

    def inline_table(self, path: Path) -> None:
        self.index += 1
        while self.token.text != "}":
            if self.token.kind == "newline" or self.token.text == ",":
                self.index += 1
            else:
                self.pair(path)
        self.index += 1


def _unquote(token: _Token) -> str:
    if token.kind != "string":
        return token.text
    return str(tomllib.loads(f"value = {token.text}")["value"])
