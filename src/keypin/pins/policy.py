"""Policies and pin sets: what an application accepts, with every rule checked when it is built.

A value of these types is valid: no policy without a backup or a reason for none, no pattern twice,
no empty set. So `decide` never meets a pin set that would weaken or brick by construction.

Must not know of files: `keypin.pins.toml` reads and writes them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self

from keypin.errors import PinSetError, Place
from keypin.pins.host import HostPattern, canonical_host
from keypin.pins.pin import Pin

# One pin and one backup: below that, losing one key bricks every client (RFC 7469 section 4.3).
_ENOUGH_PINS = 2

_REPORT_ADDRESS = re.compile(r"https?://[^\s/?#@]+(?:[/?#]\S*)?", re.IGNORECASE)


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
        no_backup: why there is no second pin; demanded where there is none.
        denied: keys and certificates that must not appear in a chain; they win over pins.
        comment: what the user says of it.
        place: where it stands in the user's file.

    Raises:
        PinSetError: fewer than two different pins and no reason, a pin twice, a pin denied, an
            expiry without time zone, a report address that is no http or https URL.
    """

    host: HostPattern
    pins: tuple[PolicyPin, ...]
    mode: Mode = Mode.ENFORCE
    expires: datetime | None = None
    on_expiry: OnExpiry = OnExpiry.REPORT
    report_to: tuple[str, ...] = ()
    no_backup: str | None = None
    denied: tuple[Pin, ...] = ()
    comment: str | None = None
    place: Place | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        by_role = sorted(self.pins, key=lambda entry: list(Role).index(entry.role))
        object.__setattr__(self, "pins", tuple(by_role))
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


def _check_pins(policy: Policy) -> None:
    if not policy.pins:
        raise PinSetError(
            f"the policy for {policy.host} has no pins",
            expected="at least one pin and a backup pin",
            place=policy.place,
        )
    seen: set[Pin] = set()
    for entry in policy.pins:
        if entry.pin in seen:
            raise PinSetError(
                f"the pin {entry.pin} stands twice in the policy for {policy.host}",
                next_step="take one out",
                place=entry.place or policy.place,
            )
        seen.add(entry.pin)


def _check_denied(policy: Policy) -> None:
    denied = {(pin.digest, pin.of) for pin in policy.denied}
    for entry in policy.pins:
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
    if len(different) < _ENOUGH_PINS and policy.no_backup is None:
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


@dataclass(frozen=True, slots=True)
class PinSet:
    """The policies of one application.

    Attributes:
        policies: in the user's order; never empty, no host pattern twice.
        name: the application's name.

    Raises:
        PinSetError: there is no policy, or two for the same host pattern.
    """

    policies: tuple[Policy, ...]
    name: str | None = None
    _by_pattern: dict[tuple[str, str], Policy] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.policies:
            raise PinSetError("the pin set is empty", expected="at least one policy")
        found: dict[tuple[str, str], Policy] = {}
        for policy in self.policies:
            pattern = policy.host.wildcard, policy.host.name
            if pattern in found:
                raise PinSetError(
                    f"two policies for {policy.host}",
                    next_step="put their pins into one policy",
                    place=policy.place,
                )
            found[pattern] = policy
        object.__setattr__(self, "_by_pattern", found)

    def policy_for(self, host: str) -> Policy | None:
        """Return the policy that decides for `host`: the most specific that covers it, alone.

        A host alone comes before patterns, a longer name before a shorter, `*.` before `**.`.
        The union of overlapping policies (as in OkHttp) would let a lax parent weaken a strict
        child.

        Raises:
            HostError: `host` is no host.
        """
        for pattern in _patterns_covering(canonical_host(host)):
            if (policy := self._by_pattern.get(pattern)) is not None:
                return policy
        return None

    @classmethod
    def from_mapping(
        cls, mapping: Mapping[str, Iterable[str]], *, no_backup: str | None = None
    ) -> Self:
        """Build a pin set from hosts and lists of pin spellings.

        Args:
            mapping: from host pattern to pins, any of which is accepted.
            no_backup: why policies of one pin have no second.

        Raises:
            InputError: a host or pin is malformed, or a rule is broken; nothing is left out.
        """
        return cls(
            tuple(
                Policy(
                    host=HostPattern.parse(host),
                    pins=tuple(PolicyPin(Pin.parse(pin)) for pin in pins),
                    no_backup=no_backup,
                )
                for host, pins in mapping.items()
            )
        )


def _patterns_covering(canonical: str) -> Iterator[tuple[str, str]]:
    """Yield every pattern that could cover a host, the most specific first.

    A walk up the labels: its cost is the host's, not the pin set's.
    """
    yield "", canonical
    name, above = canonical, 0
    while name:
        if above == 1:
            yield "*.", name
        yield "**.", name
        name, above = name.partition(".")[2], above + 1
