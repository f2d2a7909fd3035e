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

from keypin.certs.hostname import is_plain
from keypin.errors import PinSetError, Place
from keypin.pins.host import HostPattern, canonical_host
from keypin.pins.pin import COMMON_PIN, Pin

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
        object.__setattr__(self, "pins", _by_role(self.pins))
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


def _check_pins(policy: Policy) -> None:
    if not policy.pins:
        raise PinSetError(
            f"the policy for {policy.host} has no pins",
            expected="at least one pin and a backup pin",
            place=policy.place,
        )
    pins = [entry.pin for entry in policy.pins]
    if len(set(pins)) < len(pins):
        twice = next(entry for entry in policy.pins if pins.count(entry.pin) > 1)
        last = max(index for index, pin in enumerate(pins) if pin == twice.pin)
        raise PinSetError(
            f"the pin {twice.pin} stands twice in the policy for {policy.host}",
            next_step="take one out",
            place=policy.pins[last].place or policy.place,
        )


def _check_denied(policy: Policy) -> None:
    if not policy.denied:
        return
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


class PinSet:
    """The policies of one application; not to be changed, but replaced by another.

    Args:
        policies: in the user's order; never empty, no host pattern twice.
        name: the application's name.

    Raises:
        PinSetError: there is no policy, or two for the same host pattern.
    """

    __slots__ = ("_by_pattern", "_no_backup", "name")

    def __init__(self, policies: Iterable[Policy], name: str | None = None) -> None:
        self.name = name
        self._no_backup: str | None = None
        # A row is a policy, or the pins of one that is valid for certain and not built yet.
        self._by_pattern: dict[tuple[str, str], Policy | tuple[str, ...]] = {}
        for policy in policies:
            self._add(policy)
        self._demand_one()

    @property
    def policies(self) -> tuple[Policy, ...]:
        """The policies, in the user's order."""
        return tuple(self._built(pattern, row) for pattern, row in self._by_pattern.items())

    def policy_for(self, host: str) -> Policy | None:
        """Return the policy that decides for `host`: the most specific that covers it, alone.

        A host alone comes before patterns, a longer name before a shorter, `*.` before `**.`.
        The union of overlapping policies (as in OkHttp) would let a lax parent weaken a strict
        child.

        Raises:
            HostError: `host` is no host.
        """
        return self.policy_for_canonical(canonical_host(host))

    def policy_for_canonical(self, host: str) -> Policy | None:
        """Return the same for a host that is canonical already."""
        for pattern in _patterns_covering(host):
            if (row := self._by_pattern.get(pattern)) is not None:
                return self._built(pattern, row)
        return None

    def nearest(self, host: str) -> HostPattern | None:
        """Return the pattern whose name is the longest ending of a canonical host, or None."""
        name = host
        while name:
            for wildcard in ("", "*.", "**."):
                if (wildcard, name) in self._by_pattern:
                    return HostPattern(name, wildcard)
            name = name.partition(".")[2]
        return None

    @classmethod
    def from_mapping(
        cls, mapping: Mapping[str, Iterable[str]], *, no_backup: str | None = None
    ) -> Self:
        """Build a pin set from hosts and lists of pin spellings.

        Everything is checked at once; what is in the commonest spelling, and so needs no more than
        a look, becomes objects when it is first asked for: a hundred thousand policies load in a
        fraction of a second.

        Args:
            mapping: from host pattern to pins, any of which is accepted.
            no_backup: why policies of one pin have no second.

        Raises:
            InputError: a host or pin is malformed, or a rule is broken; nothing is left out.
        """
        made = cls.__new__(cls)
        made._fill(mapping, no_backup)  # noqa: SLF001 - the other constructor
        return made

    def _fill(self, mapping: Mapping[str, Iterable[str]], no_backup: str | None) -> None:
        self.name, self._no_backup, self._by_pattern = None, no_backup, {}
        plain = no_backup is None or bool(no_backup.strip())  # an empty reason is refused at once
        for host, given in mapping.items():
            pins = tuple(given)
            pattern = "", host
            if plain and pattern not in self._by_pattern and is_plain(host) and _are_plain(pins):
                self._by_pattern[pattern] = pins
            else:
                self._add(_policy(host, pins, no_backup))
        self._demand_one()

    def _add(self, policy: Policy) -> None:
        pattern = policy.host.wildcard, policy.host.name
        if pattern in self._by_pattern:
            raise PinSetError(
                f"two policies for {policy.host}",
                next_step="put their pins into one policy",
                place=policy.place,
            )
        self._by_pattern[pattern] = policy

    def _demand_one(self) -> None:
        if not self._by_pattern:
            raise PinSetError("the pin set is empty", expected="at least one policy")

    def _built(self, pattern: tuple[str, str], row: Policy | tuple[str, ...]) -> Policy:
        if isinstance(row, tuple):
            # Two threads may build it at once: they build equal ones, and either may stay.
            row = self._by_pattern[pattern] = _policy(pattern[1], row, self._no_backup)
        return row

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PinSet):
            return NotImplemented
        return (self.name, self.policies) == (other.name, other.policies)

    def __hash__(self) -> int:
        return hash((self.name, self.policies))

    def __repr__(self) -> str:
        return f"<PinSet {self.name or ''} of {len(self._by_pattern)} policies>"


def _policy(host: str, pins: Iterable[str], no_backup: str | None) -> Policy:
    return Policy(
        host=HostPattern.parse(host),
        pins=tuple(PolicyPin(Pin.parse(pin)) for pin in pins),
        no_backup=no_backup,
    )


def _are_plain(pins: tuple[str, ...]) -> bool:
    """Tell whether pins are enough, different and in the commonest spelling: valid for certain."""
    return len(set(pins)) == len(pins) >= _ENOUGH_PINS and all(map(COMMON_PIN.fullmatch, pins))


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
