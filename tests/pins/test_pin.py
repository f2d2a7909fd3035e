"""A pin is exactly one spelling in use, or it is refused with what is wrong with it."""

import hashlib
from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import example, given
from hypothesis import strategies as st

from keypin.certs import Position, PublicKey, load_keys
from keypin.errors import PinError
from keypin.pins.pin import MAX_PIN, Digest, Of, Pin, PinPosition, Spelling

DIGEST = hashlib.sha256(b"keypin").digest()
BASE64 = b64encode(DIGEST).decode()
PIN = Pin(DIGEST)

pins = st.one_of(
    st.builds(Pin, st.binary(min_size=32, max_size=32), of=st.sampled_from(Of)),
    st.builds(
        Pin,
        st.binary(min_size=64, max_size=64),
        st.just(Digest.SHA512),
        st.sampled_from(Of),
    ),
)


def test_text_is_okhttp_and_chromium_spelling() -> None:
    """A pin's own text is `sha256/` and base64, as OkHttp and Chromium write it."""
    assert str(PIN) == f"sha256/{BASE64}"
    assert str(Pin(DIGEST, of=Of.CERTIFICATE)) == f"cert-sha256/{BASE64}"


@pytest.mark.parametrize(
    ("spelling", "text"),
    [
        (Spelling.OKHTTP, f"sha256/{BASE64}"),
        (Spelling.CURL, f"sha256//{BASE64}"),
        (Spelling.HPKP, f'pin-sha256="{BASE64}"'),
        (Spelling.HEX, DIGEST.hex()),
        (Spelling.HEX_COLON, DIGEST.hex(":").upper()),
        (Spelling.BASE64, BASE64),
        (Spelling.BASE64URL, BASE64.translate(str.maketrans("+/", "-_")).rstrip("=")),
    ],
)
def test_every_spelling_is_written_and_read(spelling: Spelling, text: str) -> None:
    """Each ecosystem's spelling is written as it writes it, and read back."""
    assert PIN.spell(spelling) == text
    assert Pin.parse(text) == PIN


@given(pin=pins)
@example(pin=Pin(bytes.fromhex("ff" * 32)))
def test_round_trip(pin: Pin) -> None:
    """Whatever the digest, also one whose base64 begins with a slash, its text means the pin."""
    for spelling in (Spelling.OKHTTP, Spelling.CURL, Spelling.HPKP):
        assert Pin.parse(pin.spell(spelling)) == pin
    for spelling in (Spelling.HEX, Spelling.HEX_COLON, Spelling.BASE64, Spelling.BASE64URL):
        assert Pin.parse(pin.spell(spelling)).digest == pin.digest


@pytest.mark.parametrize(
    "text",
    [
        f"SHA256/{BASE64}",
        f"sha-256/{BASE64}",
        f"sha256:{DIGEST.hex()}",
        f"sha256/{DIGEST.hex()}",
        f"sha256/{DIGEST.hex(':')}",
        DIGEST.hex().upper(),
    ],
)
def test_spellings_that_are_read_only(text: str) -> None:
    """Prefixes in other cases and hex behind a prefix are unambiguous, and read."""
    assert Pin.parse(text) == PIN


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "",
            "the pin is empty; expected sha256/ and 44 characters of base64, or the digest in hex",
        ),
        ("x" * (MAX_PIN + 1), "a pin of 257 characters; expected 256 characters at most"),
        (
            f"sha256/ {BASE64}",
            f"white space at character 8 of 'sha256/ {BASE64}'; expected sha256/ and 44 characters "
            "of base64, or the digest in hex; take the white space out",
        ),
        (
            "sha1/" + b64encode(bytes(20)).decode(),
            "a SHA-1 pin: collisions can be made for it; expected sha256; "
            "compute the SHA-256 pin with `keypin pin`",
        ),
        (
            "md5/" + b64encode(bytes(16)).decode(),
            "a MD5 pin: collisions can be made for it; expected sha256; "
            "compute the SHA-256 pin with `keypin pin`",
        ),
        ("sha384/" + b64encode(bytes(48)).decode(), "the hash sha384; expected sha256 or sha512"),
        (
            "00" * 20,
            "the digest has 20 bytes, as SHA-1 has; expected the 32 bytes of SHA-256; "
            "copy the pin again, or compute it with `keypin pin`",
        ),
        (
            "sha256/AAAA",
            "the digest has 3 bytes; expected the 32 bytes of SHA-256; "
            "copy the pin again, or compute it with `keypin pin`",
        ),
        (
            f"sha512/{BASE64}",
            "the digest has 32 bytes; expected the 64 bytes of SHA-512; "
            "copy the pin again, or compute it with `keypin pin`",
        ),
        (
            f"sha256/{BASE64[:-1]}",
            f"'{BASE64[:-1]}' ends in 0 padding characters; expected 1 (RFC 4648 section 3.2); "
            "copy the pin again, with its = signs",
        ),
        (
            f"sha256/{BASE64}=",
            f"'{BASE64}=' ends in 2 padding characters; expected 1 (RFC 4648 section 3.2); "
            "copy the pin again, with its = signs",
        ),
        ("sha256/AAAAA", "'AAAAA' is no base64: its length or padding is wrong"),
        ("sha256/AA=A", "'AA=A' is no base64: its length or padding is wrong"),
        (
            f"sha256/!{BASE64[1:]}",
            f"'!' at character 1 of '!{BASE64[1:]}'; "
            "expected characters of base64, base64url or hex alone",
        ),
        ("sha256/+-AA", "'+-AA' mixes base64 (+ /) and base64url (- _); expected one of both"),
        (
            "sha256/" + "A" * 42 + "B=",
            "the last character of '" + "A" * 42 + "B=' has bits that no byte uses; "
            "expected canonical base64 (RFC 4648 section 3.5); copy the pin again",
        ),
        (
            f"pin-sha256={BASE64}",
            'the value of pin-sha256 is not quoted; expected pin-sha256="BASE64" (RFC 7469)',
        ),
        (
            "pin-sha256=",
            'the value of pin-sha256 is not quoted; expected pin-sha256="BASE64" (RFC 7469)',
        ),
    ],
)
def test_malformed(text: str, complaint: str) -> None:
    """What is malformed is refused, and the text says what is wrong and what to do."""
    with pytest.raises(PinError) as caught:
        Pin.parse(text)
    assert str(caught.value) == complaint


@given(text=st.text(max_size=MAX_PIN + 10))
def test_any_text(text: str) -> None:
    """Any text is a pin or a PinError."""
    try:
        pin = Pin.parse(text)
    except PinError:
        return
    assert Pin.parse(str(pin)) == pin


def test_wrong_length_cannot_be_built() -> None:
    """No pin exists that could never match because its digest is too short."""
    with pytest.raises(PinError, match="the digest has 5 bytes; expected the 32 bytes of SHA-256"):
        Pin(b"12345")


def test_of_certificate_and_key(root) -> None:
    """A pin is made of a certificate or of its key, by either hash."""
    cert = root.certificate
    assert Pin.of_key(cert).digest == cert.spki_sha256
    assert Pin.of_key(cert, algorithm="sha512").digest == cert.spki_sha512
    assert Pin.of_certificate(cert).digest == cert.sha256
    assert Pin.of_certificate(cert, algorithm="sha512").digest == cert.sha512
    pem = cert.x509.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (key,) = load_keys(pem)
    assert isinstance(key, PublicKey)
    assert Pin.of_key(key) == Pin.of_key(cert)


@pytest.mark.parametrize("position", list(PinPosition))
def test_matches_at_its_position_alone(root, position: PinPosition) -> None:
    """A leaf pin does not match a root, nor the reverse; `any` matches everywhere, `ca` above."""
    pin = Pin.of_key(root.certificate, position=position)
    wider = {
        PinPosition.ANY: list(Position),
        PinPosition.CA: [Position.INTERMEDIATE, Position.ROOT],
    }
    expected = wider.get(position) or [Position(position)]
    assert [place for place in Position if pin.matches(root.certificate, place)] == expected


@pytest.mark.parametrize("algorithm", list(Digest))
def test_matches_what_it_was_made_of(root, authority, algorithm: Digest) -> None:
    """A pin matches its own certificate or key, and no other."""
    stranger = authority.root().certificate
    for make in (Pin.of_key, Pin.of_certificate):
        pin = make(root.certificate, algorithm=algorithm)
        assert pin.is_of(root.certificate)
        assert not pin.is_of(stranger)


def test_key_pin_is_no_certificate_pin(root) -> None:
    """The digest of a key does not match a certificate, though both are SHA-256."""
    confused = Pin(root.certificate.spki_sha256, of=Of.CERTIFICATE)
    assert not confused.is_of(root.certificate)
