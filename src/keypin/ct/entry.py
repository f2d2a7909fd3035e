"""Entries of a log, as both of its interfaces hand them out, in blocks.

RFC 6962 section 4.6 gives pages of JSON (`read_page`), the Static CT API (c2sp.org/static-ct-api)
data tiles (`read_tile`). Either becomes a `Block`: the hashes of its leaves, and the raw bytes that
a watch list searches. An entry of a block is taken apart only when somebody asks for it.

What cannot be read is kept: a leaf of a page has a hash whatever its bytes are, so that the tree
grows past it and `LogEntry.flaw` says what is wrong. In a tile, bytes that break the framing leave
everything behind them without a hash: that block is refused as a whole.
"""

import struct
from contextlib import suppress
from hashlib import sha256
from itertools import accumulate
from struct import Struct

import msgspec
from pybase64 import b64decode

from keypin.ct.block import Block, EntryFormatError, LogEntry
from keypin.ct.cursor import Cursor, TornError
from keypin.ct.framing import framed

__all__ = [
    "MAX_PAGE",
    "MAX_TILE",
    "TILE_WIDTH",
    "Block",
    "EntryFormatError",
    "LogEntry",
    "leaf_index",
    "page_entry",
    "read_page",
    "read_tile",
    "tile_entry",
]

# Entries in a full data tile, and the most that a page may have.
TILE_WIDTH = 256
MAX_PAGE_ENTRIES = 4096
# RFC 6962's own limit of a certificate is 16 MiB; what public logs accept stays far below. A page
# is base64, and carries a chain with every entry.
MAX_TILE = 64 << 20
MAX_PAGE = 128 << 20
# static-ct-api: fingerprints of a chain have no limit but the 65,535 bytes of their list.
_FINGERPRINT = 32

_X509, _PRECERT = 0, 1
_HEAD = Struct(">QH")  # timestamp, type of the entry
# The same in a tile, up to the length of what is signed. A length of three bytes is read as a high
# one and two low ones.
_TYPE = 9  # where the lower byte of the type stands
_x509_head, _precert_head = Struct(">8xHBH").unpack_from, Struct(">8xH32xBH").unpack_from
_three, _two = Struct(">BH").unpack_from, Struct(">H").unpack_from
_LEAF_INDEX, _INDEX = b"\x00", 5  # the type of the extension, and its length


# Texts, since msgspec decodes base64 byte by byte.
class _Row(msgspec.Struct, gc=False):
    leaf_input: str
    extra_data: str


class _Page(msgspec.Struct):
    entries: list[_Row]


_PAGES = msgspec.json.Decoder(_Page)


def read_page(data: bytes, first: int) -> Block:
    """Read an answer to get-entries (RFC 6962 section 4.6).

    Args:
        data: the JSON text.
        first: the index of the first entry that was asked for.

    Raises:
        EntryFormatError: it is no such answer, or has no entry.
    """
    if len(data) > MAX_PAGE:
        raise EntryFormatError(f"a page of {len(data)} bytes", expected=f"{MAX_PAGE} at most")
    try:
        rows = _PAGES.decode(data).entries
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise EntryFormatError(f"no page of entries: {error}", expected="JSON entries") from error
    if not 0 < len(rows) <= MAX_PAGE_ENTRIES:
        raise EntryFormatError(
            f"{len(rows)} entries in a page", expected=f"1 to {MAX_PAGE_ENTRIES}"
        )
    leaves, extras = _columns(rows)
    del rows  # their texts are larger than what was in them
    hashes = [sha256(b"\x00" + leaf).digest() for leaf in leaves]
    offsets = _offsets([len(leaf) for leaf in leaves])

    def opened(position: int, /) -> LogEntry:
        return page_entry(first + position, leaves[position], extras[position])

    chains = dict[int, bytes]()
    flawed = [
        position
        for position, (leaf, extra) in enumerate(zip(leaves, extras, strict=True))
        if not framed(leaf, extra, chains)
    ]
    # The rows have the answer's bytes without base64, and the leaves are there twice.
    kept = len(data) * 3 // 4 + sum(map(len, leaves))
    return Block(first, hashes, b"".join(leaves), offsets, opened, tuple(flawed), kept)


def _columns(rows: list[_Row]) -> tuple[list[bytes], list[bytes]]:
    """Return the leaves and the extra data of rows."""
    try:
        return (
            [b64decode(row.leaf_input, None, True) for row in rows],
            [b64decode(row.extra_data, None, True) for row in rows],
        )
    except ValueError as error:
        raise EntryFormatError("a page that is no base64", expected="base64 entries") from error


def page_entry(index: int, leaf: bytes, extra: bytes) -> LogEntry:
    """Return an entry from its `leaf_input` and `extra_data`, with what is wrong as its flaw."""
    cursor = Cursor(leaf)
    try:
        version, kind = cursor.take(1)[0], cursor.take(1)[0]
        if (version, kind) != (0, 0):
            return _flawed(index, leaf, f"a leaf of version {version} and type {kind}")
        timestamp, entry_type, key_hash, signed = _timestamped(cursor)
        cursor.end()
    except TornError as torn:
        return _flawed(index, leaf, str(torn))
    precertificate = entry_type == _PRECERT
    der, issuers, flaw = _extra(extra, None if precertificate else signed)
    return LogEntry(
        index, timestamp, precertificate, leaf, der, key_hash, issuers=issuers, flaw=flaw
    )


def _extra(extra: bytes, der: bytes | None) -> tuple[bytes, tuple[bytes, ...], str]:
    """Return certificate, chain and flaw; a precertificate stands in the extra data alone."""
    cursor = Cursor(extra)
    try:
        der = cursor.opaque(3) if der is None else der
        issuers = tuple(Cursor(cursor.opaque(3)).opaques(3))
        cursor.end()
    except TornError as torn:
        # What is in the tree can be read; only what the log adds cannot.
        return der or b"", (), f"in the extra data: {torn}"
    return der, issuers, ""


def _flawed(index: int, leaf: bytes, flaw: str) -> LogEntry:
    return LogEntry(index, 0, False, leaf, leaf, flaw=flaw)


def read_tile(data: bytes, first: int, width: int) -> Block:
    """Read a data tile of a static log, already decompressed.

    Args:
        data: the tile.
        first: the index of its first entry.
        width: how many entries it has: 256, or fewer in a partial tile.

    Raises:
        EntryFormatError: it is no such tile: it breaks off, has more, or an entry is not what a
            tile may hold. The index that it names is the first without a hash.
    """
    if len(data) > MAX_TILE:
        raise EntryFormatError(f"a tile of {len(data)} bytes", expected=f"{MAX_TILE} at most")
    tile = _Tile(data, first)
    try:
        tile.walk(width)
    except (IndexError, struct.error) as error:
        raise tile.torn() from error
    if tile.end > len(data):
        raise tile.torn()
    if tile.end < len(data):
        raise _tile_error(first + width, f"{len(data) - tile.end} bytes behind the last entry")
    # A tile leaves out the version and the type of each leaf, and the tree hashes a zero first.
    hashes = [sha256(b"\x00\x00\x00" + leaf).digest() for leaf in tile.leaves]
    offsets = _offsets([2 + len(leaf) for leaf in tile.leaves])
    leaves = b"\x00\x00".join((b"", *tile.leaves))
    starts = tile.starts

    def opened(position: int, /) -> LogEntry:
        return tile_entry(first + position, data, starts[position])

    kept = len(data) + len(leaves)
    return Block(first, hashes, leaves, offsets, opened, tuple(tile.flawed), kept)


class _Tile:
    """A data tile, and what is found on the way through it.

    Attributes:
        starts: where each entry begins.
        leaves: the leaf of each, without version and type.
        flawed: the positions of entries whose fingerprints break off.
        end: where the last of them ends.
    """

    __slots__ = ("data", "end", "first", "flawed", "leaves", "starts")

    def __init__(self, data: bytes, first: int) -> None:
        self.data = data
        self.first = first
        self.starts = list[int]()
        self.leaves = list[bytes]()
        self.flawed = list[int]()
        self.end = 0

    def walk(self, width: int) -> None:
        """Find all entries.

        Every entry of every log passes this loop: a length is read by one call, and nothing is
        made but the leaf.

        Raises:
            struct.error: the bytes end within an entry.
            IndexError: they do, too.
            EntryFormatError: an entry is of no known type.
        """
        data, at = self.data, 0
        for position in range(width):
            self.starts.append(at)
            if data[at + _TYPE] == _PRECERT:
                kind, high, low = _precert_head(data, at)
                end = at + 45 + (high << 16 | low)
            else:
                kind, high, low = _x509_head(data, at)
                end = at + 13 + (high << 16 | low)
            if kind > _PRECERT:
                raise _tile_error(self.first + position, "an entry of unknown type")
            end += 2 + _two(data, end)[0]
            self.leaves.append(data[at:end])
            if kind:
                high, low = _three(data, end)
                end += 3 + (high << 16 | low)
            (prints,) = _two(data, end)
            if prints % _FINGERPRINT:
                self.flawed.append(position)
            at = end + 2 + prints
        self.end = at

    def torn(self) -> EntryFormatError:
        """Return that an entry breaks off; if its fingerprints do, the next was begun already."""
        begun = self.first + len(self.starts) - 1
        return _tile_error(begun - (self.starts[-1] > len(self.data)), "an entry that breaks off")


def _offsets(lengths: list[int]) -> list[int]:
    return list(accumulate(lengths[:-1], initial=0)) if lengths else []


def _tile_error(index: int, what: str) -> EntryFormatError:
    return EntryFormatError(f"{what}, at entry {index}", expected="a data tile of a static log")


def tile_entry(index: int, data: bytes, at: int) -> LogEntry:
    """Return the entry that begins at a place in a tile that `read_tile` accepted."""
    cursor = Cursor(data, at)
    timestamp, kind, key_hash, signed = _timestamped(cursor)
    leaf = b"\x00\x00" + data[at : cursor.at]
    der = cursor.opaque(3) if kind == _PRECERT else signed
    prints = cursor.opaque(2)
    chain = tuple(prints[n : n + _FINGERPRINT] for n in range(0, len(prints), _FINGERPRINT))
    flaw = "" if len(prints) % _FINGERPRINT == 0 else "a fingerprint that breaks off"
    return LogEntry(index, timestamp, kind == _PRECERT, leaf, der, key_hash, chain, flaw=flaw)


def leaf_index(leaf: bytes) -> int | None:
    """Return the index that a static log put into a leaf's extensions, None where there is none.

    Raises:
        EntryFormatError: the leaf cannot be read.
    """
    cursor = Cursor(leaf, 2)
    try:
        _timestamped(cursor)
    except TornError as torn:
        raise EntryFormatError(f"no leaf: {torn}", expected="a MerkleTreeLeaf") from torn
    extensions = Cursor(cursor.last)
    with suppress(TornError):
        while extensions.at < len(extensions.data):
            kind, value = extensions.take(1), extensions.opaque(2)
            if kind == _LEAF_INDEX and len(value) == _INDEX:
                return int.from_bytes(value, "big")
    return None


def _timestamped(cursor: Cursor) -> tuple[int, int, bytes, bytes]:
    """Return timestamp, type, issuer's key hash and what is signed; the extensions are the last."""
    timestamp, kind = _HEAD.unpack(cursor.take(_HEAD.size))
    if kind not in (_X509, _PRECERT):
        raise TornError(f"an entry of unknown type {kind}")
    key_hash = cursor.take(32) if kind == _PRECERT else b""
    signed = cursor.opaque(3)
    cursor.opaque(2)
    return timestamp, kind, key_hash, signed
