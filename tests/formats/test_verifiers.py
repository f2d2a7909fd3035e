"""The verifiers that are written beside a table: they decide as `PinSet.policy_for` does."""

import pytest

from keypin.formats import Form, form
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin

A, B = (PolicyPin(Pin(letter * 32)) for letter in (b"a", b"b"))
PINS = PinSet(
    [
        Policy(host=HostPattern.parse("**.example.com"), pins=(A, B), comment="the shop"),
        Policy(host=HostPattern.parse("*.example.org"), pins=(B,), no_backup="a test"),
        Policy(host=HostPattern.parse("partner.example.com"), pins=(), exempt="a partner"),
    ],
    "shop",
)

LEAF_ALONE = ["flutter", "rustls"]
ANY_POSITION = ["urlsession", "alamofire", "dotnet", "go"]


@pytest.mark.parametrize("one", [form(name) for name in ANY_POSITION], ids=lambda one: one.id)
def test_nothing_is_lost(one: Form) -> None:
    """Patterns, exemptions, roles, reasons and names are all written, and read back."""
    assert one.losses(PINS) == ()
    assert one.loads(one.dumps(PINS)).pin_set == PINS


@pytest.mark.parametrize("one", [form(name) for name in LEAF_ALONE], ids=lambda one: one.id)
def test_where_only_the_leaf_is_compared(one: Form) -> None:
    """A pin of any position may turn out to be a CA's there, and never match: that is told."""
    found = {(loss.id, loss.effect) for loss in one.losses(PINS)}
    assert found == {("leaf-alone", "stricter")}
    policies = one.loads(one.dumps(PINS)).pin_set.policies
    assert {entry.pin.position for policy in policies for entry in policy.pins} == {"leaf"}


@pytest.mark.parametrize(
    ("id", "never"),
    [
        ("urlsession", "InsecureSkipVerify"),
        ("flutter", "badCertificateCallback"),
        ("dotnet", "DangerousAcceptAnyServerCertificateValidator"),
    ],
)
def test_no_text_switches_verification_off(id: str, never: str) -> None:  # noqa: A002 - the field
    """Pins tighten: what each platform calls its blanket acceptance is never written."""
    assert never not in form(id).dumps(PINS)
