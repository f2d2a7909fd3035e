"""Lint: what a very experienced operator would say of a pin set before it is shipped.

Every judgement is a row of `RULES`, whose rows stand by family in `keypin.pins.rules`. Rules need
nothing but the pin set and the time; with observed chains they also tell what is deployed. No
network, no files: whoever calls observes, this module judges.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from keypin.certs.verified import VerifiedChain
from keypin.errors import HostError
from keypin.findings import Finding
from keypin.pins.pin_set import PinSet
from keypin.pins.policy import Policy
from keypin.pins.rules import backup, ca, certificate_pins, expiry, hosts, match, shape
from keypin.pins.rules.rule import Case, Rule

RULES: tuple[Rule, ...] = (
    *backup.RULES,
    *match.RULES,
    *certificate_pins.RULES,
    *ca.RULES,
    *hosts.RULES,
    *expiry.RULES,
    *shape.RULES,
)
"""Every rule, in the order in which its findings are given for a policy."""

_NOTHING: Mapping[str, tuple[VerifiedChain, ...]] = MappingProxyType({})


def lint(
    pin_set: PinSet,
    *,
    at: datetime,
    observed: Mapping[str, tuple[VerifiedChain, ...]] = _NOTHING,
) -> tuple[Finding, ...]:
    """Judge a pin set.

    Args:
        pin_set: what is judged.
        at: the time of the judgement, timezone-aware.
        observed: the verified chains that hosts show now, by host name; hosts without a policy
            are welcome, they tell which names exist.

    Returns:
        What was found, policy by policy in the set's order; empty where there is nothing to say.

    Raises:
        ValueError: `at` has no timezone.
    """
    if at.tzinfo is None:
        raise ValueError("at has no timezone; pass an aware datetime")
    pinned = (policy for policy in pin_set.policies if policy.exempt is None)
    pinned = (policy for policy in pin_set.policies if policy.exempt is None)
    cases = (_case(policy, pin_set, at, observed) for policy in pinned)
    return tuple(found for case in cases for rule in RULES for found in rule.findings(case))


def _case(
    policy: Policy,
    pin_set: PinSet,
    at: datetime,
    observed: Mapping[str, tuple[VerifiedChain, ...]],
) -> Case:
    chains = tuple(
        (host, chain)
        for host, shown in observed.items()
        if _decides(pin_set, host) is policy
        for chain in shown
    )
    return Case(policy=policy, pin_set=pin_set, at=at, chains=chains, hosts=tuple(observed))


def _decides(pin_set: PinSet, host: str) -> Policy | None:
    """Return the policy of an observed host; a name that no policy could have is nobody's."""
    try:
        return pin_set.policy_for(host)
    except HostError:
        return None
