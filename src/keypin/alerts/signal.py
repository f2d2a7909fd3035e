"""A signal: what some part of the service sees now, or sees no more.

A prober, the tail of a log, the collector or the deliverer of alerts says the same signal again and
again while it holds, and once more when it has cleared. Whether anybody is told is not its matter:
`keypin.alerts.machine` decides that.
"""

import hashlib
import json
import re
from dataclasses import dataclass

from keypin.errors import InputError
from keypin.findings import Severity

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

_RANKS = {Severity.NOTE: 0, Severity.WARNING: 1, Severity.ERROR: 2}


def graver(one: Severity, other: Severity) -> bool:
    """Tell whether one severity is graver than another."""
    return _RANKS[one] > _RANKS[other]


def gravest_first(severity: Severity) -> int:
    """Return the key by which severities are sorted, the gravest first."""
    return -_RANKS[severity]


def kebab(text: str, what: str) -> str:
    """Return an identifier as it is.

    Raises:
        InputError: it is not lower case words joined by hyphens.
    """
    if not _ID.fullmatch(text):
        raise InputError(
            f"the {what} {text!r}", expected="lower case words joined by hyphens, as chain-refused"
        )
    return text


def identity(*parts: str) -> str:
    """Return what stands for these texts in this order, and no others: 32 hexadecimal digits."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a signal is about.

    Attributes:
        kind: what it is, as `endpoint`, `release`, `log` or `route`.
        key: which one, as `api.example.com:443` or `shop 3.2`.
    """

    kind: str
    key: str

    def __post_init__(self) -> None:
        """Refuse what names nothing."""
        kebab(self.kind, "kind of subject")
        if not self.key:
            raise InputError(f"a subject of kind {self.kind!r} without a key", expected="a name")

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What is seen now.

    Attributes:
        id: the finding's identifier in kebab case, as `certificate-expires`.
        severity: how bad, as the finder sees it; a rule may say otherwise.
        subject: what it is about.
        title: what was seen, one sentence without a full stop.
        organisation: whose it is; nothing of one organisation is joined with another's.
        application: whose users it concerns, if it is one application's.
        owner: who has to act, as the inventory says.
        concerns: owners besides, whom it concerns: those of the application whose users are met,
            of the server that shows the chain. Who asks for alerts of theirs hears of it too.
        tags: the subject's, as the inventory says.
        evidence: the facts it rests on, one line each.
        facts: the same for programs, names with values.
        next_step: what to do about it, one imperative sentence.
        link: the path of the page that shows it, from the root of the service, as `/endpoints/7`.
        distinct: what tells it from other signals of the same id and subject, as the digest of the
            certificate that was found; empty where there can be only one.
        holds: False where it has cleared.
    """

    id: str
    severity: Severity
    subject: Subject
    title: str
    organisation: str = ""
    application: str | None = None
    owner: str | None = None
    concerns: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    next_step: str = ""
    link: str = "/"
    distinct: str = ""
    holds: bool = True

    def __post_init__(self) -> None:
        """Refuse what could not be matched, told or opened."""
        kebab(self.id, "identifier")
        if not self.title:
            raise InputError(f"the signal {self.id!r} without a title", expected="one sentence")
        if not self.link.startswith("/") or self.link.startswith("//"):
            raise InputError(
                f"the link {self.link!r} of {self.id!r}",
                expected="a path of this service, as /endpoints/7",
            )

    @property
    def fingerprint(self) -> str:
        """What makes two signals the same: 32 hexadecimal digits.

        Severity, title and evidence are left out: they change while the trouble is the same.
        """
        subject = self.subject
        return identity(self.organisation, self.id, subject.kind, subject.key, self.distinct)
