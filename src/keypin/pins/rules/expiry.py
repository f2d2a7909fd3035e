"""Rules on the end of a policy, and on pins that end before it.

A policy in a client that nobody updates any more outlives its keys. An expiry turns that from a
permanent outage into the loss of the extra protection; one that is too near turns pinning off.
"""

from collections.abc import Iterator
from datetime import timedelta

from keypin.findings import Severity
from keypin.pins.ca_facts import KnownKey, known_key
from keypin.pins.lifetimes import days
from keypin.pins.policy import OnExpiry
from keypin.pins.rules.rule import Case, Hit, Rule

NEAR = timedelta(days=30)
"""A release reaches most users of an app store within a month; less warning is too late."""

HORIZON = timedelta(days=365)
"""How long a policy without an expiry is taken to stay in the field at least."""

_AFTERWARDS = {
    OnExpiry.REFUSE: "after it every connection is refused",
    OnExpiry.REPORT: "after it mismatches are reported and let pass",
    OnExpiry.ALLOW: "after it nothing is checked any more",
}


def missing(case: Case) -> Iterator[Hit]:
    """Fire where a policy never expires."""
    if case.policy.expires is None:
        yield Hit("this policy never expires")


def near(case: Case) -> Iterator[Hit]:
    """Fire where a policy expires within thirty days."""
    expires = case.policy.expires
    if expires is not None and case.at < expires <= case.at + NEAR:
        left = days(expires - case.at)
        yield Hit(
            f"this policy expires in {left} days, on {expires:%Y-%m-%d}",
            (f"on_expiry is {case.policy.on_expiry}: {_AFTERWARDS[case.policy.on_expiry]}",),
        )


def passed(case: Case) -> Iterator[Hit]:
    """Fire where a policy has expired: none of its pins is enforced, or nothing connects."""
    expires = case.policy.expires
    if expires is not None and expires <= case.at:
        yield Hit(
            f"this policy expired on {expires:%Y-%m-%d}",
            (f"on_expiry is {case.policy.on_expiry}: {_AFTERWARDS[case.policy.on_expiry]}",),
        )


def _pinned(case: Case) -> Iterator[tuple[KnownKey, Hit]]:
    """Yield each known CA key that is pinned, with a hit that says until when it lasts."""
    for entry in case.pins():
        key = known_key(entry.pin)
        if key is not None:
            text = f"{key.name} of {key.operator} ends on {key.not_after}"
            yield key, Hit(text, (f"{entry.pin}: {key.name}, {key.level}",), entry.place)


def key_ends_first(case: Case) -> Iterator[Hit]:
    """Fire on a CA key that ends before the policy, or within a year where that has no end."""
    until = (case.policy.expires or case.at + HORIZON).date()
    for key, hit in _pinned(case):
        if case.at.date() <= key.not_after < until:
            yield hit


def key_ended(case: Case) -> Iterator[Hit]:
    """Fire on a CA key whose last certificate has expired: no chain can contain it."""
    for key, hit in _pinned(case):
        if key.not_after < case.at.date():
            yield Hit(f"the pin can never match: {hit.message}", hit.evidence, hit.place)


RULES: tuple[Rule, ...] = (
    Rule(
        id="expiry-missing",
        severity=Severity.NOTE,
        reason="A client that is never updated again refuses the server for good once the pinned "
        "keys are gone.",
        cure="Set expires to the date by which no client with these pins should be left, unless "
        "every client can be updated at will.",
        check=missing,
    ),
    Rule(
        id="expiry-near",
        severity=Severity.WARNING,
        reason="Clients that are not updated by then stop being protected, or stop working.",
        cure="Publish a new version of the pin set with a later expiry now.",
        check=near,
    ),
    Rule(
        id="expiry-passed",
        severity=Severity.ERROR,
        reason="The pins are no longer enforced, or every connection is refused.",
        cure="Set a later expiry and publish the pin set, or remove the policy.",
        check=passed,
    ),
    Rule(
        id="ca-key-ends-first",
        severity=Severity.WARNING,
        reason="From the day the CA's certificate ends the pin matches nothing.",
        cure="Add the pin of the key that succeeds it, and ship that well before.",
        check=key_ends_first,
    ),
    Rule(
        id="ca-key-ended",
        severity=Severity.ERROR,
        reason="No chain that verifies can contain an expired CA certificate's key.",
        cure="Remove the pin, or replace it by the pin of the key that succeeded it.",
        check=key_ended,
    ),
)
