"""Which policy decides, and why, without a connection."""

from datetime import UTC, datetime

import pytest

from keypin.errors import HostError
from keypin.pins import HostPattern, Mode, OnExpiry, Pin, PinSet, Policy, PolicyPin, explain

NOW = datetime(2026, 11, 23, tzinfo=UTC)
PINS = (PolicyPin(Pin(b"\1" * 32)), PolicyPin(Pin(b"\2" * 32)))


def one(host: str, **changes) -> Policy:
    """Return a policy."""
    return Policy(host=HostPattern.parse(host), pins=PINS, **changes)


SPARED = Policy(host=HostPattern.parse("api.example.com"), pins=(), exempt="a partner's")


@pytest.mark.parametrize(
    ("policies", "host", "reason"),
    [
        ([one("api.example.com")], "api.example.com",
         "api.example.com names this host; it is enforced"),
        ([one("**.example.com")], "api.example.com",
         "**.example.com covers this host; it is enforced"),
        ([one("**.example.com"), one("*.example.com")], "api.example.com",
         "*.example.com covers this host and is the most specific of 2; it is enforced"),
        ([one("example.com", mode=Mode.REPORT)], "example.com",
         "example.com names this host; it only reports mismatches"),
        ([one("example.com", expires=NOW)], "example.com",
         "example.com names this host; it expired on 2026-11-23 and only reports mismatches since"),
        ([one("example.com", expires=NOW, on_expiry=OnExpiry.ALLOW)], "example.com",
         "example.com names this host; it expired on 2026-11-23 and lets every connection pass "
         "since"),
        ([one("example.com", expires=NOW, on_expiry=OnExpiry.REFUSE)], "example.com",
         "example.com names this host; it expired on 2026-11-23 and refuses every connection "
         "since"),
        ([one("example.com")], "api.example.com",
         "no policy covers this host; the nearest, example.com, does not reach it"),
        ([one("example.com")], "example.org", "no policy covers this host"),
        ([one("**.example.com"), SPARED], "api.example.com",
         "api.example.com exempts this host: a partner's"),
        ([one("**.example.com"), SPARED], "www.example.com",
         "**.example.com covers this host; it is enforced"),
        ([SPARED], "v2.api.example.com",
         "no policy covers this host; the nearest, api.example.com, does not reach it"),
    ],
)  # fmt: skip
def test_reasons(policies, host: str, reason: str) -> None:
    """The reason says why this policy, and whether it is enforced."""
    assert explain(PinSet(tuple(policies)), host, NOW).reason == reason


def test_fields() -> None:
    """The answer is fields for programs; a host that is not pinned has none of a policy."""
    pin_set = PinSet((one("example.com", expires=NOW),))
    pinned, not_pinned = (explain(pin_set, host, NOW) for host in ("EXAMPLE.com.", "example.org"))
    assert (pinned.host, pinned.outcome, pinned.policy, pinned.enforced, pinned.expires) == (
        "example.com", "pinned", "example.com", False, NOW,
    )  # fmt: skip
    assert pinned.pins == tuple(str(entry.pin) for entry in PINS)
    assert (not_pinned.outcome, not_pinned.policy, not_pinned.pins, not_pinned.enforced) == (
        "not-pinned", None, (), False,
    )  # fmt: skip


def test_no_host() -> None:
    """What is no host has no policy either: refused."""
    with pytest.raises(HostError):
        explain(PinSet((one("example.com"),)), "a b", NOW)
