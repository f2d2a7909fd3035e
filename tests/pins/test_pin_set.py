"""Pin sets: which policy decides for a host."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.errors import HostError, PinError, PinSetError
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin

A, B, C = (PolicyPin(Pin(bytes([number]) * 32)) for number in (1, 2, 3))
EXAMPLE = HostPattern("example.com")
JUNE = datetime(2027, 6, 1, tzinfo=UTC)


def policy(host: str = "example.com", **changes) -> Policy:
    """Return a valid policy, changed."""
    return Policy(**{"host": HostPattern.parse(host), "pins": (A, B), **changes})


def test_empty_pin_set() -> None:
    """An empty pin set pins nothing, which nobody may mistake for success: refused."""
    with pytest.raises(PinSetError, match="the pin set is empty; expected at least one policy"):
        PinSet(())


def test_pattern_twice() -> None:
    """Two policies for one pattern, in whatever spelling, are refused."""
    with pytest.raises(PinSetError, match=r"two policies for example\.com; put their pins into"):
        PinSet((policy("example.com"), policy("EXAMPLE.com.")))


@pytest.mark.parametrize(
    ("host", "decides"),
    [
        ("example.com", "**.example.com"),
        ("www.example.com", "*.example.com"),
        ("api.example.com", "api.example.com"),
        ("API.example.com.", "api.example.com"),
        ("a.b.example.com", "**.b.example.com"),
        ("b.example.com", "**.b.example.com"),
        ("x.y.example.com", "**.example.com"),
        ("example.org", None),
        ("evilexample.com", None),
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.2", None),
    ],
)
def test_the_most_specific_decides_alone(host: str, decides: str | None) -> None:
    """A child masks its parent whatever their order; policies are never united."""
    patterns = [
        "**.example.com", "*.example.com", "api.example.com", "**.b.example.com", "192.0.2.1",
    ]  # fmt: skip
    for order in (patterns, patterns[::-1]):
        found = PinSet(tuple(policy(pattern) for pattern in order)).policy_for(host)
        assert (str(found.host) if found else None) == decides


labels = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(".".join)
patterns = st.builds(
    lambda mark, name: HostPattern(f"{name}.example.com", mark),
    st.sampled_from(("", "*.", "**.")),
    labels,
)


@given(found=st.lists(patterns, min_size=1, max_size=8, unique=True), name=labels)
def test_the_walk_agrees_with_the_definition(found: list[HostPattern], name: str) -> None:
    """Looking up by labels gives what comparing every pattern gives."""
    host = f"{name}.example.com"
    pin_set = PinSet(tuple(Policy(host=pattern, pins=(A, B)) for pattern in found))
    covering = [pattern for pattern in found if pattern.covers(host)]
    best = max(covering, key=lambda pattern: pattern.specificity, default=None)
    decided = pin_set.policy_for(host)
    assert (decided.host if decided else None) == best


def test_from_mapping() -> None:
    """A plain mapping of hosts to pins is a pin set."""
    pin_set = PinSet.from_mapping({"**.example.com": [str(A.pin), str(B.pin)]})
    assert pin_set.policies == (policy("**.example.com"),)
    single = PinSet.from_mapping({"example.com": [str(A.pin)]}, no_backup="test")
    assert single.policies[0].no_backup == "test"


@pytest.mark.parametrize(
    ("mapping", "error"),
    [
        ({"example.com": [str(A.pin)]}, PinSetError),
        ({"example.com": [str(A.pin), "sha256/broken"]}, PinError),
        ({"exa mple.com": [str(A.pin), str(B.pin)]}, HostError),
        ({}, PinSetError),
    ],
)
def test_half_a_mapping_is_none(mapping, error) -> None:
    """One malformed part refuses the whole: nothing is left out in silence."""
    with pytest.raises(error):
        PinSet.from_mapping(mapping)


def test_a_mapping_of_a_hundred_thousand_is_looked_at_whole() -> None:
    """What is valid at a look becomes objects later; the one that is not raises at once."""
    pins = [str(A.pin), str(B.pin)]
    many = {f"h{index}.example.com": pins for index in range(1000)}
    pin_set = PinSet.from_mapping(many)
    assert pin_set.policy_for("H7.example.com.") is pin_set.policy_for("h7.example.com")
    assert [str(found.host) for found in pin_set.policies] == list(many)
    assert pin_set == PinSet(pin_set.policies)
    assert hash(pin_set) == hash(PinSet(pin_set.policies))
    assert pin_set != PinSet(pin_set.policies, "named")
    assert pin_set != many
    assert repr(PinSet(pin_set.policies[:2], "shop")) == "<PinSet shop of 2 policies>"
    for broken in (pins[:1], [pins[0], pins[0]], [pins[0], pins[1][:-2]], []):
        with pytest.raises((PinError, PinSetError)):
            PinSet.from_mapping({**many, "last.example.com": broken})


def test_a_host_twice_in_two_spellings() -> None:
    """A mapping's keys differ, and the hosts do not."""
    pins = [str(A.pin), str(B.pin)]
    with pytest.raises(PinSetError, match=r"two policies for example\.com"):
        PinSet.from_mapping({"example.com": pins, "EXAMPLE.com": pins})
    with pytest.raises(PinSetError, match=r"two policies for example\.com"):
        PinSet.from_mapping({"EXAMPLE.com": pins, "example.com": pins})


def test_nearest() -> None:
    """The longest name above a host, whatever pattern it has."""
    pins = [str(A.pin), str(B.pin)]
    pin_set = PinSet.from_mapping({"example.com": pins, "*.api.example.com": pins})
    assert str(pin_set.nearest("a.b.api.example.com")) == "*.api.example.com"
    assert str(pin_set.nearest("www.example.com")) == "example.com"
    assert pin_set.nearest("example.org") is None


@pytest.mark.parametrize("reason", ["", " "])
def test_an_empty_reason_is_refused_when_it_is_given(reason: str) -> None:
    """Not when the policy is first asked for, in the middle of a handshake."""
    with pytest.raises(PinSetError, match=r"the no_backup of example\.com is empty"):
        PinSet.from_mapping({"example.com": [str(A.pin), str(B.pin)]}, no_backup=reason)
