"""Which policy decides for a host, and why: the question before any connection is made."""

from dataclasses import dataclass
from datetime import datetime

from keypin.pins.host import canonical_host
from keypin.pins.pin_set import PinSet
from keypin.pins.policy import Mode, OnExpiry, Policy

PINNED = "pinned"
NOT_PINNED = "not-pinned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The policy that decides for a host at a time, and why it does.

    Attributes:
        host: the canonical host.
        outcome: `pinned` or `not-pinned`.
        policy: the host pattern of the policy, or None.
        pins: what it accepts, as `sha256/...`.
        enforced: whether a mismatch is refused at that time.
        expires: when it expires, or None.
        reason: why this policy, and why enforced or not, in words.
    """

    host: str
    outcome: str
    policy: str | None
    pins: tuple[str, ...]
    enforced: bool
    expires: datetime | None
    reason: str


def explain(pin_set: PinSet, host: str, at: datetime) -> Explanation:
    """Say which policy decides for `host` at a time, and why.

    Raises:
        HostError: `host` is no host.
    """
    canonical = canonical_host(host)
    policy = pin_set.policy_for(canonical)
    return Explanation(
        host=canonical,
        outcome=PINNED if policy else NOT_PINNED,
        policy=str(policy.host) if policy else None,
        pins=tuple(str(entry.pin) for entry in policy.pins) if policy else (),
        enforced=policy.enforced(at) if policy else False,
        expires=policy.expires if policy else None,
        reason=_because(pin_set, canonical, policy, at),
    )


def _because(pin_set: PinSet, host: str, policy: Policy | None, at: datetime) -> str:
    if policy is None:
        nearest = pin_set.nearest(host)
        if nearest is None:
            return "no policy covers this host"
        exempt = next((one for one in pin_set.policies if one.host == nearest), None)
        if exempt is not None and exempt.exempt is not None and exempt.host.covers(host):
            return f"{nearest} exempts this host: {exempt.exempt}"
        return f"no policy covers this host; the nearest, {nearest}, does not reach it"
    covering = sum(other.host.covers(host) for other in pin_set.policies)
    which = "names this host" if not policy.host.wildcard else "covers this host"
    alone = f" and is the most specific of {covering}" if covering > 1 else ""
    return f"{policy.host} {which}{alone}; {_state(policy, at)}"


def _state(policy: Policy, at: datetime) -> str:
    if policy.expired(at):
        done = {
            OnExpiry.REFUSE: "refuses every connection since",
            OnExpiry.REPORT: "only reports mismatches since",
            OnExpiry.ALLOW: "lets every connection pass since",
        }
        return f"it expired on {policy.expires:%Y-%m-%d} and {done[policy.on_expiry]}"
    return "it is enforced" if policy.mode is Mode.ENFORCE else "it only reports mismatches"
