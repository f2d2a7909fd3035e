"""wget2's HPKP database."""

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.errors import FormatError, InputError
from keypin.formats import detect, form
from keypin.formats.wget2 import NEVER
from keypin.pins import HostPattern, OnExpiry, Pin, PinSet, Policy, PolicyPin, Role

A, B, C = (Pin(bytes([byte]) * 32) for byte in (1, 2, 3))

PINS = (PolicyPin(A), PolicyPin(B, Role.BACKUP, "in the safe"))

WGET2 = form("wget2")


def _base64(pin: Pin) -> str:
    return pin.spell("base64")


def _policy(host: str, **settings) -> Policy:
    return Policy(host=HostPattern.parse(host), pins=PINS, **settings)


def test_what_is_written() -> None:
    """A record a policy, with created 0 and a max-age to its end, and notes that wget2 ignores."""
    expires = datetime(2027, 1, 31, tzinfo=UTC)
    pin_set = PinSet(
        [
            _policy("**.shop.example", comment="the shop"),
            _policy("old.example", expires=expires, on_expiry=OnExpiry.ALLOW),
        ],
        "shop",
    )
    text = WGET2.dumps(pin_set)
    pins = f"*sha256 {_base64(A)}\n*sha256 {_base64(B)} # backup: in the safe\n"
    assert text == (
        "# HPKP 1.0 file\n# Pins of shop.\n\n"
        f"# the shop\nshop.example 1 0 {NEVER}\n{pins}\n"
        f"old.example 0 0 1801353599\n{pins}"
    )
    assert int(expires.timestamp()) == 1801353599 + 1
    assert WGET2.loads(text).pin_set == pin_set
    assert detect(text, "x").id == "wget2"
    assert detect("", "/home/x/.wget-hpkp").id == "wget2"


def test_an_expiry_between_two_seconds() -> None:
    """The record holds to the end of that second, and the loss says so."""
    at = datetime(2027, 1, 31, microsecond=1, tzinfo=UTC)
    pin_set = PinSet([_policy("a.example", expires=at, on_expiry=OnExpiry.ALLOW)])
    assert [loss.id for loss in WGET2.losses(pin_set)] == ["expiry-time"]
    assert " 0 0 1801353600\n" in WGET2.dumps(pin_set)


def test_a_record_masks_its_parent() -> None:
    """The subdomains of an exact record below a wide one are not pinned, in both directions."""
    text = (
        f"example.com 1 0 {NEVER}\n*sha256 {_base64(A)}\n*sha256 {_base64(B)}\n"
        f"api.example.com 0 0 {NEVER}\n*sha256 {_base64(B)}\n*sha256 {_base64(C)}\n"
        f"alone.example 0 0 {NEVER}\n*sha256 {_base64(B)}\n*sha256 {_base64(C)}\n"
    )
    pin_set = WGET2.loads(text).pin_set
    assert [str(policy.host) for policy in pin_set.policies] == [
        "**.example.com", "api.example.com", "**.api.example.com", "alone.example",
    ]  # fmt: skip
    assert pin_set.policy_for("x.example.com") is pin_set.policies[0]
    assert pin_set.policy_for("api.example.com") is pin_set.policies[1]
    assert pin_set.policy_for("x.api.example.com") is None
    assert WGET2.losses(pin_set) == ()
    assert WGET2.loads(WGET2.dumps(pin_set)).pin_set == pin_set


def _findings(text: str) -> list[str]:
    found = WGET2.loads(text, name="x").findings
    return [
        f"{one.place}: {one.id} {one.subject}: {one.message.partition('.  ')[0]}" for one in found
    ]


GOOD = f"ok.example 1 0 {NEVER}\n*sha256 {_base64(A)}\n*sha256 {_base64(B)}\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"a.example 0 5 0\n*sha256 {_base64(A)}\n", "wget2-dead-record a.example: the record is"),
        (f"a.example 0 -1 9\n*sha256 {_base64(A)}\n", "the record is never valid"),
        (f"a.example 0 0 9223372036854775807\n*sha256 {_base64(A)}\n", "the record is never valid"),
        ("a.example 0 0 9\n", "x:1: wget2-dead-record a.example: the record has no pins"),
        (f"A.example 0 0 9\n*sha256 {_base64(A)}\n", "x:1: wget2-dead-host A.example: it should"),
        (
            f"ok.example 0 0 9\n*sha256 {_base64(A)}\n",
            "x:3: wget2-replaced ok.example: a record of line 1 is replaced",
        ),
        (
            f"a.example 0 0 9\n*sha256 {_base64(A)}\n*sha-256 {_base64(B)}\n",
            f"x:3: wget2-dead-pin a.example: '{_base64(B)}' can never match",
        ),
        (
            f"a.example 0 0 9\n*sha256 {_base64(A)}\n*sha256 {_base64(A)[:-2]}F=\n",
            "x:3: wget2-dead-pin a.example:",
        ),
    ],
)  # fmt: skip
def test_what_wget2_does_not_obey(text: str, told: str) -> None:
    """It is told, with its place, and what wget2 does obey is read."""
    (found,) = _findings(text + GOOD)
    assert told in found
    assert WGET2.loads(text + GOOD).pin_set.policy_for("x.ok.example") is not None


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a.example 1\n", "x:1: the line 'a.example 1'; expected a record as `exa"),
        (f"a.example {'9' * 5000} 0 9\n", f"the line 'a.example {'9' * 70}'; expected"),
        (f"*sha256 {_base64(A)}\n", "expected `*sha256 BASE64` below a record"),
        ("a.example 1 0 9\n*sha256\n", "x:2: the line '*sha256'"),
        ("a.example 1 0 9\n*sha512 abcd\n", "x:1: no pin of a.example can match, so wget2"),
        (f"a..example 1 0 9\n*sha256 {_base64(A)}\n", "x:1: an empty label in 'a..example'"),
        ("# HPKP 1.0 file\n", "x: no pins; expected an HPKP database of wget2"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, error: str) -> None:
    """What wget2 cannot read, or what refuses every key, is refused with its place."""
    with pytest.raises(InputError) as caught:
        WGET2.loads(text, name="x")
    assert error in str(caught.value)


def test_what_wget2_itself_writes() -> None:
    """Its own header, and records with the time of their making."""
    text = (
        "# HPKP 1.0 file\n#Generated by libwget 1.99.1. Edit at your own risk.\n"
        "#<hostname> <incl. subdomains> <created> <max-age>\n\n"
        f"  a.example 1 1700000000 86400\r\n*sha256 {_base64(A)}\r\n*sha256 {_base64(B)}\r\n"
    )
    (policy,) = WGET2.loads(text).pin_set.policies
    assert policy.expires == datetime.fromtimestamp(1700000000 + 86401, UTC)
    assert (policy.on_expiry, policy.comment) == (OnExpiry.ALLOW, None)
    assert policy.pins[1].place.line == 7


@given(st.text("a.b1 0*sh256#\n-="))
def test_any_text(text: str) -> None:
    """Nothing but our own error comes out of any text."""
    with contextlib.suppress(InputError):
        WGET2.loads(text)


def test_one_error_class() -> None:
    """A text without a record is no database."""
    with pytest.raises(FormatError):
        WGET2.loads("\n")
