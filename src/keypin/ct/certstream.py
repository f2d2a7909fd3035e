"""Entries of logs as the messages of certstream, which many programs read.

The form is that of certstream-server (`/`, `/full-stream`), and of certstream-server-go where that
adds to it (`/domains-only`, more members); it has no specification. Messages have members that
certstream's have not: `verified`, whether the entry was proved to be in the tree that the log
signed, and `flaw`, what is wrong with an entry.

A certificate is read from what the tree holds. Of a precertificate that is the TBSCertificate:
`as_der`, the fingerprints and the chain are of what the log hands out beside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any

import msgspec

from keypin.certs import Certificate
from keypin.ct.certstream_fields import UNREAD, as_der, fields, fingerprints
from keypin.ct.entry import TILE_WIDTH, LogEntry
from keypin.ct.logged import Logged, read
from keypin.ct.tile import numbered
from keypin.errors import CertificateError

# The largest of today's certificates have some 100 kB; what is larger is told without its bytes.
MAX_DER = 1 << 18
# The most certificates of a chain; browsers build paths of up to ten.
MAX_CHAIN = 10
# A certificate of a chain that is remembered has no more bytes; intermediates have 2 kB.
_MAX_ISSUER = 1 << 13
_ISSUERS = 1024


class Kind(StrEnum):
    """What a client may ask for."""

    LITE = "lite"
    """Certificates without their bytes."""
    FULL = "full"
    """Certificates with their bytes and chains."""
    DOMAINS = "domains"
    """The names of certificates alone."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A log, as messages name it.

    Attributes:
        name: what people call it.
        url: where it is read, with a slash at its end.
        tiled: whether it serves tiles, not pages.
    """

    name: str
    url: str
    tiled: bool

    @property
    def source(self) -> dict[str, str]:
        """What messages say of it."""
        kind = "tiled" if self.tiled else "rfc6962"
        return {"name": self.name, "url": self.url.rstrip("/"), "type": kind}

    def link(self, index: int) -> str:
        """Return where an entry is; of a static log, the tile that holds it once it is full."""
        if self.tiled:
            return f"{self.url}tile/data/{numbered(index // TILE_WIDTH)}"
        return f"{self.url}ct/v1/get-entries?start={index}&end={index}"


@dataclass(frozen=True)
class Update:
    """An entry on its way to clients; each message is made when it is first asked for.

    Attributes:
        entry: the entry.
        origin: its log.
        seen: when it was read, in seconds since 1970.
        verified: whether it is proved to be in the tree that the log signed.
        chain: gives the certificates above it, for those who ask for all.
    """

    entry: LogEntry
    origin: Origin
    seen: float
    verified: bool
    chain: Callable[[LogEntry], Sequence[bytes]] = field(
        default=lambda entry: entry.issuers, repr=False
    )

    @cached_property
    def logged(self) -> Logged:
        """The entry with its certificate."""
        return read(self.entry)

    def message(self, kind: Kind) -> bytes:
        """Return a message, in JSON; nothing where there is nothing to say, as no names."""
        if kind is Kind.FULL:
            return self._full
        return self._lite if kind is Kind.LITE else self._domains

    @cached_property
    def data(self) -> dict[str, Any]:
        """What the lite message says."""
        leaf, flaw = self._leaf
        entry = self.entry
        data = {
            "cert_index": entry.index,
            "cert_link": self.origin.link(entry.index),
            "leaf_cert": leaf,
            "seen": self.seen,
            "source": self.origin.source,
            "update_type": "PrecertLogEntry" if entry.precertificate else "X509LogEntry",
            "verified": self.verified,
        }
        return {**data, "flaw": flaw} if flaw else data

    @cached_property
    def full_data(self) -> dict[str, Any]:
        """What the full message says."""
        data, der = self.data, self.entry.der
        chain = [_above(one) for one in self.chain(self.entry)[:MAX_CHAIN]]
        shown = as_der(der) if len(der) <= MAX_DER else ""
        return {**data, "chain": chain, "leaf_cert": {**data["leaf_cert"], "as_der": shown}}

    @cached_property
    def _leaf(self) -> tuple[dict[str, Any], str]:
        entry = self.entry
        digests = fingerprints(entry.der)
        if max(len(entry.der), len(entry.leaf)) > MAX_DER:
            return {**UNREAD, **digests}, f"an entry of {len(entry.der)} bytes is not shown"
        certificate, flaw = self.logged.certificate, self.logged.flaw
        if certificate is None:
            return {**UNREAD, **digests}, flaw
        found, unread = fields(certificate)
        if entry.precertificate:
            found["extensions"]["ctlPoisonByte"] = True
        return {**found, **digests}, "; ".join(one for one in (flaw, unread) if one)

    @cached_property
    def _lite(self) -> bytes:
        return encode("certificate_update", self.data)

    @cached_property
    def _full(self) -> bytes:
        return encode("certificate_update", self.full_data)

    @cached_property
    def _domains(self) -> bytes:
        names = self._leaf[0]["all_domains"]
        return encode("dns_entries", names) if names else b""


def encode(message_type: str, data: object) -> bytes:
    """Return a message, in JSON."""
    return msgspec.json.encode({"message_type": message_type, "data": data})


def _above(der: bytes) -> msgspec.Raw:
    """Return a certificate of a chain: the same few stand above most."""
    return _remembered(der) if len(der) <= _MAX_ISSUER else _issuer(der)


def _issuer(der: bytes) -> msgspec.Raw:
    shown = as_der(der) if len(der) <= MAX_DER else ""
    try:
        found, _ = fields(Certificate.from_der(der))
    except CertificateError:
        found = UNREAD
    return msgspec.Raw(msgspec.json.encode({**found, **fingerprints(der), "as_der": shown}))


_remembered = lru_cache(maxsize=_ISSUERS)(_issuer)
