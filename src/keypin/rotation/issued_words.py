"""The words on a logged certificate's fate: why, what is accepted, what there is, and the cure."""

from collections.abc import Iterator

from keypin.pins import MismatchReason, Pin
from keypin.pins.story import name_of
from keypin.rotation import gate_words
from keypin.rotation.gate import Outcome
from keypin.rotation.issued import Fate
from keypin.rotation.known_chain import KnownChain


def why(fate: Fate) -> str:
    """Return why a certificate is refused, or why that cannot be told."""
    refusal = fate.refusal
    if refusal is None:
        return fate.problem or fate.untold
    if refusal.denied is not None:
        pin, certificate = refusal.denied
        return f"its chain has the denied key {pin} of {name_of(certificate)}"
    if refusal.reason is MismatchReason.EXPIRED_POLICY:
        return (
            f"its policy refuses every connection since it expired, {fate.policy.expires:%Y-%m-%d}"
        )
    if refusal.missing != fate.policy.pins:
        return "a pin matches, and none of those that must match as well"
    return "its chain has none of the keys that are pinned"


def accepted(fate: Fate) -> Iterator[str]:
    """Yield the pins that the policy accepts; none where pins are not what matters."""
    if fate.outcome is not Outcome.NOT_VERIFIED:
        yield from gate_words.accepted(fate.policy, None)


def in_chains(fate: Fate) -> Iterator[str]:
    """Yield the certificates of each chain as pins, with their positions."""
    for number, chain in enumerate(fate.chains, 1):
        yield "the chain has:" if len(fate.chains) == 1 else f"chain {number} has:"
        yield from _in_chain(chain)


def _in_chain(chain: KnownChain) -> Iterator[str]:
    for index, found in enumerate(chain.certificates):
        where = " or ".join(chain.positions(index))
        yield f"  {Pin.of_key(found)} {where}, {gate_words.short(found)}"
    if not chain.rooted:
        yield "  and what stands above is not known"


def cure(fate: Fate) -> str:
    """Return what to do about a fate."""
    if fate.outcome is Outcome.NOT_VERIFIED:
        return "Nothing, unless these clients are to trust its CA."
    if fate.outcome is None:
        return "Run the gate on the chain before it is deployed."
    if fate.refusal is not None and fate.refusal.denied is not None:
        return "Never deploy it: its key is denied for good. Find out who asked for it."
    return (
        "Find out who asked for it. If it is yours, do not deploy it before a release that pins a "
        "key of its chain is with its users; if not, have the CA revoke it."
    )
