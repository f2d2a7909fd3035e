"""A policy or pin set that exists is valid; what would brick or weaken cannot be built."""

from datetime import UTC, datetime, timedelta

import pytest

from keypin.errors import PinSetError, Place
from keypin.pins import HostPattern, Mode, OnExpiry, Pin, Policy, PolicyPin, Role

A, B, C = (PolicyPin(Pin(bytes([number]) * 32)) for number in (1, 2, 3))
EXAMPLE = HostPattern("example.com")
JUNE = datetime(2027, 6, 1, tzinfo=UTC)


def policy(host: str = "example.com", **changes) -> Policy:
    """Return a valid policy, changed."""
    return Policy(**{"host": HostPattern.parse(host), "pins": (A, B), **changes})


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"pins": ()}, "the policy for example.com has no pins; expected at least one pin and a "
         "backup pin"),
        ({"pins": (A,)}, "the policy for example.com has one pin and no backup; expected a second "
         "pin, of a key that is kept offline; add it to backup_pins, or say why there is none: "
         'no_backup = "reason"'),
        ({"pins": (A,), "no_backup": " "}, "the no_backup of example.com is empty; expected the "
         "reason why there is no backup pin"),
        ({"pins": (A, B, A)}, f"the pin {A.pin} stands twice in the policy for example.com; take "
         "one out"),
        ({"denied": (A.pin,)}, f"the pin {A.pin} is both accepted and denied in the policy for "
         "example.com; take it out of one list"),
        ({"expires": datetime(2027, 6, 1)}, "the expiry of example.com has no time zone; expected "  # noqa: DTZ001
         "a time with an offset from UTC"),
        ({"report_to": ("ftp://a.example",)}, "'ftp://a.example' in the policy for example.com is "
         "no report address; expected an http or https URL (RFC 7469 section 2.1.4)"),
        ({"exempt": " ", "pins": ()}, "the exempt of example.com is empty; expected the reason why "
         "these hosts are not pinned"),
        ({"exempt": "a partner's"}, "the policy for example.com is exempt and says more than that; "
         "expected a host, exempt and a comment; take out the rest, or exempt"),
        ({"also": (C, C)}, f"the pin {C.pin} stands twice in the policy for example.com; take one "
         "out"),
        ({"report_to": ('https://a.example/"',)}, "'https://a.example/\"' in the policy for "
         "example.com is no report address; expected an http or https URL (RFC 7469 section "
         "2.1.4)"),
        ({"report_to": ("https://",)}, "'https://' in the policy for example.com is no report "
         "address; expected an http or https URL (RFC 7469 section 2.1.4)"),
    ],
)  # fmt: skip
def test_invalid_policies(changes, complaint: str) -> None:
    """What breaks a rule cannot be built, and says where it stands."""
    with pytest.raises(PinSetError) as caught:
        policy(place=Place("pins.toml", 3), **changes)
    assert str(caught.value) == f"pins.toml:3: {complaint}"


def test_the_same_key_twice_is_no_backup() -> None:
    """One key pinned at two positions is still one key."""
    leaf = PolicyPin(Pin(bytes([1]) * 32, position="leaf"))
    with pytest.raises(PinSetError, match="one pin and no backup"):
        policy(pins=(A, leaf))


def test_a_reason_stands_for_a_backup() -> None:
    """One pin alone needs a stated reason."""
    assert policy(pins=(A,), no_backup="the device is replaced").pins == (A,)


def test_pins_stand_by_role() -> None:
    """Pins are kept active, backup, retiring, so that equal policies are equal."""
    backup, retiring = PolicyPin(B.pin, Role.BACKUP), PolicyPin(C.pin, Role.RETIRING)
    assert policy(pins=(retiring, backup, A)).pins == (A, backup, retiring)


@pytest.mark.parametrize(
    ("mode", "on_expiry", "before", "after"),
    [
        (Mode.ENFORCE, OnExpiry.REPORT, True, False),
        (Mode.ENFORCE, OnExpiry.ALLOW, True, False),
        (Mode.ENFORCE, OnExpiry.REFUSE, True, True),
        (Mode.REPORT, OnExpiry.REPORT, False, False),
        (Mode.REPORT, OnExpiry.REFUSE, False, True),
    ],
)
def test_enforced(mode: Mode, on_expiry: OnExpiry, *, before: bool, after: bool) -> None:
    """Whether a mismatch is refused, to the second of the expiry."""
    expiring = policy(mode=mode, on_expiry=on_expiry, expires=JUNE)
    assert expiring.enforced(JUNE - timedelta(seconds=1)) is before
    assert expiring.enforced(JUNE) is after


def test_without_expiry() -> None:
    """A policy without expiry never expires."""
    assert not policy().expired(datetime.max.replace(tzinfo=UTC))
