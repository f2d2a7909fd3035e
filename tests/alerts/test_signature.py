"""The webhook's signature: made, verified, and refused."""

import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.alerts.signature import HEADER, sign, verify
from keypin.errors import InputError

KEY = b"k" * 32
OTHER = b"o" * 32
BODY = b'{"version":1}'


def test_a_signature_is_verified_with_its_time(now) -> None:
    """The evidence is when it was sent."""
    header = sign(BODY, [KEY], now + timedelta(microseconds=5))
    assert header.startswith("t=1795424400,v1=")
    assert HEADER == "Keypin-Signature"
    assert verify(header, BODY, KEY, now + timedelta(minutes=5)) == now
    assert verify(header, BODY, KEY, now - timedelta(minutes=5)) == now


def test_the_signature_is_what_openssl_computes(now) -> None:
    """HMAC-SHA256 of the time, a full stop and the body: any language has it."""
    found = subprocess.run(
        ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{KEY.hex()}", "-r"],
        input=b"1795424400." + BODY,
        capture_output=True,
        check=True,
    )
    assert sign(BODY, [KEY], now) == f"t=1795424400,v1={found.stdout.split()[0].decode()}"


def test_a_key_is_replaced_without_a_gap(now) -> None:
    """While both are signed with, both verify."""
    header = sign(BODY, [KEY, OTHER], now)
    assert verify(header, BODY, KEY, now) == verify(header, BODY, OTHER, now) == now


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (
            {"body": b'{"version":2}'},
            "the signature does not match; expected one with this key over this body; compare the "
            "key, and verify the bytes as they were received",
        ),
        ({"key": OTHER}, "the signature does not match; expected one with this key over this body"),
        ({"header": "t=1795424401,v1=" + "0" * 64}, "the signature does not match; "),
        ({"header": "v1=00"}, "the header 'v1=00'; expected t=SECONDS,v1=HEX"),
        ({"header": "t=1,v1=" + "٠" * 64}, "the header 't=1,v1="),  # noqa: RUF001 - other digits
        ({"key": b"short"}, "a key of 5 bytes; expected 32 at least"),
        (
            {"at": datetime(2026, 11, 23, 9, 5, 1, tzinfo=UTC)},
            "signed at 1795424400, and it is 1795424701; expected 300 seconds between them at most"
            "; check both clocks; if they are right, somebody sends an old request again",
        ),
    ],
    ids=["body", "key", "forged", "form", "digits", "short-key", "late"],
)
def test_what_is_not_signed_with_the_key_now_is_refused(now, change, error) -> None:
    """The error says which it was, and what to look at."""
    right = {"header": sign(BODY, [KEY], now), "body": BODY, "key": KEY, "at": now}
    with pytest.raises(InputError) as caught:
        verify(**(right | change))
    assert str(caught.value).startswith(error)


def test_nothing_is_sent_unsigned(now) -> None:
    """Without a key there is no header."""
    with pytest.raises(InputError, match="no key to sign with; expected one at least"):
        sign(BODY, [], now)


@given(header=st.text() | st.from_regex(r"t=\d{0,14}(,v1=[0-9a-f]{62,66}){0,6}", fullmatch=True))
def test_no_header_is_taken_for_a_signature(header) -> None:
    """Anything that is not our signature is refused."""
    with pytest.raises(InputError):
        verify(header, BODY, KEY, datetime(2026, 11, 23, 9, tzinfo=UTC))
