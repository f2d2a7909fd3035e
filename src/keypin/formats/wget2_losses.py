"""What wget2's database cannot say, beside what its abilities tell.

Its records name pins, and mask nothing but the subdomains of their own name; it compares the keys
that the server sent, which the root's seldom is among.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from keypin.formats.abilities import EXACT, SUBDOMAINS
from keypin.formats.loss import Effect, Loss, lost
from keypin.pins import PinPosition, PinSet, Policy, PolicyPin
from keypin.pins.ca_facts import Level, known_key

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


def own(pin_set: PinSet) -> Iterator[Loss]:
    """Yield what only wget2 cannot say."""
    pinned = {
        (policy.host.wildcard, policy.host.name): policy
        for policy in pin_set.policies
        if policy.exempt is None
    }
    for policy in pin_set.policies:
        if policy.exempt is not None:
            yield from _exemption(policy, pinned)
        else:
            yield from _pinned(policy)
    if not pinned:
        first = pin_set.policies[0]
        message = "every host is exempt, and a record without pins is dropped"
        yield lost(first, "nothing-pinned", Effect.BREAKS, message, "write no file at all")


def _exemption(policy: Policy, pinned: dict[tuple[str, str], Policy]) -> Iterator[Loss]:
    """Yield the loss of an exemption: only subdomains of a pinned name are masked by it."""
    if policy.host.wildcard == SUBDOMAINS and (EXACT, policy.host.name) in pinned:
        if policy.comment is not None:
            message = "the comment of the exemption is not written"
            yield lost(policy, "comment", Effect.DROPPED, message, "keep it in pins.toml")
        return
    parent = policy.host.name
    while parent:
        if (SUBDOMAINS, parent) in pinned:
            message = f"only pins make a record, so that {SUBDOMAINS}{parent} would cover it"
            yield lost(policy, "exempt", Effect.BREAKS, message, "pin these hosts too")
            return
        parent = parent.partition(".")[2]
    message = "the exemption is not written: nothing else covers these hosts"
    yield lost(policy, "exempt", Effect.DROPPED, message, "keep it in pins.toml")


def _pinned(policy: Policy) -> Iterator[Loss]:
    if policy.expires is not None and policy.expires - _SECOND <= EPOCH:
        message = "its time counts from 1970, and these pins expired before"
        yield lost(policy, "expiry-time", Effect.BREAKS, message, "take the policy out")
    for entry in policy.pins:
        if _is_root(entry):
            message = (
                f"the keys that the server sends are compared, and {entry.pin} is a root's, which "
                "few servers send"
            )
            yield lost(policy, "presented", Effect.STRICTER, message, "pin the leaf's key as well")


def _is_root(entry: PolicyPin) -> bool:
    known = known_key(entry.pin)
    return entry.pin.position is PinPosition.ROOT or (
        known is not None and known.level is Level.ROOT
    )
