"""A leaf of a log's tree, taken apart: what the log holds of a certificate, and when it took it.

The MerkleTreeLeaf of RFC 6962 section 3.4, with the one extension that static logs write: the index
of the leaf (c2sp.org/static-ct-api). `keypin.ct.entry` reads millions of them as a log hands them
out; this is for one that stands alone, and needs no library for it.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import Self

from keypin.certs import Certificate
from keypin.ct.cursor import Cursor, TornError
from keypin.ct.precertificate import unsigned
from keypin.errors import InputError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HEAD = Struct(">BBQH")  # version, type of the leaf, timestamp, type of the entry
_X509, _PRECERT = 0, 1
_KEY_HASH = 32
_LEAF_INDEX, _INDEX = b"\x00", 5  # the type of the extension, and its length


class LeafError(InputError):
    """Bytes that are no MerkleTreeLeaf."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf; build it with `parse`.

    Attributes:
        timestamp_ms: when the log promised it, in milliseconds since 1970.
        precertificate: whether it is one.
        issuer_key_hash: SHA-256 of the issuer's SPKI, of a precertificate alone.
        signed: the certificate, or the TBSCertificate of the precertificate without its poison.
        index: where a static log says that it is; None of other logs.
    """

    timestamp_ms: int
    precertificate: bool
    issuer_key_hash: bytes
    signed: bytes
    index: int | None

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a leaf, which is all of `data`.

        Raises:
            LeafError: it is none.
        """
        cursor = Cursor(data)
        try:
            version, leaf_type, timestamp, kind = _HEAD.unpack(cursor.take(_HEAD.size))
            if (version, leaf_type) != (0, 0) or kind not in (_X509, _PRECERT):
                raise LeafError(
                    f"a leaf of version {version}, type {leaf_type}, with an entry of type {kind}",
                    expected="0, 0, and 0 or 1",
                )
            key_hash = cursor.take(_KEY_HASH) if kind == _PRECERT else b""
            signed, extensions = cursor.opaque(3), cursor.opaque(2)
            cursor.end()
        except TornError as torn:
            raise LeafError(f"no leaf: {torn}", expected="a MerkleTreeLeaf") from torn
        return cls(timestamp, kind == _PRECERT, key_hash, signed, _index(extensions))

    @property
    def timestamp(self) -> datetime:
        """When the log promised it; an impossible moment is as late as can be."""
        try:
            return _EPOCH + timedelta(milliseconds=self.timestamp_ms)
        except OverflowError:
            return datetime.max.replace(tzinfo=UTC)

    def certificate(self) -> Certificate:
        """Return the certificate; of a precertificate, without poison and signature.

        Raises:
            CertificateError: it cannot be read as one; logs hold such.
        """
        return Certificate.from_der(unsigned(self.signed) if self.precertificate else self.signed)


def _index(extensions: bytes) -> int | None:
    cursor = Cursor(extensions)
    with suppress(TornError):
        while cursor.at < len(extensions):
            kind, value = cursor.take(1), cursor.opaque(2)
            if kind == _LEAF_INDEX and len(value) == _INDEX:
                return int.from_bytes(value, "big")
    return None
