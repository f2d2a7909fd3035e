from datetime import timedelta

import pytest

from keypin.pins.ca_facts import BY_NAME
from keypin.pins.policy import OnExpiry


def test_a_policy_without_an_end_is_noted(finds, policy, spare, now) -> None:
    """A client that is never updated needs an end; with one the rule is silent."""
    (found,) = finds("expiry-missing", policy(active=(spare(1),)))
    assert found.severity == "note"
    assert found.message == "this policy never expires"
    assert not finds("expiry-missing", policy(active=(spare(1),), expires=now))


@pytest.mark.parametrize("days", [1, 30])
def test_an_end_within_thirty_days_is_near(finds, policy, spare, now, days) -> None:
    """Thirty days is too late for an app store."""
    pinned = policy(active=(spare(1),), expires=now + timedelta(days=days))
    (found,) = finds("expiry-near", pinned)
    assert found.message.startswith(f"this policy expires in {days} days, on 2026-1")
    assert found.evidence == ("on_expiry is report: after it mismatches are reported and let pass",)


@pytest.mark.parametrize("days", [-1, 0, 31])
def test_an_end_that_is_far_or_past_is_not_near(finds, policy, spare, now, days) -> None:
    """What has passed is another rule's."""
    pinned = policy(active=(spare(1),), expires=now + timedelta(days=days))
    assert not finds("expiry-near", pinned)


def test_an_expired_policy_is_an_error(finds, policy, spare, now) -> None:
    """The evidence says what the clients do now."""
    pinned = policy(active=(spare(1),), expires=now, on_expiry=OnExpiry.REFUSE)
    (found,) = finds("expiry-passed", pinned)
    assert found.message == "this policy expired on 2026-11-23"
    assert found.evidence == ("on_expiry is refuse: after it every connection is refused",)
    later = policy(active=(spare(1),), expires=now + timedelta(days=1))
    assert not finds("expiry-passed", later)
    assert not finds("expiry-passed", policy(active=(spare(1),)))


def test_a_ca_key_that_ends_before_the_policy_is_told(finds, policy, spare, now) -> None:
    """R12 ends in March 2027: within a year of a policy that has no end."""
    pin = BY_NAME["R12"].pin
    (found,) = finds("ca-key-ends-first", policy(active=(pin, spare(1))))
    assert found.message == "R12 of Let's Encrypt ends on 2027-03-12"
    assert found.evidence == (f"{pin}: R12, intermediate",)
    short = policy(active=(pin,), expires=now + timedelta(days=60))
    assert not finds("ca-key-ends-first", short)


def test_a_ca_key_that_has_ended_can_never_match(finds, policy) -> None:
    """R3 ended in September 2025."""
    pin = BY_NAME["R3"].pin
    (found,) = finds("ca-key-ended", policy(active=(pin,)))
    assert found.message == "the pin can never match: R3 of Let's Encrypt ends on 2025-09-15"
    assert not finds("ca-key-ends-first", policy(active=(pin,)))
    assert not finds("ca-key-ended", policy(active=(BY_NAME["ISRG Root X1"].pin,)))
