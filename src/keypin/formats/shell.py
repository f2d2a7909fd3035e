"""A reader of shell scripts: the simple commands in them, as words, with the comments above each.

Follows POSIX (The Open Group, Shell Command Language, 2.2 quoting and 2.3 tokens) as far as people
write one program's calls in a script: quotes, line continuations, comments, constants that are
assigned in the same file. Nothing is run; a word that the shell would compute says so.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from keypin.errors import FormatError, Place


class Word(NamedTuple):
    """A word: what it means, where it begins, and whether all of it could be told."""

    text: str
    line: int
    known: bool = True


@dataclass
class Command:
    """A simple command, and the comment lines that stand directly above it."""

    words: list[Word] = field(default_factory=list[Word])
    above: list[str] = field(default_factory=list[str])


_TOKEN = re.compile(
    r"""
    (?P<blank>(?:[ \t\r]|\\\r?\n)++)
    | (?P<newline>\n)
    | (?P<redirect>[0-9]*[<>]++[&|]?)
    | (?P<end>[;&|()]++)
    | (?P<comment>\#[^\n]*+)
    | (?P<word>(?:[^\s'"\\;&|()<>]++|'[^']*+'|"(?:[^"\\]++|\\.)*+"|\\.)++)
    | (?P<open>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_PIECE = re.compile(
    r"""'(?P<single>[^']*+)'|"(?P<double>(?:[^"\\]++|\\.)*+)"|\\(?P<escaped>.)|(?P<plain>[^'"\\]++)""",
    re.DOTALL,
)
_IN_DOUBLE = re.compile(r"\\(?P<escaped>[$`\"\\\n])|(?P<variable>\$\{?\w++\}?)|(?P<run>[$`])")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=")


def commands(text: str, name: str | None = None) -> Iterator[Command]:
    """Yield the commands of a script.

    Raises:
        FormatError: a quote is not closed; says where.
    """
    return _Script(name).commands(text)


@dataclass
class _Script:
    """The walk over the tokens."""

    name: str | None
    line: int = 1
    known: dict[str, str] = field(default_factory=dict[str, str])
    above: dict[int, str] = field(default_factory=dict[int, str])

    def commands(self, text: str) -> Iterator[Command]:
        current = Command()
        redirected = False
        for found in _TOKEN.finditer(text):
            kind, piece = found.lastgroup, found[0]
            if kind == "word":
                if not redirected:
                    self.word(current, piece)
                redirected = False
            elif kind == "comment":
                self.above[self.line] = piece.lstrip("#").strip()
            elif kind == "open":
                raise FormatError(
                    f"the quote {piece} is not closed",
                    expected="a script that the shell accepts",
                    place=Place(self.name, self.line),
                )
            redirected = kind == "redirect" or (redirected and kind == "blank")
            if kind in ("newline", "end") and current.words:
                yield current
                current = Command()
            self.line += piece.count("\n")
        if current.words:
            yield current

    def word(self, current: Command, piece: str) -> None:
        """Add a word to a command, or note the constant that it assigns."""
        word = self.meaning(piece)
        assigned = _ASSIGNMENT.match(word.text)
        if assigned is not None and word.known and not current.words:
            self.known[assigned[1]] = word.text[assigned.end() :]
            return
        if not current.words:
            current.above = self.comments()
        current.words.append(word)

    def comments(self) -> list[str]:
        """Return the comment lines directly above this one."""
        lines: list[str] = []
        line = self.line - 1
        while line in self.above:
            lines.insert(0, self.above.pop(line))
            line -= 1
        return lines

    def meaning(self, piece: str) -> Word:
        """Return what a word means, quotes taken off and constants put in."""
        parts: list[str] = []
        known = True
        for found in _PIECE.finditer(piece):
            text = found[found.lastgroup or ""]
            if found.lastgroup == "escaped":
                text = "" if text == "\n" else text
            elif found.lastgroup != "single" and set("$`\\") & set(text):
                text, told = self.expanded(text)
                known = known and told
            parts.append(text)
        return Word("".join(parts), self.line, known)

    def expanded(self, text: str) -> tuple[str, bool]:
        """Return a text with constants put in, and whether nothing else is to be computed."""
        told = True

        def put_in(found: re.Match[str]) -> str:
            nonlocal told
            if found["escaped"]:
                return found["escaped"].replace("\n", "")
            value = self.known.get((found["variable"] or "").strip("${}"))
            told = told and value is not None
            return found[0] if value is None else value

        return _IN_DOUBLE.sub(put_in, text), told
