"""What every rule's test says first: these pins, these chains, and what the rule finds."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest

from keypin.certs.verified import VerifiedChain
from keypin.findings import Finding
from keypin.pins.host import HostPattern
from keypin.pins.lint import lint
from keypin.pins.pin import Pin
from keypin.pins.pin_set import PinSet
from keypin.pins.policy import Policy, PolicyPin, Role

Finds = Callable[..., tuple[Finding, ...]]


def policy_of(
    host: str = "api.example.com",
    active: tuple[Pin | str, ...] = (),
    backup: tuple[Pin | str, ...] = (),
    retiring: tuple[Pin | str, ...] = (),
    denied: tuple[Pin, ...] = (),
    **rest: Any,
) -> Policy:
    """Return a policy in few words; where a second pin is missing a reason is given."""
    roles = ((Role.ACTIVE, active), (Role.BACKUP, backup), (Role.RETIRING, retiring))
    pins = tuple(
        PolicyPin(Pin.parse(pin) if isinstance(pin, str) else pin, role)
        for role, given in roles
        for pin in given
    )
    if len(pins) < 2:
        rest.setdefault("no_backup", "a test")
    return Policy(host=HostPattern.parse(host), pins=pins, denied=denied, **rest)


@pytest.fixture
def policy() -> Callable[..., Policy]:
    """The short way to a policy."""
    return policy_of


@pytest.fixture
def finds(now: datetime) -> Finds:
    """Lint policies and return one rule's findings."""

    def find(
        rule: str,
        *policies: Policy,
        observed: Mapping[str, tuple[VerifiedChain, ...]] | None = None,
        at: datetime = now,
    ) -> tuple[Finding, ...]:
        found = lint(PinSet(policies), at=at, observed=observed or {})
        return tuple(finding for finding in found if finding.id == rule)

    return find


@pytest.fixture
def spare() -> Callable[[int], str]:
    """Pins of keys that nobody has, one for each number."""

    def pin(number: int) -> str:
        return str(Pin(bytes(range(number, number + 32))))

    return pin
