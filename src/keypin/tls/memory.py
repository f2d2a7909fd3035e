"""What was decided on the chains of hosts: the same chain costs one comparison the next time.

A memory belongs to one pin set: another pin set begins with an empty one, so that no verdict
outlives the pins that it rests on.
"""

from math import inf

from keypin.certs import Certificate, VerifiedChain
from keypin.pins import Matched, PinSet
from keypin.tls.judgement import Judgement
from keypin.tls.verified import Chain

# A host has two kinds of key and some addresses; what is more is judged anew each time.
_CHAINS_PER_HOST = 8

# Hosts that are remembered; a crawler's memory must not grow with the web.
MAX_HOSTS = 4096


class Seen:
    """What was decided on a chain, and in which seconds since the epoch that stands."""

    __slots__ = ("always", "chain", "judgement", "matched", "since", "until")

    def __init__(self, chain: Chain, judgement: Judgement, since: float, until: float) -> None:
        self.chain = chain
        self.judgement = judgement
        self.since = since
        self.until = until
        self.always = (since, until) == (-inf, inf)
        self.matched = isinstance(judgement.verdict, Matched)


class Memory:
    """What was decided by one pin set; another pin set begins with an empty one."""

    __slots__ = ("pin_set", "seen")

    def __init__(self, pin_set: PinSet) -> None:
        self.pin_set = pin_set
        self.seen: dict[str | None, tuple[Seen, ...]] = {}

    def keep(self, host: str | None, seen: Seen) -> None:
        """Remember a decision. Threads may lose one of two that are kept at once: no harm."""
        if len(self.seen) >= MAX_HOSTS:
            self.seen = {}
        self.seen[host] = (seen, *self.seen.get(host, ()))[:_CHAINS_PER_HOST]

    def last_match(self, host: str | None) -> VerifiedChain | None:
        """Return the chain that a host showed when it last matched, or None."""
        for seen in self.seen.get(host, ()):
            if seen.matched:
                chain = (Certificate.from_der(der) for der in seen.judgement.chain)
                return VerifiedChain.from_verifier(chain)
        return None
