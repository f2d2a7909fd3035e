"""Policies: what the hosts of one pattern accept, with every rule checked when one is built.

A policy that exists is valid: none without a backup or a reason for none. So `decide` never meets
one that would weaken or brick by construction.

Must not know of files: `keypin.pins.toml` and `keypin.formats` read and write them.
"""

import re
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum

from keypin.errors import PinSetError, Place
from keypin.pins.host import HostPattern
from keypin.pins.pin import Pin

# One pin and one backup: below that, losing one key bricks every client (RFC 7469 section 4.3).
ENOUGH_PINS = 2

# The characters are RFC 3986's, so that no quote and no backslash can end up in written code.
_REPORT_ADDRESS = re.compile(
    r"https?://[\w.~!$&'()*+,;=:%\[\]-]+(?:[/?#][\w.~!$&'()*+,;=:%/?#@\[\]-]*)?",
    re.IGNORECASE | re.ASCII,
)


class Role(StrEnum):
    """What a pin is for."""

    ACTIVE = "active"
    BACKUP = "backup"
    RETIRING = "retiring"


class Mode(StrEnum):
    """What a mismatch does."""

    ENFORCE = "enforce"
    REPORT = "report"


class OnExpiry(StrEnum):
    """What an expired policy does: refuse every connection, report mismatches, or let all pass."""

    REFUSE = "refuse"
    REPORT = "report"
    ALLOW = "allow"


@dataclass(frozen=True, slots=True)
class PolicyPin:
    """A pin in its policy: what it is for, what the user says of it, and where it stands."""

    pin: Pin
    role: Role = Role.ACTIVE
    comment: str | None = None
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The pins of one host pattern and what happens when they do not match.

    Attributes:
        host: which hosts it decides for.
        pins: what is accepted, any one of them; active, then backup, then retiring.
        mode: `enforce` refuses a mismatch, `report` lets it pass and reports it.
        expires: from this moment on the policy is expired; None is never.
        on_expiry: what it does then.
        report_to: URLs that pin failure reports go to (RFC 7469 section 3).
        also: pins of which one must match as well, if there are any: Apple's lists of CA and leaf
            identities must both match.
        no_backup: why there is no second pin; demanded where there is none.
        exempt: why these hosts are not pinned, though a wider pattern may cover them; such a policy
            has no pins, and `PinSet.policy_for` answers None for its hosts.
        denied: keys and certificates that must not appear in a chain; they win over pins.
        comment: what the user says of it.
        place: where it stands in the user's file.

    Raises:
        PinSetError: fewer than two different pins and no reason, a pin twice, a pin denied, an
            exemption beside pins or without a reason, an expiry without time zone, a report address
            that is no http or https URL.
    """

    host: HostPattern
    pins: tuple[PolicyPin, ...]
    mode: Mode = Mode.ENFORCE
    expires: datetime | None = None
    on_expiry: OnExpiry = OnExpiry.REPORT
    report_to: tuple[str, ...] = ()
    also: tuple[PolicyPin, ...] = ()
    no_backup: str | None = None
    exempt: str | None = None
    denied: tuple[Pin, ...] = ()
    comment: str | None = None
    place: Place | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pins", _by_role(self.pins))
        if self.exempt is not None:
            _check_exemption(self)
            return
        for check in (_check_pins, _check_denied, _check_backup, _check_expiry, _check_reports):
            check(self)

    def expired(self, at: datetime) -> bool:
        """Tell whether the policy is expired at a time."""
        return self.expires is not None and at >= self.expires

    def enforced(self, at: datetime) -> bool:
        """Tell whether a mismatch is refused at a time, rather than reported or let pass."""
        if self.expired(at):
            return self.on_expiry is OnExpiry.REFUSE
        return self.mode is Mode.ENFORCE


_RANK = {role: rank for rank, role in enumerate(Role)}


def _by_role(pins: tuple[PolicyPin, ...]) -> tuple[PolicyPin, ...]:
    for entry in pins:
        if entry.role is not Role.ACTIVE:
            return tuple(sorted(pins, key=lambda entry: _RANK[entry.role]))
    return tuple(pins)


# What an exemption may say.
_EXEMPT = {"host", "exempt", "comment", "place"}


def _check_exemption(policy: Policy) -> None:
    """Refuse an exemption that says anything else: whoever reads it must not think it pins."""
    if not (policy.exempt or "").strip():
        raise PinSetError(
            f"the exempt of {policy.host} is empty",
            expected="the reason why these hosts are not pinned",
            place=policy.place,
        )
    said = {one.name: getattr(policy, one.name) for one in fields(policy)}
    nothing = {one.name: one.default for one in fields(policy)} | {"pins": ()}
    if any(said[name] != nothing[name] for name in said.keys() - _EXEMPT):
        raise PinSetError(
            f"the policy for {policy.host} is exempt and says more than that",
            expected="a host, exempt and a comment",
            next_step="take out the rest, or exempt",
            place=policy.place,
        )


def _check_pins(policy: Policy) -> None:
    if not policy.pins:
        raise PinSetError(
            f"the policy for {policy.host} has no pins",
            expected="at least one pin and a backup pin",
            place=policy.place,
        )
    _refuse_twice(policy, policy.pins)
    _refuse_twice(policy, policy.also)


def _refuse_twice(policy: Policy, entries: tuple[PolicyPin, ...]) -> None:
    pins = [entry.pin for entry in entries]
    if len(set(pins)) < len(pins):
        twice = next(entry for entry in entries if pins.count(entry.pin) > 1)
        last = max(index for index, pin in enumerate(pins) if pin == twice.pin)
        raise PinSetError(
            f"the pin {twice.pin} stands twice in the policy for {policy.host}",
            next_step="take one out",
            place=entries[last].place or policy.place,
        )


def _check_denied(policy: Policy) -> None:
    if not policy.denied:
        return
    denied = {(pin.digest, pin.of) for pin in policy.denied}
    for entry in policy.pins + policy.also:
        if (entry.pin.digest, entry.pin.of) in denied:
            raise PinSetError(
                f"the pin {entry.pin} is both accepted and denied in the policy for {policy.host}",
                next_step="take it out of one list",
                place=entry.place or policy.place,
            )


def _check_backup(policy: Policy) -> None:
    if policy.no_backup is not None and not policy.no_backup.strip():
        raise PinSetError(
            f"the no_backup of {policy.host} is empty",
            expected="the reason why there is no backup pin",
            place=policy.place,
        )
    different = {entry.pin.digest for entry in policy.pins}
    if len(different) < ENOUGH_PINS and policy.no_backup is None:
        raise PinSetError(
            f"the policy for {policy.host} has one pin and no backup",
            expected="a second pin, of a key that is kept offline",
            next_step='add it to backup_pins, or say why there is none: no_backup = "reason"',
            place=policy.place,
        )


def _check_expiry(policy: Policy) -> None:
    if policy.expires is not None and policy.expires.tzinfo is None:
        raise PinSetError(
            f"the expiry of {policy.host} has no time zone",
            expected="a time with an offset from UTC",
            place=policy.place,
        )


def _check_reports(policy: Policy) -> None:
    for address in policy.report_to:
        if _REPORT_ADDRESS.fullmatch(address) is None:
            raise PinSetError(
                f"{address!r} in the policy for {policy.host} is no report address",
                expected="an http or https URL (RFC 7469 section 2.1.4)",
                place=policy.place,
            )
