"""From the pins of an app to the pin set that says what it accepts.

Several mechanisms in one app hold at once: Android's configuration and an OkHttp pinner must both
be satisfied. Within OkHttp the pins of all patterns that cover a host count together. A pin set
decides by its most specific policy alone, so both are written out here.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from keypin.audit.model import FoundPin, Source
from keypin.audit.patterns import host_pattern
from keypin.pins import HostPattern, PinSet, Policy, PolicyPin

# Pins that code hands over; the other sources are policies already.
CODE = frozenset({Source.LIBRARY_CALL, Source.CALL, Source.SCRIPT})

NO_BACKUP = "the app has this one pin"
_PROBE = "probe"


def pin_set_of(
    pins: Iterable[FoundPin], policies: Iterable[Policy], *, name: str | None, at: datetime
) -> PinSet | None:
    """Return what an app accepts, None where no pin has a host.

    Args:
        pins: every pin that was found.
        policies: what its configurations say.
        name: the app's.
        at: the time of the audit: an expired configuration adds no demand to another policy.
    """
    configured = _merged(policies)
    coded = _in_code(pins)
    found = [_with_demands(policy, coded, at) for policy in configured.values()]
    found += [
        _with_demands(policy, configured, at)
        for pattern, policy in coded.items()
        if pattern not in configured or configured[pattern].exempt is not None
    ]
    decided = {policy.host: policy for policy in found}
    return PinSet(decided.values(), name) if decided else None


def _merged(policies: Iterable[Policy]) -> dict[HostPattern, Policy]:
    """Return one policy for each pattern: a second one's pins must match as well."""
    found: dict[HostPattern, Policy] = {}
    for policy in policies:
        first = found.get(policy.host)
        if first is None or first.exempt is not None:
            found[policy.host] = policy
        elif policy.exempt is None:
            found[policy.host] = _demanding(first, policy)
    return found


def _in_code(pins: Iterable[FoundPin]) -> dict[HostPattern, Policy]:
    """Return the policies of the pins that code hands over, with OkHttp's union written out."""
    own: dict[HostPattern, dict[str, PolicyPin]] = {}
    for found in pins:
        pattern = host_pattern(found.host) if found.host and found.source in CODE else None
        if pattern is not None:
            entry = PolicyPin(found.pin, place=found.place)
            own.setdefault(pattern, {}).setdefault(str(found.pin), entry)
    return {pattern: _policy(pattern, own) for pattern in own}


def _policy(pattern: HostPattern, own: dict[HostPattern, dict[str, PolicyPin]]) -> Policy:
    entries = dict(own[pattern])
    for other, pins in own.items():
        if _covers(other, pattern):
            entries = {**pins, **entries}
    kept = tuple(entries.values())
    alone = len({entry.pin.digest for entry in kept}) == 1
    place = next(iter(own[pattern].values())).place
    return Policy(host=pattern, pins=kept, no_backup=NO_BACKUP if alone else None, place=place)


def _covers(wide: HostPattern, narrow: HostPattern) -> bool:
    """Tell whether one pattern covers every host of another."""
    if narrow.wildcard == "**.":
        return wide.wildcard == "**." and wide.covers(narrow.name)
    return wide.covers(f"{_PROBE}.{narrow.name}" if narrow.wildcard else narrow.name)


def _with_demands(policy: Policy, others: dict[HostPattern, Policy], at: datetime) -> Policy:
    """Return a policy that demands as well what another mechanism demands of the same hosts."""
    covering = [one for one in others.values() if one.pins and _covers(one.host, policy.host)]
    if policy.exempt is not None or not covering:
        return policy
    decisive = max(covering, key=lambda one: one.host.specificity)
    return _demanding(policy, decisive) if decisive.enforced(at) else policy


def _demanding(policy: Policy, other: Policy) -> Policy:
    if {entry.pin for entry in policy.pins} == {entry.pin for entry in other.pins}:
        return policy
    also = {entry.pin: entry for entry in (*policy.also, *other.pins)}
    return replace(policy, also=tuple(also.values()))
