"""What wget2's database cannot say."""

from datetime import UTC, datetime

import pytest

from keypin.formats import LossError, form
from keypin.pins import HostPattern, OnExpiry, Pin, PinSet, Policy, PolicyPin, Role

A, B, C = (Pin(bytes([byte]) * 32) for byte in (1, 2, 3))

PINS = (PolicyPin(A), PolicyPin(B, Role.BACKUP, "in the safe"))

ROOT = Pin.parse("sha256/C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M=")  # ISRG Root X1

WGET2 = form("wget2")


def _policy(host: str, **settings) -> Policy:
    return Policy(host=HostPattern.parse(host), pins=PINS, **settings)


def _exempt(host: str, **settings) -> Policy:
    return Policy(host=HostPattern.parse(host), pins=(), exempt="x", **settings)


def test_a_parent_that_would_be_masked() -> None:
    """Without the exemption the subdomains would lose their pins: refused."""
    pin_set = PinSet([_policy("**.example.com"), _policy("api.example.com")])
    with pytest.raises(LossError) as caught:
        WGET2.dumps(pin_set)
    assert str(caught.value) == (
        "api.example.com cannot be written as wget2's HPKP database: the subdomains of "
        "api.example.com, which **.example.com pins, would not be pinned; pin "
        "**.api.example.com instead, or exempt its subdomains"
    )


def _losses(*policies: Policy) -> list[str]:
    return [f"{loss.id} {loss.subject}: {loss.message}" for loss in WGET2.losses(PinSet(policies))]


def test_exemptions() -> None:
    """A record needs pins, so that most exemptions cannot be said; comments of none can."""
    wide = _policy("**.example.com")
    told = "exempt api.example.com: only pins make a record, so that **.example.com would cover it"
    assert told in _losses(wide, _exempt("api.example.com"))
    assert any("nothing else covers" in told for told in _losses(wide, _exempt("other.example")))
    beside = (wide, _policy("api.example.com"), _exempt("**.api.example.com", comment="y"))
    assert "comment **.api.example.com: the comment of the exemption is not written" in _losses(
        *beside
    )
    with pytest.raises(LossError, match="every host is exempt"):
        WGET2.dumps(PinSet([_exempt("a.example")]))


def test_roots_and_old_times() -> None:
    """A root's key is seldom sent; times before 1970 cannot be said."""
    entries = (PolicyPin(A), PolicyPin(ROOT))
    (told,) = _losses(Policy(host=HostPattern("a.example"), pins=entries))
    assert told.startswith("presented a.example: the keys that the server sends are compared")
    old = datetime(1960, 1, 1, tzinfo=UTC)
    (told,) = _losses(_policy("a.example", expires=old, on_expiry=OnExpiry.ALLOW))
    assert told.startswith("expiry-time a.example: its time counts from 1970")
