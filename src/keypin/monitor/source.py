"""The interfaces of logs, behind one: heads, blocks of entries, and proofs.

`Pages` reads what RFC 6962 section 4 defines, `Tiles` the Static CT API (c2sp.org/static-ct-api).
Some logs answer get-sth while they serve tiles: `Tiles` with a `Pages` for the heads reads those.
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Sequence
from hashlib import sha256
from json import loads
from typing import Any, Protocol, cast
from urllib.parse import quote

from keypin.ct.entry import (
    MAX_PAGE,
    MAX_TILE,
    TILE_WIDTH,
    Block,
    EntryFormatError,
    LogEntry,
    read_page,
    read_tile,
)
from keypin.ct.head import MAX_HEAD, TreeHead
from keypin.ct.merkle import HASH_SIZE
from keypin.ct.sct import LogKey
from keypin.ct.tile import (
    Range,
    Tile,
    consistency_ranges,
    data_path,
    inclusion_ranges,
    numbered,
    range_hash,
    tiles_of,
)
from keypin.monitor.client import AnswerError, Client, RefusedError

# What is asked for at once; a log that gives less twice is asked for that from then on.
PAGE = 256
# Bytes of an answer that is read ahead; 256 entries of today have 0.4 to 2 million.
USUAL = 4 << 20
LARGEST = max(MAX_PAGE, MAX_TILE)
_MAX_PROOF = 1 << 16
_MAX_ISSUER = 1 << 16
_NOT_FOUND = 404


class Source(Protocol):
    """One log, as a monitor reads it. Each method asks the log, and raises what `Client` raises."""

    def head(self) -> TreeHead:
        """Return the newest tree head, its signature verified.

        Raises:
            HeadError: the log did not sign it.
        """
        ...

    def end_of_answer(self, first: int, size: int) -> int:
        """Return where an answer that begins at an index should end, in a tree of a size."""
        ...

    def blocks(self, first: int, end: int, size: int, limit: int = USUAL) -> list[Block]:
        """Return the entries from an index up to another, both within one answer's reach.

        Args:
            first: the index of the first.
            end: the index behind the last.
            size: of the tree.
            limit: the most bytes that an answer may have.

        Raises:
            TooLargeError: it has more.
            EntryFormatError: the bytes are no entries.
        """
        ...

    def torn(self, first: int, end: int, size: int, why: str) -> Block:
        """Return entries whose bytes stay unreadable, by their hashes alone.

        Raises:
            EntryFormatError: the log tells hashes only by its entries.
        """
        ...

    def inclusion(self, index: int, size: int) -> tuple[bytes, list[bytes]]:
        """Return the hash of a leaf and the path that proves it; nothing is verified."""
        ...

    def consistency(self, first: int, second: int) -> list[bytes]:
        """Return the path that proves that a tree grew; nothing is verified."""
        ...

    def issuer(self, fingerprint: bytes) -> bytes:
        """Return a certificate by its SHA-256, which is checked."""
        ...


class Pages:
    """A log that answers in pages of JSON.

    Args:
        client: what asks it.
        key: the log's.
    """

    def __init__(self, client: Client, key: LogKey) -> None:
        self._client = client
        self._key = key
        self._page = PAGE
        self._short: int = 0

    def head(self) -> TreeHead:
        """Return the answer to get-sth."""
        head = TreeHead.of_json(self._client.get("ct/v1/get-sth", MAX_HEAD))
        head.verify(self._key)
        return head

    def end_of_answer(self, first: int, size: int) -> int:
        """Return the end of a page; pages begin at multiples of their length, as caches like it."""
        return min(size, (first // self._page + 1) * self._page)

    def blocks(
        self,
        first: int,
        end: int,
        size: int,  # noqa: ARG002 - tiles need it
        limit: int = USUAL,
    ) -> list[Block]:
        """Return pages until the end is reached: an answer may be shorter than what is asked."""
        blocks = list[Block]()
        while first < end:
            path = f"ct/v1/get-entries?start={first}&end={end - 1}"
            page = self._client.get(path, limit)
            limit -= len(page)
            block = read_page(page, first)
            if block.end > end:
                raise EntryFormatError(
                    f"{len(block)} entries from {first}", expected=f"{end - first} at most"
                )
            if block.end < end:
                self._learn(len(block))
            blocks.append(block)
            first = block.end
        return blocks

    def _learn(self, length: int) -> None:
        """Ask for shorter pages where two short answers were alike: one may be of chance."""
        if length == self._short:
            self._page = min(self._page, length)
        self._short = length

    def torn(self, first: int, end: int, size: int, why: str) -> Block:  # noqa: ARG002 - as Source
        """Refuse: a page's leaves are hashed as they are, so that without them there is nothing."""
        raise EntryFormatError(why, expected="a page of entries")

    def inclusion(self, index: int, size: int) -> tuple[bytes, list[bytes]]:
        """Return the proof by the hash of the entry, which is asked for first."""
        [block, *_] = self.blocks(index, index + 1, size)
        leaf = block.hashes[0]
        asked = quote(b64encode(leaf), safe="")
        path = f"ct/v1/get-proof-by-hash?hash={asked}&tree_size={size}"
        members = self._json(path)
        if members.get("leaf_index") != index:
            raise AnswerError(
                f"{self._client.url}: a proof of leaf {str(members.get('leaf_index'))[:30]}, where"
                f" {index} was asked for"
            )
        return leaf, _hashes(self._client.url, members.get("audit_path"))

    def consistency(self, first: int, second: int) -> list[bytes]:
        """Return the answer to get-sth-consistency."""
        if not 0 < first < second:
            return []
        members = self._json(f"ct/v1/get-sth-consistency?first={first}&second={second}")
        return _hashes(self._client.url, members.get("consistency"))

    def issuer(self, fingerprint: bytes) -> bytes:
        """Refuse: pages carry their chains."""
        raise AnswerError(f"{self._client.url}: serves no issuers, as {fingerprint.hex()}")

    def _json(self, path: str) -> dict[str, Any]:
        try:
            members = loads(self._client.get(path, _MAX_PROOF))
        except (ValueError, RecursionError) as error:
            raise AnswerError(f"{self._client.url}{path}: no JSON") from error
        if not isinstance(members, dict):
            raise AnswerError(f"{self._client.url}{path}: no JSON object")
        return cast("dict[str, Any]", members)


def _hashes(url: str, texts: Any) -> list[bytes]:  # noqa: ANN401 - JSON holds anything
    try:
        return [b64decode(text, validate=True) for text in texts]
    except (TypeError, ValueError, Base64Error) as error:
        raise AnswerError(f"{url}: no path of hashes") from error


class Tiles:
    """A log that serves tiles.

    Args:
        client: what asks it, at the log's monitoring prefix.
        key: the log's.
        origin: the name in its checkpoints: its submission prefix without the scheme; empty to
            take any, for the key is what binds.
        heads: where its heads come from, if it has no checkpoint.
    """

    def __init__(
        self,
        client: Client,
        key: LogKey,
        origin: str = "",
        heads: Callable[[], TreeHead] | None = None,
    ) -> None:
        self._client = client
        self._key = key
        self._origin = origin
        self._heads = heads

    def head(self) -> TreeHead:
        """Return the checkpoint; of a log that has none, the head from where else it is."""
        try:
            note = self._client.get("checkpoint", MAX_HEAD)
        except RefusedError as error:
            if self._heads is None or error.status != _NOT_FOUND:
                raise
            return self._heads()
        return TreeHead.of_checkpoint(note, self._origin, self._key)

    def end_of_answer(self, first: int, size: int) -> int:
        """Return the end of a tile."""
        return min(size, (first // TILE_WIDTH + 1) * TILE_WIDTH)

    def blocks(self, first: int, end: int, size: int, limit: int = USUAL) -> list[Block]:
        """Return what of one data tile is asked for."""
        begin = first - first % TILE_WIDTH
        data, width = self._data(begin, size, limit)
        return [read_tile(data, begin, width).part(first, end)]

    def torn(self, first: int, end: int, size: int, why: str) -> Block:
        """Return what the tile of hashes says, with the unreadable tile as every entry's bytes."""
        begin = first - first % TILE_WIDTH
        data, _ = self._data(begin, size, MAX_TILE)
        tile = self._tile(Tile(0, begin // TILE_WIDTH, min(TILE_WIDTH, size - begin)))
        hashes = [
            tile[n * HASH_SIZE : (n + 1) * HASH_SIZE] for n in range(first - begin, end - begin)
        ]

        def opened(position: int, /) -> LogEntry:
            return LogEntry(first + position, 0, False, b"", data, flaw=f"in a torn tile: {why}")

        return Block(first, hashes, data, [0] * len(hashes), opened, tuple(range(len(hashes))))

    def inclusion(self, index: int, size: int) -> tuple[bytes, list[bytes]]:
        """Return the proof, put together from tiles of hashes."""
        hashes = self._hashes([Range(index, index + 1), *inclusion_ranges(index, size)], size)
        return hashes[0], hashes[1:]

    def consistency(self, first: int, second: int) -> list[bytes]:
        """Return the proof, put together from tiles of hashes."""
        if not 0 < first < second:
            return []
        return self._hashes(consistency_ranges(first, second), second)

    def issuer(self, fingerprint: bytes) -> bytes:
        """Return a certificate of a chain."""
        der = self._client.get(f"issuer/{fingerprint.hex()}", _MAX_ISSUER)
        if sha256(der).digest() != fingerprint:
            raise AnswerError(f"{self._client.url}issuer/{fingerprint.hex()}: another certificate")
        return der

    def _hashes(self, ranges: Sequence[Range], size: int) -> list[bytes]:
        tiles = {tile: self._tile(tile) for tile in tiles_of(ranges, size)}
        return [range_hash(one, size, tiles) for one in ranges]

    def _tile(self, tile: Tile) -> bytes:
        whole = tile._replace(width=TILE_WIDTH).path
        data = self._first_there(tile.path, whole, TILE_WIDTH * HASH_SIZE)[0]
        if len(data) < tile.width * HASH_SIZE:
            raise AnswerError(f"{self._client.url}{tile.path}: {len(data)} bytes of hashes")
        return data[: tile.width * HASH_SIZE]

    def _data(self, begin: int, size: int, limit: int) -> tuple[bytes, int]:
        """Return a data tile and how many entries it has."""
        whole = f"tile/data/{numbered(begin // TILE_WIDTH)}"
        data, full = self._first_there(data_path(begin, size), whole, limit)
        return data, TILE_WIDTH if full else min(TILE_WIDTH, size - begin)

    def _first_there(self, path: str, whole: str, limit: int) -> tuple[bytes, bool]:
        """Return a tile; a log may drop a partial one as soon as the full one is there."""
        try:
            return self._client.get(path, limit), path == whole
        except RefusedError as error:
            if path == whole or error.status != _NOT_FOUND:
                raise
        return self._client.get(whole, limit), True
