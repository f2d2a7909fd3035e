"""The signing key of the laboratory's log, and the witnesses beside it.

RFC 6962 sections 3.2 and 3.5 (SCTs and tree heads), c2sp.org/signed-note, c2sp.org/static-ct-api
and c2sp.org/tlog-cosignature. What `keypin.ct` verifies is signed here, written a second time.
"""

from base64 import b64encode
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keypin.lab.authority import new_key
from keypin.lab.ct_entry import Logged

_SHA256 = 4
_RSA, _ECDSA = 1, 3
_COSIGNATURE, _RFC6962 = 0x04, 0x05


class Head(NamedTuple):
    """What a tree head says: how many entries, when, and their root."""

    size: int
    timestamp_ms: int
    root: bytes


@dataclass(frozen=True)
class Signer:
    """A log's key, ECDSA on P-256 or RSA."""

    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey = field(repr=False)

    @classmethod
    def new(cls, kind: str = "ecdsa") -> "Signer":
        """Make a key: `ecdsa` or `rsa`."""
        key = new_key(kind)
        if isinstance(key, ed25519.Ed25519PrivateKey):
            raise TypeError("no log signs with Ed25519 (RFC 6962 section 2.1.4)")
        return cls(key)

    @cached_property
    def spki(self) -> bytes:
        """The public key, as its SubjectPublicKeyInfo."""
        return self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @cached_property
    def log_id(self) -> bytes:
        """What names the log: SHA-256 of its key."""
        return sha256(self.spki).digest()

    def sign(self, data: bytes) -> bytes:
        """Return a signature with what stands before it: its algorithms and its length."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            algorithm, value = _RSA, self.key.sign(data, padding.PKCS1v15(), SHA256())
        else:
            algorithm, value = _ECDSA, self.key.sign(data, ec.ECDSA(SHA256()))
        return bytes((_SHA256, algorithm)) + len(value).to_bytes(2, "big") + value

    def sign_head(self, head: Head) -> bytes:
        """Sign a tree head (RFC 6962 section 3.5)."""
        stamp, size = head.timestamp_ms.to_bytes(8, "big"), head.size.to_bytes(8, "big")
        return self.sign(b"\x00\x01" + stamp + size + head.root)

    def sct(self, entry: Logged) -> bytes:
        """Return the promise to publish an entry, as it stands in a list of SCTs."""
        extensions = len(entry.extensions).to_bytes(2, "big") + entry.extensions
        signature = self.sign(entry.leaf)
        return (
            b"\x00" + self.log_id + entry.timestamp_ms.to_bytes(8, "big") + extensions + signature
        )


@dataclass(frozen=True)
class Witness:
    """Somebody who cosigns the heads of a log after he has seen that it only grew."""

    name: str
    key: ed25519.Ed25519PrivateKey = field(
        default_factory=ed25519.Ed25519PrivateKey.generate, repr=False
    )

    @property
    def _public(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    @property
    def vkey(self) -> str:
        """The key, as clients are told it."""
        hint = key_id(self.name, _COSIGNATURE, self._public).hex()
        return f"{self.name}+{hint}+{b64encode(bytes((_COSIGNATURE,)) + self._public).decode()}"

    def cosign(self, text: str, seconds: int) -> str:
        """Return the line of a note that says: this is what I saw at a time."""
        value = self.key.sign(f"cosignature/v1\ntime {seconds}\n{text}".encode())
        hint = key_id(self.name, _COSIGNATURE, self._public)
        return note_line(self.name, hint + seconds.to_bytes(8, "big") + value)


def key_id(name: str, algorithm: int, key: bytes) -> bytes:
    """Return what a signature line of a note names its key by."""
    return sha256(name.encode() + b"\n" + bytes((algorithm,)) + key).digest()[:4]


def note_line(name: str, value: bytes) -> str:
    """Return a signature line of a note."""
    return f"\u2014 {name} {b64encode(value).decode()}\n"


def checkpoint(
    origin: str, head: Head, signature: bytes, log_id: bytes, witnesses: tuple[Witness, ...] = ()
) -> bytes:
    """Return a tree head as a signed note, with what witnesses say to it."""
    text = f"{origin}\n{head.size}\n{b64encode(head.root).decode()}\n"
    hint = key_id(origin, _RFC6962, log_id)
    lines = note_line(origin, hint + head.timestamp_ms.to_bytes(8, "big") + signature)
    for witness in witnesses:
        lines += witness.cosign(text, head.timestamp_ms // 1000)
    return f"{text}\n{lines}".encode()
