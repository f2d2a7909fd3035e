"""A tolerant reader of source code: tokens of the languages that people write pins in.

Kotlin, Java, Groovy, Swift, Objective-C, Dart, JavaScript, TypeScript, Go, Rust and C# agree on
strings, comments and brackets, and that is all a reader of pins needs. It never fails: what it does
not know is a mark of one character. It never runs anything.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a token is."""

    STRING = "string"
    COMMENT = "comment"
    WORD = "word"
    NUMBER = "number"
    MARK = "mark"


class Token(NamedTuple):
    """A token: of a string its value, of a comment its text without the marks around it."""

    kind: Kind
    text: str
    line: int


# Linear in the text's length: what does not close is read to the end, or tried once for a line,
# since a quote behind a backslash opens nothing.
_TOKEN = re.compile(
    r"""[^\S\n]*+(?:
    (?P<comment>//[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/|\Z))
    | (?P<string>
        [rR]?\#{0,8}\"\"\"(?:[^"\\]|\\.|\"(?!\"\"))*\"\"\"\#{0,8}
        | r\#{1,8}"(?:[^"]|"(?!\#))*(?:"\#{1,8}|\Z)
        | [rR@]?"(?:[^"\\\n]|\\.)*"
        | [rR]?'''(?:[^'\\]|\\.|'(?!''))*'''
        | [rR]?'(?:[^'\\\n]|\\.)*'
        | `[^`]*`
      )
    | (?P<word>[A-Za-z_$][A-Za-z0-9_$]*)
    | (?P<number>[0-9][0-9A-Za-z_.]*)
    | (?P<newline>\n)
    | (?P<mark>\\[^\n]|.)
    | (?P<end>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u\{?([0-9A-Fa-f]{1,6})\}?|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
_LAST_CODE_POINT = 0x10FFFF


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a source text, blanks left out."""
    line = 1
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or "end"
        if kind == "newline":
            line += 1
            continue
        piece = found[kind]
        if kind == "string":
            yield Token(Kind.STRING, _value(piece), line)
            line += piece.count("\n")
        elif kind == "comment":
            yield Token(Kind.COMMENT, _comment(piece), line)
            line += piece.count("\n")
        elif kind != "end":
            yield Token(_KINDS[kind], piece, line)


_KINDS = {kind.value: kind for kind in Kind}


def _comment(piece: str) -> str:
    """Return a comment's text."""
    if piece.startswith("//"):
        return piece.lstrip("/").strip()
    lines = (line.strip().lstrip("*").strip() for line in piece[2:].removesuffix("*/").split("\n"))
    return "\n".join(line for line in lines if line)


def _value(piece: str) -> str:
    """Return what a string literal means; an interpolation stays as it is written."""
    raw = piece[0] in "rR@`"
    body = piece.lstrip("rR@").strip("#")
    marks = next(len(mark) for mark in ('"""', "'''", body[0]) if body.startswith(mark))
    body = body[marks:-marks]
    return body if raw or "\\" not in body else _ESCAPE.sub(_unescaped, body)


def _unescaped(found: "re.Match[str]") -> str:
    number = found[1] or found[2]
    if number is None:
        return _ESCAPES.get(found[3], found[3])
    code = int(number, 16)
    return chr(code) if code <= _LAST_CODE_POINT else found[0]
