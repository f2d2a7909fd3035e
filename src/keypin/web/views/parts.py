"""What several pages show alike: tones, verdicts, certificates, chains, progress, actions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar


class Tone(StrEnum):
    """How something is: never told by its colour alone, so each has an icon too."""

    GOOD = "good"
    NOTE = "note"
    WARNING = "warning"
    BAD = "bad"
    QUIET = "quiet"
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    """What a release says of a chain; the last two are that no chain is seen, never or now."""

    MATCHED = "matched"
    MISMATCH = "mismatch"
    NOT_PINNED = "not pinned"
    UNSEEN = "not seen yet"
    UNREACHED = "cannot be reached"


TONES: Mapping[Tone, str] = MappingProxyType(
    {
        Tone.GOOD: "circle-check",
        Tone.NOTE: "info-circle",
        Tone.WARNING: "alert-triangle",
        Tone.BAD: "alert-circle",
        Tone.QUIET: "circle-minus",
        Tone.UNKNOWN: "help-circle",
    }
)

VERDICTS: Mapping[Verdict, Tone] = MappingProxyType(
    {
        Verdict.MATCHED: Tone.GOOD,
        Verdict.MISMATCH: Tone.BAD,
        Verdict.NOT_PINNED: Tone.QUIET,
        Verdict.UNSEEN: Tone.UNKNOWN,
        Verdict.UNREACHED: Tone.UNKNOWN,
    }
)


@dataclass(frozen=True, slots=True)
class Link:
    """A text and the address it leads to."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the states by which a list is divided: its name, how many, and whether it is shown."""

    text: str
    count: int
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class State:
    """How something is, in a word or a few."""

    tone: Tone
    word: str


@dataclass(frozen=True, slots=True)
class Action:
    """A button that changes something: a form of its own, sent by POST.

    Attributes:
        label: an imperative, as "Silence for a day".
        href: where the form goes.
        icon: its name in the sprite; none where empty.
        danger: whether it takes something away; such a button is red, and asks first.
        confirm: what is asked before it is done; nothing is asked where empty.
        fields: hidden fields, beside the token against forged requests.
    """

    label: str
    href: str
    icon: str = ""
    danger: bool = False
    confirm: str = ""
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseVerdict:
    """What one release says of a chain, and by which pin.

    Attributes:
        release: the application and its release, with the address of the release's page.
        share: of its users, 0 to 1; None where it is not known.
        verdict: what the release says.
        pin: the pin that matched, or would have had to, in pins.toml's syntax; may be empty.
        position: where in the chain it matched: leaf, intermediate or root; may be empty.
        detail: one more sentence, as "until the intermediate is retired"; may be empty.
    """

    release: Link
    share: float | None
    verdict: Verdict
    pin: str = ""
    position: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateShown:
    """One certificate of a chain.

    Attributes:
        position: leaf, intermediate or root.
        subject: its common name, or what stands for it.
        issuer: who signed it.
        names: what it is valid for; empty for those of an authority.
        key: kind and size, as `EC P-256`.
        spki: the pin of its key, as `sha256/…=`.
        sha256: the certificate's own digest, in hexadecimal.
        begins: from when it is valid.
        ends: until when.
        serial: in hexadecimal.
        pinned_by: the releases with a pin that matches it.
    """

    position: str
    subject: str
    issuer: str
    names: tuple[str, ...]
    key: str
    spki: str
    sha256: str
    begins: datetime
    ends: datetime
    serial: str
    pinned_by: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainShown:
    """A chain as it is verified, or as it was sent where it does not verify.

    Attributes:
        shown_by: the addresses that send it, and for which kind of key they were asked.
        certificates: from the leaf up.
        problem: why it does not verify; empty where it does.
        since: when it was first seen; None where it was only just read.
        facts: more of the handshake, as "TLS 1.3", "2 SCTs embedded", "OCSP stapled: good".
    """

    shown_by: str
    certificates: tuple[CertificateShown, ...]
    problem: str = ""
    since: datetime | None = None
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Long work, while it goes on; each server-sent event carries the next one.

    Attributes:
        label: what is being done, as "Reading api.example.com".
        stream: the address of the events; empty once the work has ended.
        done: steps so far.
        total: steps in all; 0 where nobody knows, and the bar only moves.
        lines: what happened, the newest last.
    """

    template: ClassVar[str] = "parts/progress.html"

    label: str
    stream: str
    done: int = 0
    total: int = 0
    lines: tuple[str, ...] = ()
