"""What the pin sets in the field make of one chain of one endpoint: the rows of `verdicts`."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from keypin.certs import TrustStore, VerificationError, VerifiedChain, verify
from keypin.diagnose import diagnose_mismatch
from keypin.pins import MismatchError, PinSet
from keypin.rotation import Judgement, Outcome, Release, State, judge
from keypin.watch.inventory.chains import Chain

# The worst first: which of several outcomes is told of an endpoint.
REFUSED = frozenset({Outcome.BREAKS, Outcome.SOME_PATHS, Outcome.NOT_VERIFIED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one pin set makes of one chain.

    Attributes:
        pin_set: its number.
        chain: the chain's digest.
        judgement: the gate's.
        why: the refusal's lines and its diagnosis, and what comes later, as JSON.
    """

    pin_set: int
    chain: bytes
    judgement: Judgement
    why: dict[str, object] = field(default_factory=dict[str, object])

    @property
    def outcome(self) -> Outcome:
        """What the chain does today."""
        return self.judgement.state.outcome

    @property
    def lines(self) -> tuple[str, ...]:
        """Why the chain is refused; empty where it is not."""
        refusal = self.judgement.state.refusal
        return () if refusal is None else tuple(str(refusal).splitlines())

    def row(self, organisation: int, endpoint: int, at: datetime) -> dict[str, object]:
        """Return the row that is kept."""
        match = next(iter(self.judgement.state.matches), None)
        return {
            "organisation": organisation,
            "endpoint": endpoint,
            "chain": self.chain,
            "pin_set": self.pin_set,
            "outcome": self.outcome.value,
            "pin": None if match is None else str(match.pin.pin),
            "position": None if match is None else match.position.value,
            "matched": None if match is None else match.certificate.sha256,
            "why": self.why,
            "judged_at": at,
        }


@dataclass(frozen=True, slots=True)
class Court:
    """Judges chains.

    Attributes:
        trust: the anchors of the clients.
        roots: those of the public web, to tell a private CA from a public one.
    """

    trust: TrustStore
    roots: TrustStore | None

    def verdicts(
        self,
        host: str,
        pin_sets: Iterable[tuple[int, PinSet]],
        chain: tuple[bytes, Chain],
        before: Chain | None,
        at: datetime,
    ) -> tuple[Verdict, ...]:
        """Judge a chain by pin sets.

        Args:
            host: the canonical host.
            pin_sets: those that pin it, with their numbers.
            chain: as it was presented, with its digest.
            before: what the endpoint showed before, or None where that is not known.
            at: now.
        """
        digest, presented = chain
        numbered = {str(number): (number, pin_set) for number, pin_set in pin_sets}
        releases = [Release(name, pin_set) for name, (_, pin_set) in numbered.items()]
        judgements = judge(releases, presented, trust=self.trust, at=at, hosts=[host])
        return tuple(
            Verdict(
                pin_set=numbered[one.release.name][0],
                chain=digest,
                judgement=one,
                why=self._why(one, presented, before),
            )
            for one in judgements
        )

    def _why(self, one: Judgement, presented: Chain, before: Chain | None) -> dict[str, object]:
        found: dict[str, object] = {}
        refusal = one.state.refusal
        if refusal is not None:
            found["lines"] = str(refusal).splitlines()
        if isinstance(refusal, MismatchError):
            found["diagnosis"] = self._diagnosis(refusal, presented, before)
        if one.later:
            found["later"] = [_later(state) for state in one.later]
        return found

    def _diagnosis(
        self, refusal: MismatchError, presented: Chain, before: Chain | None
    ) -> dict[str, object]:
        found = diagnose_mismatch(
            refusal,
            presented=presented,
            public_roots=self.roots,
            before=self._verified(before, refusal),
        )
        return {
            "id": found.id,
            "message": found.message,
            "evidence": list(found.evidence),
            "next_step": found.next_step,
            "benign": found.benign,
        }

    def _verified(self, before: Chain | None, refusal: MismatchError) -> VerifiedChain | None:
        """Return what was shown before as it verified while it was valid."""
        if not before:
            return None
        at = min(refusal.at, before[0].not_after)
        try:
            return verify(before, refusal.host, trust=self.trust, at=at)
        except VerificationError:
            return None


def _later(state: State) -> dict[str, object]:
    refusal = state.refusal
    return {
        "at": state.at.isoformat(),
        "outcome": state.outcome.value,
        "lines": [] if refusal is None else str(refusal).splitlines(),
    }
