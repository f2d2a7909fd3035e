"""What follows from a form's abilities: each feature that is missing, and what its loss does."""

from datetime import UTC, datetime

import pytest

from keypin.formats.abilities import (
    ALL_WILDCARDS,
    NO_WILDCARDS,
    Abilities,
    Expiry,
    Positions,
)
from keypin.formats.losses import losses
from keypin.pins import (
    Digest,
    HostPattern,
    Mode,
    Of,
    OnExpiry,
    Pin,
    PinSet,
    Policy,
    PolicyPin,
    Role,
)
from keypin.pins.ca_keys import ROOTS

A, B, C = (Pin(letter * 32) for letter in (b"a", b"b", b"c"))
KNOWN = Pin.parse(ROOTS[0][0])
JUNE = datetime(2027, 6, 1, 12, 30, 5, 7, tzinfo=UTC)
ALL = Abilities(
    wildcards=ALL_WILDCARDS,
    one_per_name=False,
    positions=Positions.ALL,
    of=frozenset(Of),
    digests=frozenset(Digest),
    expiry=Expiry.MOMENT,
    report_only=True,
    report_to=True,
    denied=True,
    also=True,
    exempt=True,
    reasons=True,
    roles=True,
    comments=True,
    names=True,
)


def policy(*pins: Pin, host: str = "a.example.com", **changes) -> Policy:
    """Return a policy."""
    entries = tuple(map(PolicyPin, pins or (A, B)))
    return Policy(host=HostPattern.parse(host), **{"pins": entries, **changes})


def found(can: Abilities, *policies: Policy, name: str | None = None) -> list[tuple[str, str]]:
    """Return the losses of a pin set as identifiers and effects."""
    return [(loss.id, loss.effect) for loss in losses(PinSet(policies, name), can)]


EVERYTHING = policy(
    Pin(b"a" * 64, Digest.SHA512, Of.CERTIFICATE, "root"),
    B,
    mode=Mode.REPORT,
    expires=JUNE,
    on_expiry=OnExpiry.REFUSE,
    report_to=("https://r.example/",),
    also=(PolicyPin(C),),
    denied=(Pin(b"d" * 32),),
    no_backup="a test",
    comment="words",
)


def test_who_can_say_everything_loses_nothing() -> None:
    """No ability missing, no loss."""
    spared = policy(host="b.example.com", pins=(), exempt="a partner")
    assert found(ALL, EVERYTHING, spared, name="shop") == []


@pytest.mark.parametrize(
    ("changes", "lost", "expected"),
    [
        ({"wildcards": NO_WILDCARDS}, policy(host="**.example.com"), [("host-pattern", "breaks")]),
        ({"wildcards": frozenset({"**."})}, policy(), [("host-pattern", "breaks")]),
        ({"wildcards": NO_WILDCARDS}, policy(host="*.example.com"), [("host-pattern", "breaks")]),
        ({"addresses": False}, policy(host="192.0.2.7"), [("ip-address", "weaker")]),
        ({"addresses": False}, policy(host="2001:db8::7"), [("ip-address", "weaker")]),
        ({"dotless": False}, policy(host="localhost"), [("dotless-host", "dropped")]),
        ({"of": frozenset({Of.CERTIFICATE})}, policy(A, no_backup="x"), [("kind", "breaks")]),
        ({"of": frozenset({Of.SPKI})}, policy(Pin(b"a" * 32, of=Of.CERTIFICATE), B),
         [("kind", "breaks")]),
        ({"digests": frozenset({Digest.SHA256})}, policy(Pin(b"a" * 64, Digest.SHA512), B),
         [("digest", "breaks")]),
        ({"positions": Positions.ANY}, policy(Pin(b"a" * 32, position="leaf"), B),
         [("position", "wider")]),
        ({"positions": Positions.LEAF}, policy(A, B),
         [("leaf-alone", "stricter"), ("leaf-alone", "stricter")]),
        ({"positions": Positions.LEAF}, policy(KNOWN, Pin(b"a" * 32, position="leaf")),
         [("leaf-alone", "breaks")]),
        ({"positions": Positions.LEAF}, policy(Pin(b"a" * 32, position="ca"), no_backup="x"),
         [("leaf-alone", "breaks")]),
        ({"positions": Positions.BOTH_USAGES},
         policy(Pin(b"a" * 32, position="root"), Pin(b"b" * 32, position="leaf")),
         [("position", "wider")]),
        ({"fewest": 2}, policy(A, no_backup="x"), [("too-few-pins", "breaks")]),
        ({"reasons": False}, policy(A, no_backup="x"), [("no-backup", "dropped")]),
        ({"expiry": Expiry.NONE}, policy(expires=JUNE), [("expiry", "stricter")]),
        ({"expiry": Expiry.DATE}, policy(expires=JUNE), [("expiry-time", "stricter")]),
        ({"expiry": Expiry.SECOND}, policy(expires=JUNE), [("expiry-time", "stricter")]),
        ({"expiry": Expiry.DATE}, policy(expires=datetime(2027, 6, 1, tzinfo=UTC)), []),
        ({"on_expiry": OnExpiry.ALLOW}, policy(expires=JUNE), [("on-expiry", "dropped")]),
        ({"on_expiry": OnExpiry.ALLOW}, policy(expires=JUNE, on_expiry=OnExpiry.REFUSE),
         [("on-expiry", "weaker")]),
        ({}, policy(on_expiry=OnExpiry.REFUSE), [("on-expiry", "dropped")]),
        ({"report_only": False}, policy(mode=Mode.REPORT), [("report-mode", "breaks")]),
        ({"report_to": False}, policy(report_to=("https://r.example/",)), [("reports", "dropped")]),
        ({"denied": False}, policy(denied=(C,)), [("denied", "weaker")]),
        ({"also": False}, policy(also=(PolicyPin(C),)), [("also", "weaker")]),
        ({"roles": False}, policy(pins=(PolicyPin(A), PolicyPin(B, Role.BACKUP))),
         [("roles", "dropped")]),
        ({"comments": False}, policy(pins=(PolicyPin(A, comment="x"), PolicyPin(B))),
         [("comments", "dropped")]),
        ({"forbidden": ("x",)}, policy(pins=(PolicyPin(A, comment="x"), PolicyPin(B))),
         [("comments", "dropped")]),
        ({"comments": False}, policy(comment="x"), [("comment", "dropped")]),
        ({"exempt": False}, policy(pins=(), exempt="x"), [("exempt", "dropped")]),
        ({"exempt_below": False}, policy(host="**.example.com", pins=(), exempt="x"),
         [("exempt-below", "breaks")]),
        ({"reasons": False}, policy(pins=(), exempt="x"), [("exempt-reason", "dropped")]),
    ],
)  # fmt: skip
def test_one_ability_less(changes, lost: Policy, expected) -> None:
    """What cannot be said is lost, and nothing else; `{**ALL, ...}` in words."""
    values = {name: getattr(ALL, name) for name in ALL.__slots__}
    assert found(Abilities(**{**values, **changes}), lost) == expected


def test_names() -> None:
    """The name of a pin set is written where a comment can hold it."""
    assert found(ALL, policy(), name="two\nlines") == [("name", "dropped")]


def test_public_suffixes_are_for_browsers() -> None:
    """A pattern over a whole suffix is refused but where its owner's list has it."""
    wide = Policy(
        host=HostPattern("google", "**.", wide=True), pins=(PolicyPin(A),), no_backup="a test"
    )
    assert found(ALL, wide) == [("public-suffix", "breaks")]
