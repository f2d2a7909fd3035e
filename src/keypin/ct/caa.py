"""CAA: which CAs may issue for a name, as its owner says in the DNS; RFC 8659 and RFC 8657.

A record set is what the DNS has *now*. A CA asked it when it issued, so a set that forbids the
issuer of a certificate is a reason to look, and no proof that the CA did wrong.

Three answers, for one of them would often be wrong: whether an issuer is meant cannot be told where
its names in CAA records are not known (`keypin.ct.caa_names`), or where a record allows one account
or one way of validation alone, which no certificate names. Must not know of resolvers: the records
are arguments.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from keypin.ct.caa_names import IDENTIFIERS, ORGANIZATIONS

_CRITICAL = 0x80  # RFC 8659 section 4.1: bit 0, the most significant

# IANA's registry of CAA properties: whether a CA knows those for mail and marks is its own affair.
_REGISTERED = {
    "issue",
    "issuewild",
    "iodef",
    "contactemail",
    "contactphone",
    "issuemail",
    "issuevmc",
}

# RFC 8657: what a certificate does not tell.
_UNSEEN = ("accounturi", "validationmethods")

# RFC 8659 section 4.2. Blanks and tabs around are stripped first: two patterns for them beside an
# optional name would try every way to share them out.
_BLANKS = " \t"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*)?")
_PARAMETER = re.compile(rf"({_LABEL})[ \t]*=[ \t]*([\x21-\x3a\x3c-\x7e]*)")

# The longest value that is read: a record is at most 65,535 bytes (RFC 1035 section 3.2.1).
_MAX_VALUE = 0xFFFF


@dataclass(frozen=True, slots=True)
class Record:
    """One CAA record.

    Attributes:
        flags: 128 says that a CA which does not know the tag must not issue.
        tag: the property, in any case.
        value: what it says.
    """

    flags: int
    tag: str
    value: str

    @property
    def critical(self) -> bool:
        """Whether a CA that does not know the tag must not issue."""
        return bool(self.flags & _CRITICAL)

    def is_a(self, tag: str) -> bool:
        """Tell whether it is a record of a property (RFC 8659 section 4.1: in any case)."""
        return self.tag.lower() == tag

    @property
    def permit(self) -> "Permit":
        """Whom an `issue` or `issuewild` record allows."""
        return Permit.parse(self.value)

    def __str__(self) -> str:
        return f'{self.flags} {self.tag} "{self.value}"'


@dataclass(frozen=True, slots=True)
class Permit:
    """The value of an `issue` or `issuewild` record.

    Attributes:
        issuer: the issuer domain name in lower case; empty allows nobody.
        parameters: name, in lower case, and value of each parameter.
    """

    issuer: str
    parameters: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, value: str) -> "Permit":
        """Read a value; one that is malformed allows nobody (RFC 8659 section 4.2)."""
        issuer, _, rest = (part.strip(_BLANKS) for part in value[:_MAX_VALUE].partition(";"))
        found = [_PARAMETER.fullmatch(one.strip(_BLANKS)) for one in rest.split(";") if rest]
        parameters = tuple((one[1].lower(), one[2]) for one in found if one is not None)
        if _DOMAIN.fullmatch(issuer) is None or len(parameters) < len(found):
            return cls("")
        return cls(issuer.lower(), parameters)

    @property
    def unseen(self) -> tuple[str, ...]:
        """Its parameters that a certificate does not tell, `accounturi` for one."""
        return tuple(dict.fromkeys(name for name, _ in self.parameters if name in _UNSEEN))


@dataclass(frozen=True, slots=True)
class RecordSet:
    """The CAA records that count for a name.

    Attributes:
        owner: the name that has them: the name itself, or the nearest above that has any; empty
            where none has.
        records: the records.
    """

    owner: str = ""
    records: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class NotKnown:
    """That the CAA records of a name could not be looked up.

    Attributes:
        reason: why, in words.
    """

    reason: str


class Word(StrEnum):
    """What CAA says of an issuer."""

    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"
    NOT_TOLD = "not-told"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What CAA says of an issuer and a name.

    Attributes:
        name: the name, of a host or `*.` and a name.
        word: the answer.
        why: why, in words.
        records: the record set that it rests on.
    """

    name: str
    word: Word
    why: str
    records: RecordSet = RecordSet()


def climb(name: str) -> tuple[str, ...]:
    """Return the names whose record sets are asked for, in order (RFC 8659 section 3).

    Args:
        name: a host's canonical name, or `*.` and a name.
    """
    labels = name.removeprefix("*.").split(".")
    return tuple(".".join(labels[index:]) for index in range(len(labels)))


def same(text: str) -> str:
    """Return a name in the form in which organisations are compared: its letters and digits."""
    return " ".join(re.findall(r"\w+", text.casefold()))


_NAMES = {operator: names for operator, names, _ in IDENTIFIERS}
_OPERATORS = {same(organization): operators for organization, operators in ORGANIZATIONS}


def operators_of(organization: str | None) -> tuple[str, ...]:
    """Return who may be behind an issuer's organisation; empty where that is not known."""
    return _OPERATORS.get(same(organization or ""), ())


def identifiers_of(organization: str | None) -> frozenset[str]:
    """Return the names that an issuer's organisation answers to; empty where not known."""
    return frozenset(name for one in operators_of(organization) for name in _NAMES[one])


def rule(name: str, records: RecordSet | NotKnown, identifiers: Iterable[str]) -> Ruling:
    """Say whether CAA allows an issuer.

    Args:
        name: what the certificate names: a host, or `*.` and a name.
        records: the relevant record set of it, or why there is none.
        identifiers: the names that the issuer answers to; none where they are not known.
    """
    if isinstance(records, NotKnown):
        return Ruling(name, Word.NOT_TOLD, records.reason)
    word, why = _rule(name, records, {one.lower() for one in identifiers})
    return Ruling(name, word, why, records)


def _rule(name: str, found: RecordSet, identifiers: set[str]) -> tuple[Word, str]:
    for record in found.records:
        if record.critical and record.tag.lower() not in _REGISTERED:
            return Word.FORBIDDEN, f"no CA knows its critical property {record.tag}"
    permits = _permits(name, found.records)
    if permits is None:
        return Word.ALLOWED, "no record restricts it"
    named = {one.issuer for one in permits} - {""}
    if not named:
        return Word.FORBIDDEN, "it allows no CA"
    if not identifiers:
        return Word.NOT_TOLD, "by which names the issuer is meant in CAA records is not known"
    if not named & identifiers:
        return Word.FORBIDDEN, f"it allows {' and '.join(sorted(named))} alone"
    return _as_far_as_seen([one for one in permits if one.issuer in identifiers])


def _permits(name: str, records: Iterable[Record]) -> list[Permit] | None:
    """Return whom the records allow; None where none of them is about issuing for the name."""
    wild = [one.permit for one in records if one.is_a("issuewild")]
    if name.startswith("*.") and wild:
        return wild
    return [one.permit for one in records if one.is_a("issue")] or None


def _as_far_as_seen(permits: list[Permit]) -> tuple[Word, str]:
    for one in permits:
        if not one.unseen:
            return Word.ALLOWED, f"it allows {one.issuer}"
    limits = " and ".join(permits[0].unseen)
    return (
        Word.NOT_TOLD,
        f"it allows {permits[0].issuer} with a certain {limits}, which a certificate does not tell",
    )
