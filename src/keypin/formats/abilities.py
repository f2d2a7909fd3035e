"""What a form can say: the features by which forms differ, as data.

`keypin.formats.loss` compares a pin set with these, and the documentation's table of forms is made
of them. A new form is a new row. Must not know any particular form.
"""

from dataclasses import dataclass
from enum import StrEnum

from keypin.pins import Digest, Of, OnExpiry

EXACT, ONE_LABEL, SUBDOMAINS = "", "*.", "**."


class Overlap(StrEnum):
    """What happens where two entries cover one host."""

    MOST_SPECIFIC = "the most specific decides"  # keypin, Android, TrustKit, Firefox
    UNION = "any of them accepts"  # OkHttp
    MASK = "the longest name decides, even if it is for that name alone"  # Chromium, wget2
    NONE = "each stands alone"  # one host in each place, as curl


class Positions(StrEnum):
    """Where in the chain the pins of a form match."""

    ALL = "as the pin says"
    ANY = "anywhere"
    LEAF = "leaf alone"
    LEAF_OR_CA = "leaf, or CA"  # one list of each
    BOTH_USAGES = "leaf, CA or both"  # DANE: a record of each usage


class Expiry(StrEnum):
    """How exactly a form says when pins expire."""

    NONE = "never"
    DATE = "a date"
    SECOND = "a second"
    MOMENT = "a moment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What one form can say.

    Attributes:
        wildcards: which host patterns, of `""`, `"*."` and `"**."`.
        overlap: what happens where two entries cover a host.
        one_per_name: a name stands once: either alone or with its subdomains.
        suffixes: whole public suffixes can be pinned, as browsers' makers pin their own.
        addresses: IP addresses can be pinned.
        dotless: names without a dot are read back: among a program's words they are not told apart.
        positions: where pins match.
        of: what is hashed; nothing in a form that holds whole certificates, and is read alone.
        digests: by which hash functions.
        fewest: how many different pins the platform demands.
        expiry: how exactly expiry is said.
        on_expiry: what happens at expiry; None: as the policy says.
        report_only: mismatches can be reported without being refused.
        report_to: report addresses can be said.
        denied: denied keys can be said.
        also: a second list that must match as well can be said.
        exempt: hosts can be exempted from a wider entry.
        exempt_below: exemptions may cover subdomains.
        reasons: the reasons of exemptions and of missing backups can be said.
        roles: backup and retiring pins are told from active ones.
        comments: comments of policies and pins can be said.
        names: the name of the pin set can be said.
        forbidden: texts that no comment of this form may hold.
    """

    wildcards: frozenset[str] = frozenset({EXACT, SUBDOMAINS})
    overlap: Overlap = Overlap.MOST_SPECIFIC
    one_per_name: bool = True
    suffixes: bool = False
    addresses: bool = True
    dotless: bool = True
    positions: Positions = Positions.ANY
    of: frozenset[Of] = frozenset({Of.SPKI})
    digests: frozenset[Digest] = frozenset({Digest.SHA256})
    fewest: int = 1
    expiry: Expiry = Expiry.NONE
    on_expiry: OnExpiry | None = None
    report_only: bool = False
    report_to: bool = False
    denied: bool = False
    also: bool = False
    exempt: bool = False
    exempt_below: bool = True
    reasons: bool = False
    roles: bool = False
    comments: bool = False
    names: bool = False
    forbidden: tuple[str, ...] = ()


ALL_WILDCARDS = frozenset({EXACT, ONE_LABEL, SUBDOMAINS})
NO_WILDCARDS = frozenset({EXACT})

# Java reads \u escapes even in comments, so that a comment with a backslash may be code.
CODE_FORBIDS = ("\\", "*/", "/*")
XML_FORBIDS = ("--",)
