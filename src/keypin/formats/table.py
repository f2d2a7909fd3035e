"""Pins in source code as a table: hosts, each followed by its pins.

What exporters write, and what people write by hand, is alike in every language: a literal that is a
host, then literals that are pins, up to the next host. `read_table` reads that, with the comments
above each host and behind each pin, and says what it could not follow; `write_table` writes the
rows of it. The settings that TrustKit and
its kin write beside the pins (`includeSubdomains`, `expirationDate`, `enforcePinning`,
`reportUris`) are understood in every language.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from keypin.errors import FormatError
from keypin.formats.abilities import ALL_WILDCARDS, CODE_FORBIDS, Abilities, Positions
from keypin.formats.code import Kind, Token, tokens
from keypin.formats.draft import Draft, pin_of
from keypin.formats.form import Reading
from keypin.formats.notes import heading, pin_note, policy_notes, read_heading, read_pin_note
from keypin.formats.remark import NOT_FOLLOWED, SHA1_PIN
from keypin.pins import Mode, OnExpiry, PinPosition, PinSet, Policy, PolicyPin

# What our own verifiers of every language understand: they are written beside the table.
TABLE = Abilities(
    wildcards=ALL_WILDCARDS,
    one_per_name=False,
    dotless=False,
    exempt=True,
    reasons=True,
    roles=True,
    comments=True,
    names=True,
    forbidden=CODE_FORBIDS,
)

# The same where no platform tells the verified chain, so that the leaf alone is compared.
LEAF_TABLE = replace(TABLE, positions=Positions.LEAF)

_PIN = re.compile(
    r"(?:cert-)?sha-?[0-9]+//?[A-Za-z0-9+/_=-]{4,}|[A-Za-z0-9+/]{43}="
    r"|(?:[0-9A-F]{2}[ :]?){19}(?:(?:[ :]?[0-9A-F]{2}){12})?[ :]?[0-9A-F]{2}",
    re.IGNORECASE,
)
_PREFIXED = re.compile(r"(?:cert-)?sha-?[0-9]+/", re.IGNORECASE)
_FINGERPRINT_BLANK = re.compile(r"(?<=[0-9A-Fa-f]{2})[ :](?=[0-9A-Fa-f]{2})")
_HEX = re.compile(r"[0-9A-Fa-f]+")
_SHA1_HEX = 40
_HOST = re.compile(
    r"(?!.*\.(?:pem|cer|crt|der|p12|pfx|jks|bks)$)"  # a certificate's file
    r"(?:\*\*?\.)?(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?\.)+[A-Za-z0-9-]+"
    r"|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]*:[0-9A-Fa-f.]*"
)
_URL = re.compile(r"https://([A-Za-z0-9.-]+\.[A-Za-z0-9-]+)(?=[:/?#]|$)")
_TRUE = {"true", "YES", "True", "1"}

KEY, CERTIFICATE = "sha256/", "cert-sha256/"


@dataclass
class _Row:
    """A host, what stands above it, and what was found up to the next."""

    host: str
    line: int
    notes: list[str]
    pins: list[PolicyPin] = field(default_factory=list[PolicyPin])
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    exempt: bool = False


@dataclass(frozen=True, slots=True)
class Idiom:
    """What literals mean in one kind of source.

    Attributes:
        what: what a file of this kind holds, for the error where it holds none.
        position: where its pins match.
        bare: what a digest in Base64 without a prefix is of: `sha256/` or `cert-sha256/`. One in
            hexadecimal is a certificate's fingerprint, in every language.
        urls: hosts are told by URLs too.
    """

    what: str
    position: str = PinPosition.ANY
    bare: str = KEY
    urls: bool = False


def read_table(text: str, idiom: Idiom, *, name: str | None, host: str | None) -> Reading:
    """Read the hosts and pins of a source text.

    Args:
        text: the source.
        idiom: what its literals mean.
        name: the file's name.
        host: the host of pins that stand before any host.

    Raises:
        InputError: a pin or host is malformed, or there are none; says where.
    """
    draft = Draft(name)
    for row in _Rows(draft, idiom, host).of(text):
        if row.pins or row.exempt:
            pins = () if row.exempt else row.pins
            settings = {} if row.exempt else row.settings
            draft.add(row.host, pins, draft.place(row.line), row.notes, **settings)
    return Reading(pin_set=draft.pin_set(idiom.what), findings=tuple(draft.findings))


class _Rows:
    """The walk over the tokens."""

    def __init__(self, draft: Draft, idiom: Idiom, host: str | None) -> None:
        self.draft, self.idiom = draft, idiom
        self.row = None if host is None else _Row(host, 1, [])
        self.above: dict[int, str] = {}  # comments that stand alone on their line
        self.key = ""  # the setting whose value comes next

    def of(self, text: str) -> Iterator[_Row]:
        """Yield the rows of a source text."""
        last = 0
        for token in _joined(tokens(text)):
            if token.kind is Kind.COMMENT:
                self.comment(token, behind=token.line == last)
                continue
            if token.kind is Kind.STRING and (host := self.host_in(token.text)):
                if self.row is not None:
                    yield self.row
                self.begin(host, token.line)
            else:
                self.other(token)
            last = token.line
        if self.row is not None:
            yield self.row

    def comment(self, token: Token, *, behind: bool) -> None:
        """Take a comment: behind a pin it is the pin's, alone on its line that of what follows."""
        if not self.above and self.draft.title is None:
            self.draft.title = read_heading(token.text)
        if not behind:
            self.above[token.line] = token.text
        elif self.row is not None and self.row.pins:
            entry = self.row.pins[-1]
            if entry.place is not None and entry.place.line == token.line:
                role, comment = read_pin_note(token.text)
                self.row.pins[-1] = replace(entry, role=role, comment=comment)

    def host_in(self, text: str) -> str | None:
        """Return the host that a literal tells, if it does; report addresses are no hosts."""
        if _HOST.fullmatch(text) and not _PIN.fullmatch(text):
            return text
        found = _URL.match(text) if self.idiom.urls and self.key != "reporturis" else None
        return found[1] if found else None

    def begin(self, host: str, at: int) -> None:
        """Begin the row of a host."""
        notes: list[str] = []
        line = at - 1
        while line in self.above:
            notes.insert(0, self.above.pop(line))
            line -= 1
        exempt = any(note == "exempt" or note.startswith("exempt: ") for note in notes)
        kept = [note for note in notes if note != "exempt" and read_heading(note) is None]
        self.row = _Row(host, at, kept, exempt=exempt)
        self.key = ""

    def other(self, token: Token) -> None:
        """Take a pin, the name of a setting, or its value."""
        word = token.text.lower().removeprefix("ktsk")
        if token.kind is Kind.STRING and _PIN.fullmatch(token.text):
            self.pin(token)
        elif token.kind in (Kind.WORD, Kind.STRING) and word in _SETTINGS:
            self.key = word
        elif self.key and self.row is not None and token.kind is not Kind.MARK:
            with_value = _SETTINGS[self.key]
            with_value(self.row, token.text)
            self.key = self.key if self.key == "reporturis" else ""
        elif token.text in "]})":
            self.key = ""

    def pin(self, token: Token) -> None:
        """Take a pin; without a host it belongs to nobody."""
        self.key = ""
        place = self.draft.place(token.line)
        text = _FINGERPRINT_BLANK.sub("", token.text)
        if len(text) == _SHA1_HEX:
            self.draft.findings.append(SHA1_PIN.at(token.text, "a SHA-1 fingerprint", place))
        elif self.row is None:
            self.draft.findings.append(
                NOT_FOLLOWED.at(token.text, "the pin stands before any host", place)
            )
        else:
            bare = CERTIFICATE if _HEX.fullmatch(text) else self.idiom.bare
            spelled = text if _PREFIXED.match(text) else bare + text
            self.row.pins.append(pin_of(spelled, place, position=self.idiom.position))


def _joined(given: Iterator[Token]) -> Iterator[Token]:
    """Yield tokens, literals that `+` puts together as one on the line of the first."""
    held: Token | None = None  # a literal
    plus: Token | None = None  # the mark behind it
    for token in given:
        if held is not None and plus is None and token.text == "+" and token.kind is Kind.MARK:
            plus = token
        elif held is not None and plus is not None and token.kind is Kind.STRING:
            held, plus = held._replace(text=held.text + token.text), None
        else:
            yield from (one for one in (held, plus) if one is not None)
            held, plus = (token, None) if token.kind is Kind.STRING else (None, None)
            if held is None:
                yield token
    yield from (one for one in (held, plus) if one is not None)


def _subdomains(row: _Row, value: str) -> None:
    if value in _TRUE and not row.host.startswith("*"):
        row.host = f"**.{row.host}"


def _enforce(row: _Row, value: str) -> None:
    if value not in _TRUE:
        row.settings["mode"] = Mode.REPORT


def _excluded(row: _Row, value: str) -> None:
    row.exempt = row.exempt or value in _TRUE


def _expires(row: _Row, value: str) -> None:
    row.settings["expires"] = date_of(value)
    row.settings["on_expiry"] = OnExpiry.ALLOW


def _reports(row: _Row, value: str) -> None:
    if value.startswith("http"):
        row.settings["report_to"] = (*row.settings.get("report_to", ()), value)


_SETTINGS = {
    "includesubdomains": _subdomains,
    "enforcepinning": _enforce,
    "excludesubdomainfromparentpolicy": _excluded,
    "expirationdate": _expires,
    "reporturis": _reports,
}


def date_of(text: str) -> datetime:
    """Return the midnight, in UTC, that a date as 2027-01-31 means.

    Raises:
        FormatError: it is no such date.
    """
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise FormatError(f"the date {text!r}", expected="a date as 2027-01-31") from error


def day_of(moment: datetime) -> str:
    """Return the first day that does not begin before a moment, in UTC."""
    midnight = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    day = midnight if midnight == moment else midnight + timedelta(days=1)
    return f"{day:%Y-%m-%d}"


def write_table(
    pin_set: PinSet, row: str, *, pin: str = '"{pin}",', between: str = "", indent: str = "    "
) -> str:
    """Return the rows of a table, each with its comments.

    Args:
        pin_set: what to write.
        row: a row, of two lines or more: `{host}` stands for the pattern, and the line `{pins}`
            for the lines of its pins. Braces of the language are doubled, as in `str.format`.
        pin: a pin's line, with `{pin}`.
        between: what stands between two pins, and not behind the last.
        indent: what stands before a row's lines.
    """
    return "\n".join(
        line
        for policy in pin_set.policies
        for line in _row_lines(policy, row, pin, between, indent)
    )


def _row_lines(policy: Policy, row: str, pin: str, between: str, indent: str) -> Iterator[str]:
    for note in table_notes(policy):
        yield f"{indent}// {note}"
    for line in row.split("\n"):
        if line.strip() == "{pins}":
            before = indent + line[: line.index("{")]
            for entry in policy.pins:
                note = pin_note(entry, CODE_FORBIDS)
                comma = between if entry is not policy.pins[-1] else ""
                behind = f" // {note}" if note else ""
                yield f"{before}{pin.format(pin=entry.pin)}{comma}{behind}"
        else:
            yield indent + line.format(host=policy.host)


def table_notes(policy: Policy) -> list[str]:
    """Return the comment lines above a row; an exemption is always told."""
    notes = policy_notes(policy, CODE_FORBIDS)
    told = any(note.startswith("exempt: ") for note in notes)
    return notes if policy.exempt is None or told else [*notes, "exempt"]


def table_heading(pin_set: PinSet) -> str:
    """Return the first line of a file."""
    return f"// {heading(pin_set.name)}"
