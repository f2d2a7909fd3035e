"""Keys, and public keys as the bytes that pins hash."""

import hashlib

import pytest

from keypin.certs import Key, KeySource, PublicKey


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (Key("RSA", 2048), "RSA 2048"),
        (Key("RSA-PSS", 4096), "RSA-PSS 4096"),
        (Key("EC P-256", 256), "EC P-256"),
        (Key("ML-DSA-65", None), "ML-DSA-65"),
        (Key("1.2.3", None, known=False), "1.2.3"),
    ],
)
def test_spelling(key, expected) -> None:
    """A size is written where the name does not say it."""
    assert str(key) == expected


def test_a_public_key_is_its_bytes() -> None:
    """Two keys of the same bytes are equal, wherever they were found."""
    first = PublicKey(b"abc", Key("RSA", 2048), KeySource.CSR)
    second = PublicKey(b"abc", Key("RSA", 2048), KeySource.CERTIFICATE)
    assert first == second
    assert hash(first) == hash(second)
    assert first.spki_sha256 == hashlib.sha256(b"abc").digest()
    assert first.spki_sha512 == hashlib.sha512(b"abc").digest()
