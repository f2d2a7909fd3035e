"""On which line each value of a TOML document stands.

`tomllib` decides what is TOML and gives values without positions; this walk over the same text
gives the positions, so that an error or a finding can name a line. It is only for text that
`tomllib` has accepted, which is why it checks nothing.

Follows TOML 1.0. Knows nothing of pins.
"""

import re
import tomllib

Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r"""[ \t]*+(?:\#[^\n]*)?(?:
    (?P<newline>\r?\n)
    | (?P<string>
        \"\"\"(?:[^"\\]++|\\.|"(?!""))*+"{3,5}
        | '''(?:[^']++|'(?!''))*+'{3,5}
        | "(?:[^"\\\n]++|\\.)*+" | '[^'\n]*+'
      )
    | (?P<mark>[][{},=.])
    | (?P<bare>[^][{},=.\s\#"']+)
    | (?P<end>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)


def lines_of(text: str) -> dict[Path, int]:
    """Return the line, from 1, of every table, array element and value of a valid document.

    Args:
        text: what `tomllib.loads` accepts.

    Returns:
        From path to line: `("policy", 0)` is the line of the first `[[policy]]`, and
        `("policy", 0, "pins", 1)` that of its second pin.
    """
    return _Walk(_Tokens(text)).document()


class _Tokens:
    """The tokens of a document in three columns: an object for each would cost more."""

    def __init__(self, text: str) -> None:
        self.kinds: list[str] = []
        self.texts: list[str] = []
        self.lines: list[int] = []
        line = 1
        for found in _TOKEN.finditer(text):
            kind = found.lastgroup or "end"
            piece = found[kind]
            self.kinds.append(kind)
            self.texts.append(piece)
            self.lines.append(line)
            if kind in ("newline", "string"):
                line += piece.count("\n")


class _Walk:
    """The walk over the tokens, which notes the line of each value."""

    def __init__(self, tokens: _Tokens) -> None:
        self.kinds, self.texts, self.at = tokens.kinds, tokens.texts, tokens.lines
        self.index = 0
        self.lines: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}

    def document(self) -> dict[Path, int]:
        table: Path = ()
        while self.kinds[self.index] != "end":
            if self.kinds[self.index] == "newline":
                self.index += 1
            elif self.texts[self.index] == "[":
                table = self.header()
            else:
                self.pair(table)
        return self.lines

    def header(self) -> Path:
        line = self.at[self.index]
        depth = 2 if self.texts[self.index + 1] == "[" else 1
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
        while self.texts[self.index] not in ("=", "]"):
            if self.texts[self.index] != ".":
                parts.append(_unquote(self.kinds[self.index], self.texts[self.index]))
            self.index += 1
        return tuple(parts)

    def pair(self, table: Path) -> None:
        line = self.at[self.index]
        key = self.key()
        self.index += 1
        path = (*table, *key)
        for end in range(len(table) + 1, len(path) + 1):
            self.lines.setdefault(path[:end], line)
        self.value(path)

    def value(self, path: Path) -> None:
        if self.texts[self.index] == "[":
            self.array(path)
        elif self.texts[self.index] == "{":
            self.inline_table(path)
        else:
            # A scalar: one string, or bare tokens and dots up to what ends a value.
            while self.kinds[self.index] in ("string", "bare") or self.texts[self.index] == ".":
                self.index += 1

    def array(self, path: Path) -> None:
        self.index += 1
        element = 0
        while self.texts[self.index] != "]":
            if self.kinds[self.index] == "newline" or self.texts[self.index] == ",":
                self.index += 1
                continue
            self.lines[(*path, element)] = self.at[self.index]
            self.value((*path, element))
            element += 1
        self.index += 1

    def inline_table(self, path: Path) -> None:
        self.index += 1
        while self.texts[self.index] != "}":
            if self.kinds[self.index] == "newline" or self.texts[self.index] == ",":
                self.index += 1
            else:
                self.pair(path)
        self.index += 1


def _unquote(kind: str, text: str) -> str:
    if kind != "string":
        return text
    return str(tomllib.loads(f"value = {text}")["value"])
