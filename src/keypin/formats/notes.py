"""Roles and comments as notes in the comments of a form, and back.

A note stands where a person would write it: behind a pin, or above a host. `backup` or
`backup: kept in the safe` behind a pin tells its role; `no backup: reason` and `exempt: reason`
above a host are what `pins.toml` calls the same; whatever else is there is the user's own comment.
"""

import re
from collections.abc import Iterable

from keypin.formats.texts import EXEMPT, NO_BACKUP
from keypin.pins import Policy, PolicyPin, Role

_NOTE = re.compile(r"(active|backup|retiring)(?:: (.*))?")
_REASON = re.compile(r"(no backup|exempt): (.+)")
_NAME = re.compile(r"Pins of (.+)\.")


def is_sayable(text: str, forbidden: Iterable[str] = ()) -> bool:
    """Tell whether a text can stand in one line of a comment and be read back as it is."""
    return (
        bool(text)
        and text.isprintable()
        and text == text.strip()
        and not text.endswith("-")  # XML ends a comment with -->
        and not any(word in text for word in forbidden)
    )


def pin_note(entry: PolicyPin, forbidden: Iterable[str] = ()) -> str:
    """Return what is to stand behind a pin; empty where there is nothing that can be said."""
    if entry.comment is None or not is_sayable(entry.comment, forbidden):
        return "" if entry.role is Role.ACTIVE else str(entry.role)
    if entry.role is Role.ACTIVE and _NOTE.fullmatch(entry.comment) is None:
        return entry.comment
    return f"{entry.role}: {entry.comment}"


def read_pin_note(text: str) -> tuple[Role, str | None]:
    """Return the role and the comment that a note tells."""
    found = _NOTE.fullmatch(text)
    if found is None:
        return Role.ACTIVE, text or None
    return Role(found[1]), found[2]


def policy_notes(policy: Policy, forbidden: Iterable[str] = ()) -> list[str]:
    """Return the lines that are to stand above a host: what of its words can be said."""
    lines = [] if policy.comment is None else policy.comment.split("\n")
    if not all(_is_comment(line) and is_sayable(line, forbidden) for line in lines):
        lines = []
    reasons = (("no backup", policy.no_backup, NO_BACKUP), ("exempt", policy.exempt, EXEMPT))
    for word, reason, implied in reasons:
        if reason is not None and reason != implied and is_sayable(reason, forbidden):
            lines.append(f"{word}: {reason}")
    return lines


def _is_comment(line: str) -> bool:
    """Tell whether a line would not be taken for a reason or a heading."""
    return _REASON.fullmatch(line) is None and _NAME.fullmatch(line) is None


def read_policy_notes(lines: Iterable[str]) -> dict[str, str]:
    """Return the `comment`, `no_backup` and `exempt` that lines above a host tell."""
    told: dict[str, str] = {}
    comments: list[str] = []
    for line in lines:
        if found := _REASON.fullmatch(line):
            told[found[1].replace(" ", "_")] = found[2]
        else:
            comments.append(line)
    if comments:
        told["comment"] = "\n".join(comments)
    return told


def heading(name: str | None) -> str:
    """Return the first comment of a file."""
    return "Pins." if name is None else f"Pins of {name}."


def read_heading(text: str) -> str | None:
    """Return the pin set's name that a first comment tells, if it does."""
    found = _NAME.fullmatch(text)
    return found[1] if found else None
