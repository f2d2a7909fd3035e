"""What kind of key a certificate carries, and the digests of it that pins are made of.

Names algorithms as `cryptography` reads them; a key that it cannot read keeps its object
identifier as its name, and its digests are still computed, for they are taken over raw bytes.
"""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_der_public_key

# The names that NIST gave the curves which SEC 2 names otherwise (RFC 5480 section 2.1.1.1).
_CURVES = {
    "secp192r1": "P-192",
    "secp224r1": "P-224",
    "secp256r1": "P-256",
    "secp384r1": "P-384",
    "secp521r1": "P-521",
}

# Keys whose class is their name: RFC 8410 (curves, with the length of their keys in bits) and
# FIPS 204 (lattices, whose keys have no size comparable with the others').
_FIXED: dict[str, tuple[str, int | None]] = {
    "Ed25519PublicKey": ("Ed25519", 256),
    "Ed448PublicKey": ("Ed448", 456),
    "X25519PublicKey": ("X25519", 256),
    "X448PublicKey": ("X448", 448),
    "MLDSA44PublicKey": ("ML-DSA-44", None),
    "MLDSA65PublicKey": ("ML-DSA-65", None),
    "MLDSA87PublicKey": ("ML-DSA-87", None),
}

_RSASSA_PSS = "1.2.840.113549.1.1.10"


@dataclass(frozen=True, slots=True)
class Key:
    """The kind of a public key.

    Attributes:
        algorithm: `RSA`, `RSA-PSS`, `EC P-256`, `Ed25519`, `ML-DSA-65`, ... or, of a key that could
            not be read, the object identifier of its algorithm.
        bits: its size, or None where sizes are not comparable or not known.
        known: whether the key could be read.
    """

    algorithm: str
    bits: int | None
    known: bool = True

    def __str__(self) -> str:
        return f"{self.algorithm} {self.bits}" if self.algorithm[:3] == "RSA" else self.algorithm


class KeySource(StrEnum):
    """What a public key was taken from."""

    CERTIFICATE = "certificate"
    CSR = "csr"
    PRIVATE_KEY = "private key"
    PUBLIC_KEY = "public key"


@dataclass(frozen=True)
class PublicKey:
    """A public key as the bytes that pins hash.

    Attributes:
        spki: the DER of its SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7), as it stood where
            it was found; made anew only for a private key, which holds none.
        key: its kind.
        source: what it was found in.
    """

    spki: bytes
    key: Key = field(compare=False)
    source: KeySource = field(compare=False)

    @cached_property
    def spki_sha256(self) -> bytes:
        """The SHA-256 digest of the SubjectPublicKeyInfo: the pin of RFC 7469."""
        return hashlib.sha256(self.spki).digest()

    @cached_property
    def spki_sha512(self) -> bytes:
        """The SHA-512 digest of the SubjectPublicKeyInfo."""
        return hashlib.sha512(self.spki).digest()


def describe_key(public_key: PublicKeyTypes, algorithm_oid: str) -> Key:
    """Return the kind of a key that `cryptography` could read."""
    if isinstance(public_key, rsa.RSAPublicKey):
        name = "RSA-PSS" if algorithm_oid == _RSASSA_PSS else "RSA"
        return Key(name, public_key.key_size)
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        curve = public_key.curve.name
        return Key(f"EC {_CURVES.get(curve, curve)}", public_key.key_size)
    if isinstance(public_key, dsa.DSAPublicKey):
        return Key("DSA", public_key.key_size)
    name, bits = _FIXED[type(public_key).__name__]
    return Key(name, bits)


def describe_spki(spki: bytes, algorithm_oid: str) -> tuple[Key, str | None]:
    """Return the kind of the key in `spki`, and what is wrong with it if it cannot be read."""
    try:
        return describe_key(load_der_public_key(spki), algorithm_oid), None
    except (ValueError, UnsupportedAlgorithm) as error:
        problem = f"the key of algorithm {algorithm_oid} cannot be read: {error}"
        return Key(algorithm_oid, None, known=False), problem
