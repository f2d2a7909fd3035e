"""A reader of zone files: the records of some types, with their lines and comments.

Follows RFC 1035 section 5.1 (master files), RFC 2308 section 4 ($TTL) and RFC 3597 section 5
(types by number). Records of other types are passed over unread. Nothing is included or generated.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from keypin.errors import FormatError, Place
from keypin.findings import Finding, Severity
from keypin.formats.remark import NOT_FOLLOWED, Remark

RELATIVE = Remark(
    "zone-relative-name",
    Severity.WARNING,
    "In a zone file the zone's name is put behind a name without a trailing dot.",
    "End the name with a dot, or begin the file with $ORIGIN.",
    "RFC 1035 section 5.1",
)

_TOKEN = re.compile(
    r"""(?P<comment>;.*)|(?P<text>"(?:[^"\\]|\\.)*")|(?P<mark>[()])|(?P<word>(?:[^\s;()"\\]|\\.)+)
    |(?P<open>["\\])""",
    re.VERBOSE,
)
_TTL = re.compile(r"(?:\d++[smhdwSMHDW]?)++")
_CLASSES = {"IN", "CH", "HS", "CS"}


@dataclass
class Record:
    """A record.

    Attributes:
        owner: the absolute name it is of, in lower case and without the last dot.
        type: its type, in capitals.
        data: the words behind the type.
        line: where it begins.
        note: the comment behind it.
        above: the comment lines directly above it.
    """

    owner: str
    type: str
    data: list[str]
    line: int
    note: str = ""
    above: list[str] = field(default_factory=list[str])


@dataclass
class _Entry:
    """The words of an entry, which brackets may spread over lines."""

    line: int
    blank: bool
    above: list[str]
    words: list[str] = field(default_factory=list[str])
    note: str = ""
    depth: int = 0


@dataclass
class Zone:
    """The walk over a zone file.

    Attributes:
        name: the file's name.
        origin: what relative names are relative to, with a dot in front; None: not known yet.
        findings: what could not be followed.
        heading: the first comment.
    """

    name: str | None
    origin: str | None = None
    findings: list[Finding] = field(default_factory=list[Finding])
    heading: str = ""
    _owner: str | None = None

    def records(self, text: str, types: dict[str, str]) -> Iterator[Record]:
        """Yield the records of some types.

        Args:
            text: the zone file.
            types: from the spellings of a type, in capitals, to its name.

        Raises:
            FormatError: a name server would refuse the file; says where.
        """
        for entry in self._entries(text):
            first = entry.words[0].upper()
            if first.startswith("$") and not entry.blank:
                self._directive(first, entry)
            elif (record := self._record(entry, types)) is not None:
                yield record

    def place(self, line: int) -> Place:
        """Return a place in the file."""
        return Place(self.name, line)

    def _entries(self, text: str) -> Iterator[_Entry]:
        entry: _Entry | None = None
        above: list[str] = []
        for number, line in enumerate(text.split("\n"), start=1):
            if entry is None:
                entry = _Entry(number, line[:1] in " \t", above)
            self._line(line, entry, number)
            if entry.depth:
                continue
            if entry.words:
                yield entry
                above = []
            elif entry.note:
                self.heading = self.heading or entry.note
                above.append(entry.note)
            else:
                above = []
            entry = None
        if entry is not None:
            raise self._refused("a bracket that is not closed", entry.line)

    def _line(self, line: str, entry: _Entry, number: int) -> None:
        """Take the words of a line; most lines have no quotes and brackets."""
        if '"' not in line and "(" not in line and ")" not in line and "\\" not in line:
            body, mark, note = line.partition(";")
            entry.words += body.split()
            if mark:
                entry.note = note.lstrip(";").strip()
            return
        for found in _TOKEN.finditer(line):
            kind, piece = found.lastgroup, found[0]
            if kind == "comment":
                entry.note = piece.lstrip(";").strip()
            elif kind == "mark":
                entry.depth += 1 if piece == "(" else -1
                if entry.depth < 0:
                    raise self._refused("a bracket that is not open", number)
            elif kind == "open":
                raise self._refused(f"the character {piece} alone", number)
            else:
                entry.words.append(piece)

    def _refused(self, what: str, line: int) -> FormatError:
        return FormatError(
            what, expected="a zone file that a name server loads", place=self.place(line)
        )

    def _directive(self, first: str, entry: _Entry) -> None:
        if first == "$ORIGIN" and len(entry.words) > 1:
            self.origin = "." + self.absolute(entry.words[1], entry.line)
        elif first != "$TTL":
            text = " ".join(entry.words[:2])
            message = "the directive is not carried out"
            self.findings.append(NOT_FOLLOWED.at(text, message, self.place(entry.line)))

    def _record(self, entry: _Entry, types: dict[str, str]) -> Record | None:
        """Return the record of an entry, if it is of a type that is asked for."""
        words = entry.words
        if not entry.blank:
            self._owner = words[0]
        at = 0 if entry.blank else 1
        while at < len(words) and _is_ttl_or_class(words[at]):
            at += 1
        kind = types.get(words[at].upper()) if at < len(words) else None
        if kind is None:
            return None
        if self._owner is None:
            raise self._refused("a record without an owner", entry.line)
        owner = self.absolute(self._owner, entry.line)
        return Record(owner, kind, words[at + 1 :], entry.line, entry.note, entry.above)

    def absolute(self, name: str, line: int) -> str:
        """Return the absolute name that a word means, in lower case and without the last dot."""
        name = name.lower()
        if name.endswith("."):
            return name[:-1]
        if self.origin is not None:
            return self.origin[1:] if name == "@" else name + self.origin.rstrip(".")
        if name == "@":
            raise self._refused("@ without an $ORIGIN", line)
        message = "the name has no trailing dot, and is taken as it is"
        self.findings.append(RELATIVE.at(name, message, self.place(line)))
        return name


def _is_ttl_or_class(word: str) -> bool:
    return (
        word in _CLASSES
        or _TTL.fullmatch(word) is not None
        or word.upper() in _CLASSES
        or word.upper().startswith("CLASS")
    )
