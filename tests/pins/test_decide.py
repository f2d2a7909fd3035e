"""The verdict: three outcomes, none mistaken for another, each with its evidence."""

from datetime import UTC, datetime, timedelta

import pytest

from keypin.certs import Position
from keypin.errors import HostError
from keypin.pins import (
    HostPattern,
    Matched,
    MismatchError,
    MismatchReason,
    Mode,
    NotPinned,
    OnExpiry,
    Pin,
    PinSet,
    Policy,
    PolicyPin,
    Role,
    decide,
)

NOW = datetime(2026, 11, 23, tzinfo=UTC)
OTHER = PolicyPin(Pin(bytes(32)), Role.BACKUP)


@pytest.fixture(scope="module")
def chain(root):
    """Return a verified chain of leaf, intermediate and root."""
    return root.below().chain("api.example.com")


def pin_set(*pins, host: str = "api.example.com", **changes) -> PinSet:
    """Return a pin set of one policy."""
    entries = tuple(pin if isinstance(pin, PolicyPin) else PolicyPin(pin) for pin in pins)
    policy = Policy(host=HostPattern.parse(host), pins=(*entries, OTHER), **changes)
    return PinSet((policy,))


@pytest.mark.parametrize("index", [0, 1, 2])
def test_a_match_is_evidence(chain, index: int) -> None:
    """A match says which pin matched which certificate, and where it stands."""
    pins = pin_set(Pin.of_key(chain[index]))
    verdict = decide(pins, "API.example.com.", chain, NOW)
    assert verdict == Matched(
        host="api.example.com",
        policy=pins.policies[0],
        pin=PolicyPin(Pin.of_key(chain[index])),
        certificate=chain[index],
        position=list(Position)[index],
        enforced=True,
    )


def test_not_pinned_is_its_own_outcome(chain) -> None:
    """A host without a policy is not a match, and the pattern that was probably meant is named."""
    pins = pin_set(Pin.of_key(chain.leaf), host="example.com")
    assert decide(pins, "api.example.com", chain, NOW) == NotPinned(
        host="api.example.com", nearest=HostPattern("example.com")
    )
    assert decide(pins, "example.org", chain, NOW) == NotPinned(host="example.org")


def test_a_mismatch_raises(chain) -> None:
    """No pin matches: the error carries the whole story as fields."""
    pins = pin_set(Pin(b"\1" * 32))
    with pytest.raises(MismatchError) as caught:
        decide(pins, "api.example.com", chain, NOW)
    error = caught.value
    assert (error.host, error.policy, error.chain, error.at) == (
        "api.example.com", pins.policies[0], chain, NOW,
    )  # fmt: skip
    assert (error.reason, error.enforced, error.denied, error.misplaced) == (
        MismatchReason.NO_MATCH, True, None, (),
    )  # fmt: skip


def test_position_is_respected(chain) -> None:
    """A leaf pin does not match the root, nor the reverse, and the error knows."""
    misplaced = PolicyPin(Pin.of_key(chain.root, position="leaf"))
    with pytest.raises(MismatchError) as caught:
        decide(pin_set(misplaced), "api.example.com", chain, NOW)
    assert caught.value.misplaced == ((misplaced, Position.ROOT),)


def test_a_denied_key_wins(chain) -> None:
    """A denied key anywhere in the chain is refused although a pin matches."""
    denied = Pin.of_key(chain[1])
    pins = pin_set(Pin.of_key(chain.leaf), denied=(denied,))
    with pytest.raises(MismatchError) as caught:
        decide(pins, "api.example.com", chain, NOW)
    assert caught.value.reason is MismatchReason.DENIED_KEY
    assert caught.value.denied == (denied, chain[1])


def test_denied_keys_that_are_absent(chain) -> None:
    """A denied key that is not in the chain changes nothing."""
    pins = pin_set(Pin.of_key(chain.leaf), denied=(Pin(b"\2" * 32),))
    assert isinstance(decide(pins, "api.example.com", chain, NOW), Matched)


@pytest.mark.parametrize("mode", list(Mode))
def test_report_mode_is_told(chain, mode: Mode) -> None:
    """A mismatch in report mode is a mismatch too, and says that it is not enforced."""
    with pytest.raises(MismatchError) as caught:
        decide(pin_set(Pin(b"\1" * 32), mode=mode), "api.example.com", chain, NOW)
    assert caught.value.enforced is (mode is Mode.ENFORCE)


@pytest.mark.parametrize("on_expiry", list(OnExpiry))
def test_expiry(chain, on_expiry: OnExpiry) -> None:
    """An expired policy refuses every connection, or refuses none, as it says itself."""
    changes = {"expires": NOW, "on_expiry": on_expiry}
    good = pin_set(Pin.of_key(chain.leaf), **changes)
    assert isinstance(decide(good, "api.example.com", chain, NOW - timedelta(seconds=1)), Matched)
    if on_expiry is OnExpiry.REFUSE:
        with pytest.raises(MismatchError) as caught:
            decide(good, "api.example.com", chain, NOW)
        assert (caught.value.reason, caught.value.enforced) == (
            MismatchReason.EXPIRED_POLICY, True,
        )  # fmt: skip
        return
    verdict = decide(good, "api.example.com", chain, NOW)
    assert isinstance(verdict, Matched)
    assert not verdict.enforced
    with pytest.raises(MismatchError) as caught:
        decide(pin_set(Pin(b"\1" * 32), **changes), "api.example.com", chain, NOW)
    assert not caught.value.enforced


def test_no_host(chain) -> None:
    """What is no host is refused before anything is compared."""
    with pytest.raises(HostError):
        decide(pin_set(Pin.of_key(chain.leaf)), "api.example.com\0.evil.test", chain, NOW)


def test_pins_that_must_match_as_well(chain) -> None:
    """Where a policy has such pins, a match needs one of each; the story says which is missing."""
    leaf, ca = Pin.of_key(chain.leaf), Pin.of_key(chain[2], position="ca")
    both = pin_set(leaf, also=(PolicyPin(ca),))
    assert isinstance(decide(both, "api.example.com", chain, NOW), Matched)
    lacking = pin_set(leaf, also=(OTHER,))
    with pytest.raises(MismatchError) as caught:
        decide(lacking, "api.example.com", chain, NOW)
    assert caught.value.missing == (OTHER,)
    text = str(caught.value)
    assert text.startswith(
        "api.example.com: no pin that must match as well matches the verified chain\n"
    )
    assert "  and one of these must match as well:\n" in text


def test_an_exemption_is_not_pinned(chain) -> None:
    """A host that is exempt from a wider policy is not pinned, and never a match."""
    wide = Policy(host=HostPattern.parse("**.example.com"), pins=(OTHER,), no_backup="a test")
    spared = Policy(host=HostPattern.parse("api.example.com"), pins=(), exempt="a partner's")
    pins = PinSet((wide, spared))
    assert decide(pins, "api.example.com", chain, NOW) == NotPinned(
        host="api.example.com", nearest=HostPattern("api.example.com")
    )
    with pytest.raises(MismatchError):
        decide(pins, "www.example.com", chain, NOW)
