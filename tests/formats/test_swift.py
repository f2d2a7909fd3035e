"""The headers that Swift puts before Apple's keys, compared with the keys that they stand for."""

import re

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keypin.formats.swift import LOOKUP

_HEADER = re.compile(r'"\\\((kSecAttrKeyType\w+)\)/(\d+)": \[([^\]]+)\]')
_HEADERS = {
    (kind, int(bits)): bytes(int(octet, 16) for octet in re.findall(r"0x(..)", octets))
    for kind, bits, octets in _HEADER.findall(LOOKUP)
}


def _key(kind: str, bits: int) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    if kind == "kSecAttrKeyTypeRSA":
        return rsa.RSAPublicNumbers(65537, (1 << bits) - 1).public_key()
    curve = {256: ec.SECP256R1(), 384: ec.SECP384R1()}[bits]
    return ec.generate_private_key(curve).public_key()


def _raw(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> bytes:
    """Return a key as `SecKeyCopyExternalRepresentation` gives it: PKCS#1, or the point."""
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@pytest.mark.parametrize("kind", _HEADERS, ids=str)
def test_header_and_key_are_the_spki(kind) -> None:
    """Header and key together are the SubjectPublicKeyInfo, byte for byte."""
    key = _key(*kind)
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert _HEADERS[kind] + _raw(key) == spki


def test_the_kinds_of_key() -> None:
    """These have a header, and a key of any other kind matches no pin."""
    rsa_kind, ec_kind = "kSecAttrKeyTypeRSA", "kSecAttrKeyTypeECSECPrimeRandom"
    assert set(_HEADERS) == {
        (rsa_kind, 2048), (rsa_kind, 3072), (rsa_kind, 4096), (ec_kind, 256), (ec_kind, 384),
    }  # fmt: skip
    assert "let header = spkiHeaders[" in LOOKUP
