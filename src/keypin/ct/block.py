"""Entries of a log, in blocks, whatever interface handed them out; `keypin.ct.entry` reads them.

A block has the hashes of its leaves, and the raw bytes that a watch list searches. An entry of a
block is taken apart only when somebody asks for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

from keypin.errors import InputError


class EntryFormatError(InputError):
    """Bytes that are not the entries that they should be."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry of a log.

    Attributes:
        index: its place in the log, from 0.
        timestamp_ms: when the log promised it, in milliseconds since 1970.
        precertificate: whether it is one.
        leaf: the bytes of its MerkleTreeLeaf (RFC 6962 section 3.4).
        der: the certificate, or the precertificate with its poison, as it was logged; it may be
            anything.
        issuer_key_hash: SHA-256 of the issuer's SPKI, of a precertificate alone.
        chain: SHA-256 fingerprints of the certificates above it, of a static log.
        issuers: the certificates above it, of a log that hands them out.
        flaw: what is wrong with its framing, in a sentence; empty where nothing is.
    """

    index: int
    timestamp_ms: int
    precertificate: bool
    leaf: bytes
    der: bytes
    issuer_key_hash: bytes = b""
    chain: tuple[bytes, ...] = ()
    issuers: tuple[bytes, ...] = ()
    flaw: str = ""


class Opener(Protocol):
    """What takes the entry at a position apart."""

    def __call__(self, position: int, /) -> LogEntry:
        """Return the entry."""
        ...


@dataclass(frozen=True, slots=True)
class Block:
    """Entries that follow one another.

    Attributes:
        first: the index of the first of them.
        hashes: the hash of each leaf, in order.
        data: the leaves (RFC 6962 section 3.4), one behind the other. They hold all that the
            certificates say: what a precertificate says stands in its leaf without the poison.
        offsets: where in `data` each leaf begins.
        flawed: the positions of entries that have a flaw.
        kept: how many bytes of an answer are in memory for it.
    """

    first: int
    hashes: list[bytes]
    data: bytes
    offsets: Sequence[int]
    _open: Opener = field(repr=False)
    flawed: tuple[int, ...] = ()
    kept: int = 0

    def __len__(self) -> int:
        return len(self.hashes)

    @property
    def end(self) -> int:
        """The index behind the last entry."""
        return self.first + len(self.hashes)

    def part(self, first: int, end: int) -> "Block":
        """Return the entries from one index up to but without another, one at least, as a block."""
        begin, behind = first - self.first, end - self.first
        if (begin, behind) == (0, len(self.hashes)):
            return self
        offsets = self.offsets[begin:behind]
        base = offsets[0]
        until = self.offsets[behind] if behind < len(self.offsets) else len(self.data)

        def opened(position: int, /) -> LogEntry:
            return self._open(begin + position)

        return Block(
            first,
            self.hashes[begin:behind],
            self.data[base:until],
            [offset - base for offset in offsets],
            opened,
            tuple(place - begin for place in self.flawed if begin <= place < behind),
            self.kept + until - base,
        )

    def leaves(self) -> list[bytes]:
        """Return the bytes of each leaf."""
        data = self.data
        return [data[begin:end] for begin, end in pairwise((*self.offsets, len(data)))]

    def entry(self, position: int) -> LogEntry:
        """Return the entry at a position in the block, from 0; a flaw of its bytes is in it."""
        return self._open(position)

    def entries(self) -> Iterator[LogEntry]:
        """Yield every entry."""
        return (self._open(position) for position in range(len(self.hashes)))
