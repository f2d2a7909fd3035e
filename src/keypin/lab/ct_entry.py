"""An entry of the laboratory's log, written in each of the forms in which logs hand it out.

RFC 6962 sections 3.4 (the leaf) and 4.6 (`extra_data`), and the TileLeaf of c2sp.org/static-ct-api.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from keypin.ct.merkle import leaf_hash

_X509, _PRECERT = b"\x00\x00", b"\x00\x01"


@dataclass(frozen=True, slots=True)
class Logged:
    """One entry.

    Attributes:
        timestamp_ms: when the log promised it, in milliseconds since 1970.
        der: the certificate, or the precertificate with its poison; any bytes.
        issuer_key_hash: SHA-256 of the issuer's SPKI, of a precertificate; None of a certificate.
        tbs: the TBSCertificate without its poison, of a precertificate.
        chain: SHA-256 fingerprints of the certificates above it.
        extensions: what the log adds to the SCT.
        raw: bytes that stand in the place of the leaf, for a log that holds what is none.
    """

    timestamp_ms: int
    der: bytes
    issuer_key_hash: bytes | None = None
    tbs: bytes | None = None
    chain: tuple[bytes, ...] = ()
    extensions: bytes = b""
    raw: bytes | None = None

    @property
    def kind(self) -> int:
        """0 of a certificate, 1 of a precertificate."""
        return 0 if self.issuer_key_hash is None else 1

    @property
    def signed(self) -> bytes:
        """The TimestampedEntry without its extensions: what an SCT is over."""
        stamp = self.timestamp_ms.to_bytes(8, "big")
        if self.issuer_key_hash is None:
            return stamp + _X509 + _opaque(self.der, 3)
        return stamp + _PRECERT + self.issuer_key_hash + _opaque(self.tbs or b"", 3)

    @property
    def leaf(self) -> bytes:
        """The MerkleTreeLeaf, the `leaf_input` of get-entries."""
        if self.raw is not None:
            return self.raw
        return b"\x00\x00" + self.signed + _opaque(self.extensions, 2)

    @property
    def leaf_hash(self) -> bytes:
        """The hash of the leaf."""
        return leaf_hash(self.leaf)

    @property
    def tile_leaf(self) -> bytes:
        """The entry in a data tile."""
        if self.raw is not None:
            return self.raw[2:]
        poisoned = b"" if self.issuer_key_hash is None else _opaque(self.der, 3)
        return self.leaf[2:] + poisoned + _opaque(b"".join(self.chain), 2)

    def extra_data(self, issuers: Mapping[bytes, bytes]) -> bytes:
        """Return the `extra_data` of get-entries.

        Args:
            issuers: the certificates above, by fingerprint; one that is not there is left out.
        """
        chain = b"".join(_opaque(issuers[one], 3) for one in self.chain if one in issuers)
        poisoned = b"" if self.issuer_key_hash is None else _opaque(self.der, 3)
        return poisoned + _opaque(chain, 3)


def leaf_index(index: int) -> bytes:
    """Return the extension that says where a static log put an entry."""
    return b"\x00" + _opaque(index.to_bytes(5, "big"), 2)


def _opaque(data: bytes, octets: int) -> bytes:
    return len(data).to_bytes(octets, "big") + data
