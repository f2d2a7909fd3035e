"""The verdict: does a verified chain match the pins of its host?

The one decision that every face of keypin asks. Three outcomes, none mistaken for another:

- `Matched`, with the evidence: which pin, on which certificate, at which position;
- `NotPinned`: no policy covers the host, which is neither a success nor a failure;
- `MismatchError`, raised, with the whole story.

The steps, in order, each a line of `decide`:

1. The most specific policy decides, alone. None, or an exemption: not pinned.
2. A policy that is expired and says `refuse` refuses every connection.
3. A denied key anywhere in the chain is refused, whatever else matches.
4. The first pin that matches a certificate at its position is the evidence; where the policy has
   pins that must match as well, one of them must.
5. Otherwise: a mismatch.

Whether a mismatch is refused, reported or let pass is in `enforced`; what to do about it is the
caller's. Pure: the time is an argument, and pins match the verified chain alone (RFC 7469 section
2.6), which is why `VerifiedChain` is its own type.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from keypin.certs import Certificate, Position, VerifiedChain
from keypin.errors import KeypinError
from keypin.pins.host import HostPattern, canonical_host
from keypin.pins.pin import Pin
from keypin.pins.pin_set import PinSet
from keypin.pins.policy import Policy, PolicyPin


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """A pin matched; this is the evidence.

    Attributes:
        host: the canonical host.
        policy: the policy that decided.
        pin: the pin that matched.
        certificate: the certificate it matched.
        position: where that stands in the verified chain.
        enforced: whether a mismatch would have been refused.
    """

    host: str
    policy: Policy
    pin: PolicyPin
    certificate: Certificate
    position: Position
    enforced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPinned:
    """No policy covers the host: nothing was checked, and nothing is proved.

    Attributes:
        host: the canonical host.
        nearest: a pattern that names a domain above it and yet does not cover it: the commonest
            mistake is to pin example.com and to call api.example.com.
    """

    host: str
    nearest: HostPattern | None = None


class MismatchReason(StrEnum):
    """Why a chain is not accepted."""

    NO_MATCH = "no-match"
    DENIED_KEY = "denied-key"
    EXPIRED_POLICY = "expired-policy"


class MismatchError(KeypinError):
    """The chain verifies, and is not accepted by the policy of its host.

    Attributes:
        host: the canonical host.
        policy: the policy that decided.
        chain: the verified chain.
        at: the time of the decision.
        reason: why.
        enforced: whether the connection is to be refused. False: the policy is in `report` mode,
            or expired.
        denied: the denied pin that was met, with its certificate.
        missing: what did not match: the policy's pins, or those that must match as well.
        misplaced: pins whose key is in the chain at a position where they may not match.
    """

    def __init__(
        self,
        *,
        host: str,
        policy: Policy,
        chain: VerifiedChain,
        at: datetime,
        reason: MismatchReason,
        denied: tuple[Pin, Certificate] | None = None,
        missing: tuple[PolicyPin, ...] = (),
    ) -> None:
        super().__init__(host)
        self.host = host
        self.policy = policy
        self.chain = chain
        self.at = at
        self.reason = reason
        self.enforced = policy.enforced(at)
        self.denied = denied
        self.missing = missing or policy.pins
        self.misplaced = tuple(
            (entry, chain.position(index))
            for entry in self.missing
            for index, certificate in enumerate(chain)
            if entry.pin.is_of(certificate)
        )

    def __str__(self) -> str:
        from keypin.pins.story import tell  # noqa: PLC0415 - told only when somebody reads it

        return tell(self)


def decide(pin_set: PinSet, host: str, chain: VerifiedChain, at: datetime) -> Matched | NotPinned:
    """Decide whether a verified chain matches the pins of `host`.

    Args:
        pin_set: what is accepted.
        host: the host that the connection is for, in any spelling.
        chain: the path that verification built, never the chain that the server sent.
        at: the time of the decision, timezone-aware.

    Returns:
        `Matched` with the evidence, or `NotPinned` where no policy covers the host.

    Raises:
        MismatchError: the policy does not accept the chain; `enforced` says whether to refuse.
        HostError: `host` is no host.
    """
    host = canonical_host(host)
    policy = pin_set.policy_for_canonical(host)
    if policy is None:
        return NotPinned(host=host, nearest=pin_set.nearest(host))

    def mismatch(
        reason: MismatchReason,
        denied: tuple[Pin, Certificate] | None = None,
        missing: tuple[PolicyPin, ...] = (),
    ) -> MismatchError:
        return MismatchError(
            host=host,
            policy=policy,
            chain=chain,
            at=at,
            reason=reason,
            denied=denied,
            missing=missing,
        )

    if policy.expired(at) and policy.enforced(at):
        raise mismatch(MismatchReason.EXPIRED_POLICY)
    if (denied := _denied(policy, chain)) is not None:
        raise mismatch(MismatchReason.DENIED_KEY, denied)
    if (met := _match(policy.pins, chain)) is None:
        raise mismatch(MismatchReason.NO_MATCH)
    if policy.also and _match(policy.also, chain) is None:
        raise mismatch(MismatchReason.NO_MATCH, missing=policy.also)
    pin, certificate, position = met
    return Matched(
        host=host,
        policy=policy,
        pin=pin,
        certificate=certificate,
        position=position,
        enforced=policy.enforced(at),
    )


def _match(
    entries: tuple[PolicyPin, ...], chain: VerifiedChain
) -> tuple[PolicyPin, Certificate, Position] | None:
    """Return the first pin that matches, going from the leaf up, with what it matched."""
    for index, certificate in enumerate(chain):
        position = chain.position(index)
        for entry in entries:
            if entry.pin.matches(certificate, position):
                return entry, certificate, position
    return None


def _denied(policy: Policy, chain: VerifiedChain) -> tuple[Pin, Certificate] | None:
    """Return a denied pin and the certificate of the chain that it is of, wherever that stands."""
    for pin in policy.denied:
        for certificate in chain:
            if pin.is_of(certificate):
                return pin, certificate
    return None
