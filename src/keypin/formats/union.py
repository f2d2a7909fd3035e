"""From patterns that count together to policies of which one decides alone.

Where OkHttp takes the union of all patterns that match a host, a pin set takes the most specific
policy alone. The same verdicts follow when each policy gets the pins of the wider ones, and when a
host that two patterns cover, neither inside the other, gets a policy of its own.
"""

from collections.abc import Iterable
from dataclasses import replace

from keypin.formats.abilities import EXACT, ONE_LABEL, SUBDOMAINS
from keypin.formats.overlaps import wider
from keypin.pins import HostPattern, Policy
from keypin.pins.policy import ENOUGH_PINS


def united(policies: Iterable[Policy]) -> list[Policy]:
    """Return policies of which each has the pins of the wider ones too."""
    given = {(policy.host.wildcard, policy.host.name): policy for policy in policies}
    made = dict(given)
    for policy in given.values():
        parent = policy.host.name.partition(".")[2]
        crossing = policy.host.wildcard == SUBDOMAINS and (ONE_LABEL, parent) in given
        exact = EXACT, policy.host.name
        if crossing and exact not in given:
            made[exact] = replace(policy, host=HostPattern(policy.host.name))
    full = {pattern: _with_wider(policy, given) for pattern, policy in made.items()}
    return [one for pattern, one in full.items() if pattern in given or _adds(one, given)]


def _with_wider(policy: Policy, given: dict[tuple[str, str], Policy]) -> Policy:
    """Return a policy with the pins of those that cover all its hosts."""
    pins = {(entry.pin.digest, entry.pin.of): entry for entry in policy.pins}
    for other in wider(policy, given):
        if policy.host.wildcard == SUBDOMAINS and other.host.wildcard == ONE_LABEL:
            continue  # it covers one of the hosts, which has a policy of its own
        for entry in other.pins:
            pins.setdefault((entry.pin.digest, entry.pin.of), entry)
    kept = tuple(pins.values())
    if len(kept) == len(policy.pins):
        return policy
    enough = len({entry.pin.digest for entry in kept}) >= ENOUGH_PINS
    return replace(policy, pins=kept, no_backup=None if enough else policy.no_backup)


def _adds(exact: Policy, given: dict[tuple[str, str], Policy]) -> bool:
    """Tell whether a policy made for one host decides otherwise than what covers it."""
    below = _with_wider(given[SUBDOMAINS, exact.host.name], given)
    return {entry.pin for entry in exact.pins} != {entry.pin for entry in below.pins}
