"""The data of TLSA records."""

from hashlib import sha256

import pytest

from keypin.errors import InputError
from keypin.formats import form
from keypin.pins import Pin

A, B, C = (Pin(bytes([byte]) * 32) for byte in (1, 2, 3))

LONG = Pin(bytes(64), "sha512")

HEX = {pin: pin.digest.hex() for pin in (A, B, C, LONG)}


def _read(text: str, form_id: str = "tlsa", host: str | None = None):
    reading = form(form_id).loads(text, name="x", host=host)
    return reading.pin_set, [
        f"{one.place}: {one.id} {one.subject}: {one.message.partition('. ')[0]}"
        for one in reading.findings
    ]


OK = f"_443._tcp.a.example. TLSA 1 1 1 {HEX[A]}\n_443._tcp.a.example. TLSA 1 1 1 {HEX[B]}\n"

MORE = "_443._tcp.a.example. TLSA "


def test_a_whole_key() -> None:
    """Matching type 0 is the thing itself, of which the pin is the digest."""
    pin_set, _ = _read(f"{OK}{MORE}1 1 0 3059\n")
    assert pin_set.policies[0].pins[2].pin == Pin(
        sha256(bytes.fromhex("3059")).digest(), position="leaf"
    )


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ("1 1 1", "the data '1 1 1'"),
        ("", "the data ''"),
        ("x 1 1 aa", "the data 'x'"),
        ("256 1 1 aa", "the data '256'"),
        ("1111 1 1 aa", "the data '1111'"),
        (f"1 1 1 {'g' * 64}", f"the data '{'g' * 64}'"),
        ("1 1 1 abc", "the data 'abc'"),
        ("\\# 4 010101", "the data '4 010101'"),
        ("\\# 3 010101", "the data ''"),
        ("\\#", "the data ''"),
    ],
)
def test_what_no_name_server_loads(data: str, error: str) -> None:
    """It is refused with its place."""
    with pytest.raises(InputError) as caught:
        _read(f"{OK}_443._tcp.a.example. TLSA {data}\n")
    assert str(caught.value) == (
        f"x:3: {error}; expected usage, selector, matching type and hex digits, as `3 1 1 9f86…`"
    )
