"""The losses where two entries cover one host, for platforms differ in which of them decides.

In a pin set the most specific policy decides alone. OkHttp accepts the pins of all that match;
Chromium and wget2 stop at the longest name even if it is for that name alone; most platforms have
one entry for a name, either with its subdomains or without.

The walk goes up the labels of each name, so that its cost is the hosts', not their square.
"""

from collections.abc import Iterator, Mapping

from keypin.formats.abilities import EXACT, ONE_LABEL, SUBDOMAINS, Abilities, Overlap
from keypin.formats.loss import Effect, Loss, lost
from keypin.pins import PinSet, Policy

Patterns = Mapping[tuple[str, str], Policy]


def overlaps(pin_set: PinSet, can: Abilities) -> Iterator[Loss]:
    """Yield what is lost because policies overlap."""
    patterns = {(policy.host.wildcard, policy.host.name): policy for policy in pin_set.policies}
    for policy in pin_set.policies:
        others = [one for one in wider(policy, patterns) if one.exempt is None]
        if policy.exempt is not None:
            yield from _exempt(policy, others, patterns, can)
        elif can.overlap is Overlap.UNION:
            yield from _union(policy, others)
        elif can.overlap is Overlap.MASK:
            yield from _mask(policy, others, patterns)
        if can.one_per_name:
            yield from _twice(policy, patterns, can)


def wider(policy: Policy, patterns: Patterns) -> Iterator[Policy]:
    """Yield the less specific policies that cover a host of this one."""
    wildcard, name = policy.host.wildcard, policy.host.name
    if wildcard != SUBDOMAINS and (found := patterns.get((SUBDOMAINS, name))):
        yield found
    parent = name.partition(".")[2]
    if wildcard != ONE_LABEL and (found := patterns.get((ONE_LABEL, parent))):
        yield found
    while parent:
        if found := patterns.get((SUBDOMAINS, parent)):
            yield found
        parent = parent.partition(".")[2]


def _exempt(
    policy: Policy, others: list[Policy], patterns: Patterns, can: Abilities
) -> Iterator[Loss]:
    if not others:
        if not can.exempt or _beside_exact(policy, patterns, can):
            message = "the exemption is not written: nothing else covers these hosts"
            yield lost(policy, "exempt", Effect.DROPPED, message, "keep it in pins.toml")
    elif not can.exempt:
        message = f"hosts cannot be exempted from {others[0].host}"
        cure = "pin these hosts, or narrow the other"
        yield lost(policy, "exempt", Effect.BREAKS, message, cure)
    if can.overlap is Overlap.MASK and policy.host.wildcard == EXACT:
        effect = Effect.WEAKER if others else Effect.DROPPED
        message, cure = "its subdomains would be exempt too", f"exempt {SUBDOMAINS}{policy.host}"
        yield lost(policy, "exempt-below", effect, message, cure)


def _beside_exact(policy: Policy, patterns: Patterns, can: Abilities) -> bool:
    """Tell whether an exemption of subdomains stands beside their own name's entry."""
    exact = patterns.get((EXACT, policy.host.name))
    return can.overlap is Overlap.MASK and policy.host.wildcard == SUBDOMAINS and exact is not None


def _union(policy: Policy, others: list[Policy]) -> Iterator[Loss]:
    own = {(entry.pin.digest, entry.pin.of) for entry in policy.pins}
    for other in others:
        more = [entry.pin for entry in other.pins if (entry.pin.digest, entry.pin.of) not in own]
        if more:
            message = f"the pins of {other.host} would be accepted too, as {more[0]}"
            cure = f"narrow {other.host}, or add its pins to {policy.host} if that is meant"
            yield lost(policy, "union", Effect.WEAKER, message, cure)


def _mask(policy: Policy, others: list[Policy], patterns: Patterns) -> Iterator[Loss]:
    above = [one for one in others if one.host.name != policy.host.name]
    below = (SUBDOMAINS, policy.host.name)
    if policy.host.wildcard == EXACT and above and below not in patterns:
        message = (
            f"the subdomains of {policy.host}, which {above[0].host} pins, would not be pinned"
        )
        cure = f"pin {SUBDOMAINS}{policy.host} instead, or exempt its subdomains"
        yield lost(policy, "mask", Effect.WEAKER, message, cure)


def _twice(policy: Policy, patterns: Patterns, can: Abilities) -> Iterator[Loss]:
    """Yield the loss of a name that stands alone and with its subdomains."""
    if policy.host.wildcard != SUBDOMAINS:
        return
    exact = patterns.get((EXACT, policy.host.name))
    masked = can.overlap is Overlap.MASK and policy.exempt is not None
    if exact is not None and not (masked and exact.exempt is None):
        message = f"{exact.host} stands in the pin set a second time, alone; a name has one entry"
        cure = "give both the same pins in one policy"
        yield lost(policy, "name-twice", Effect.BREAKS, message, cure)
