"""From pins to the pin set that says what an app accepts."""

from datetime import timedelta

import pytest

from keypin.audit.model import FoundPin, Source
from keypin.audit.policies import pin_set_of
from keypin.errors import Place
from keypin.pins import HostPattern, Mode, Pin, PinSet, Policy, PolicyPin

A, B, C, D = (f"sha256/{letter * 42}A=" for letter in "BCDE")


def coded(host: str | None, *pins: str, source: Source = Source.CALL) -> list[FoundPin]:
    """Return pins that code hands over."""
    return [FoundPin(Pin.parse(pin), host, Place("app.apk!/classes.dex"), source) for pin in pins]


def configured(host: str, *pins: str, **settings) -> Policy:
    """Return the policy of a configuration."""
    entries = tuple(PolicyPin(Pin.parse(pin)) for pin in pins)
    return Policy(host=HostPattern.parse(host), pins=entries, **settings)


@pytest.fixture
def accepted(now):
    """Return a function that gives what an app accepts, by pattern."""

    def read(pins: list[FoundPin], *policies: Policy) -> dict[str, tuple[list[str], list[str]]]:
        made = pin_set_of(pins, policies, name="app", at=now)
        return {
            str(policy.host): (
                sorted(str(one.pin) for one in policy.pins),
                sorted(str(one.pin) for one in policy.also),
            )
            for policy in made.policies
        } if isinstance(made, PinSet) else {}  # fmt: skip

    return read


def test_no_host_no_policy(accepted) -> None:
    """Pins of nobody make no pin set, nor do hosts that may not be pinned."""
    assert accepted(coded(None, A)) == {}
    assert accepted(coded("*.com", A)) == {}
    assert accepted(coded("a.example", A, source=Source.TEXT)) == {}


def test_calls_add_up(accepted) -> None:
    """Every call for a pattern adds its pins; one pin says why it is alone."""
    assert accepted(coded("a.example.com", A) + coded("a.example.com", B, A)) == {
        "a.example.com": ([A, B], [])
    }
    assert accepted(coded("a.example.com", A)) == {"a.example.com": ([A], [])}


def test_patterns_of_okhttp_add_up(accepted) -> None:
    """In OkHttp the pins of all patterns that cover a host count together."""
    found = (
        coded("**.example.com", A)
        + coded("*.example.com", B)
        + coded("a.example.com", C)
        + coded("**.a.example.com", D)
    )
    assert accepted(found) == {
        "**.example.com": ([A], []),
        "*.example.com": ([A, B], []),
        "a.example.com": ([A, B, C, D], []),
        "**.a.example.com": ([A, D], []),
    }


def test_two_mechanisms_must_both_match(accepted) -> None:
    """A configuration and code for one host: the pins of either, and of the other as well."""
    policy = configured("**.example.com", A, B)
    assert accepted(coded("a.example.com", C, D), policy) == {
        "**.example.com": ([A, B], []),
        "a.example.com": ([C, D], [A, B]),
    }
    assert accepted(coded("**.example.com", C, D), policy) == {"**.example.com": ([A, B], [C, D])}
    assert accepted(coded("a.example.com", A, B), policy)["a.example.com"] == ([A, B], [])


def test_what_does_not_hold_demands_nothing(accepted, now) -> None:
    """An expired configuration, and one that only reports, demand nothing of code."""
    for settings in ({"expires": now - timedelta(1)}, {"mode": Mode.REPORT}):
        policy = configured("**.example.com", A, B, **settings)
        assert accepted(coded("a.example.com", C, D), policy)["a.example.com"] == ([C, D], [])


def test_two_configurations_of_one_host(accepted) -> None:
    """Android's own and TrustKit's: both; of two alike, one."""
    one, other = configured("a.example", A, B), configured("a.example", C, D)
    assert accepted([], one, other) == {"a.example": ([A, B], [C, D])}
    assert accepted([], one, one) == {"a.example": ([A, B], [])}


def test_exemptions(accepted) -> None:
    """A host that a configuration leaves out is pinned if something else pins it."""
    nothing = configured("a.example", exempt="no pin-set")
    assert accepted([], nothing) == {"a.example": ([], [])}
    assert accepted([], nothing, configured("a.example", A, B)) == {"a.example": ([A, B], [])}
    assert accepted([], configured("a.example", A, B), nothing) == {"a.example": ([A, B], [])}
    assert accepted(coded("a.example", C, D), nothing) == {"a.example": ([C, D], [])}
