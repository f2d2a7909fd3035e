"""TLSA records."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.errors import InputError
from keypin.formats import LossError, detect, form
from keypin.pins import HostPattern, Pin, PinPosition, PinSet, Policy, PolicyPin, Role

A, B, C = (Pin(bytes([byte]) * 32) for byte in (1, 2, 3))

LONG = Pin(bytes(64), "sha512")

HEX = {pin: pin.digest.hex() for pin in (A, B, C, LONG)}

TLSA, MAIL = form("tlsa"), form("tlsa-smtp")


def _set(*pins: Pin, host: str = "shop.example", **settings) -> PinSet:
    entries = (
        *map(PolicyPin, pins[:1]),
        *(PolicyPin(pin, Role.BACKUP, "safe") for pin in pins[1:]),
    )
    return PinSet([Policy(host=HostPattern(host), pins=entries, **settings)], "shop")


def _at(pin: Pin, position: str) -> Pin:
    return Pin(pin.digest, pin.algorithm, pin.of, PinPosition(position))


def test_what_is_written() -> None:
    """A pin anywhere is a record of each usage; the others one; notes behind them."""
    certificate = Pin(bytes([3]) * 32, of="certificate", position="leaf")
    pin_set = _set(A, _at(B, "ca"), certificate, comment="the shop")
    assert TLSA.dumps(pin_set) == (
        "; Pins of shop.\n\n; the shop\n"
        f"_443._tcp.shop.example. IN TLSA 1 1 1 {HEX[A]}\n"
        f"_443._tcp.shop.example. IN TLSA 0 1 1 {HEX[A]}\n"
        f"_443._tcp.shop.example. IN TLSA 0 1 1 {HEX[B]} ; backup: safe\n"
        f"_443._tcp.shop.example. IN TLSA 1 0 1 {HEX[C]} ; backup: safe\n"
    )
    assert MAIL.dumps(_set(_at(A, "leaf"), _at(LONG, "ca"))) == (
        "; Pins of shop.\n\n"
        f"_25._tcp.shop.example. IN TLSA 3 1 1 {HEX[A]}\n"
        f"_25._tcp.shop.example. IN TLSA 2 1 2 {HEX[LONG]} ; backup: safe\n"
    )


def test_losses() -> None:
    """Addresses and two digests beside each other are refused; one digest twice is told."""
    with pytest.raises(LossError, match="clients compare the strongest digest alone"):
        TLSA.dumps(_set(A, LONG))
    with pytest.raises(LossError, match="does not pin IP addresses"):
        TLSA.dumps(_set(A, B, host="192.0.2.1"))
    twice = _set(_at(A, "leaf"), _at(A, "ca"), B)
    assert [loss.id for loss in TLSA.losses(twice)] == ["position"]
    assert TLSA.losses(_set(_at(A, "leaf"), _at(LONG, "ca"))) == ()


def _read(text: str, form_id: str = "tlsa", host: str | None = None):
    reading = form(form_id).loads(text, name="x", host=host)
    return reading.pin_set, [
        f"{one.place}: {one.id} {one.subject}: {one.message.partition('. ')[0]}"
        for one in reading.findings
    ]


def test_mail() -> None:
    """The records of port 25 are mail's; usages 0 and 1 are not used there."""
    text = (
        f"_25._tcp.mx.example. IN TLSA 3 1 1 {HEX[A]}\n"
        f"_25._tcp.mx.example. IN TLSA 2 1 1 {HEX[B]}\n"
        f"_25._tcp.mx.example. IN TLSA 1 1 1 {HEX[C]}\n"
    )
    assert detect(text, "x") is MAIL
    pin_set, findings = _read(text, "tlsa-smtp")
    assert [entry.pin for entry in pin_set.policies[0].pins] == [_at(A, "leaf"), _at(B, "ca")]
    assert findings == ["x:3: tlsa-mail-usage _25._tcp.mx.example: the usage 1 at port 25"]
    with pytest.raises(InputError) as caught:
        _read(text)
    assert str(caught.value) == "x: no pins; expected TLSA records of _443._tcp"


@pytest.mark.parametrize("form_id", ["tlsa", "tlsa-smtp"])
@given(text=st.text("_4325._tcp.a. TLSA1CNME\\#ab(); \n"))
def test_any_text(form_id: str, text: str) -> None:
    """Nothing but our own error comes out of any text."""
    with contextlib.suppress(InputError):
        form(form_id).loads(text)
