"""Where the longest name decides, what is below a name alone is not pinned."""

from keypin.formats.masks import unmasked
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin

PINS = (PolicyPin(Pin(b"a" * 32)), PolicyPin(Pin(b"b" * 32)))


def policy(host: str) -> Policy:
    """Return a policy."""
    return Policy(host=HostPattern.parse(host), pins=PINS)


def test_what_is_below_is_exempt() -> None:
    """An exemption stands behind the name that hides it."""
    made = unmasked([policy("**.example.com"), policy("a.example.com"), policy("b.example.org")])
    assert [str(one.host) for one in made] == [
        "**.example.com",
        "a.example.com",
        "**.a.example.com",
        "b.example.org",
    ]
    pins = PinSet(made)
    assert pins.policy_for("a.example.com") is not None
    assert pins.policy_for("x.a.example.com") is None
    assert pins.policy_for("x.example.com") is not None


def test_what_has_its_own_entry_is_not() -> None:
    """A name whose subdomains are pinned hides nothing."""
    policies = [policy("**.example.com"), policy("a.example.com"), policy("**.a.example.com")]
    assert unmasked(policies) == policies
