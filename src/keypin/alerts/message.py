"""A message before it is written: what is said, in parts, whatever medium carries it.

`keypin.alerts.rendering` writes it as text, Markdown and HTML. Everything foreign in it (names out
of certificates and reports) is made plain here: one line, no control characters, not too long.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from keypin.findings import Severity
from keypin.pins.story import plain

# A line of mail is cut by no client at that length, and a chat shows it whole.
MAX_LINE = 400
# RFC 5322 section 2.1.1 allows 998; what is longer than this nobody reads in a list of mails.
MAX_SUBJECT = 150


@dataclass(frozen=True, slots=True)
class Item:
    """Something that can be followed.

    Attributes:
        text: what it is.
        url: the address of the page it leads to.
        note: what is said of it; empty where the text says all.
    """

    text: str
    url: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a message.

    Attributes:
        heading: what it is about.
        severity: how bad that is, or None where it is neither good nor bad.
        lines: what is said.
        evidence: what it rests on, as it stands.
        items: what can be followed.
    """

    heading: str
    severity: Severity | None = None
    lines: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """A message: its subject and its parts."""

    subject: str
    parts: tuple[Part, ...]


def line(text: str, limit: int = MAX_LINE) -> str:
    """Return a foreign text as one plain line of a limited length."""
    whole = plain(" ".join(text.split()))
    return whole if len(whole) <= limit else whole[: limit - 1] + "…"


def lines(texts: Iterable[str], limit: int) -> tuple[str, ...]:
    """Return foreign texts as plain lines, and how many there are beyond a number of them."""
    all_lines = [line(one) for one in texts]
    more = len(all_lines) - limit
    return (*all_lines[:limit], f"… and {more} more") if more > 0 else tuple(all_lines)


def moment(at: datetime) -> str:
    """Return a time as people read it, to the minute."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def day(at: datetime) -> str:
    """Return a day as people read it."""
    return f"{at.astimezone(UTC):%Y-%m-%d}"


def address(base: str, path: str) -> str:
    """Return the address of a page of the service.

    Args:
        base: the service's own address, as `https://keypin.example.com`.
        path: the page's, from the root.
    """
    return base.rstrip("/") + path
