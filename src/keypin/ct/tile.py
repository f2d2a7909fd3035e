"""Tiles: how a static log lays out its tree, and how proofs are made of them.

C2SP tlog-tiles (c2sp.org/tlog-tiles): a tile is 256 hashes of one level, 8 levels of the tree high;
the last one of a level may be partial. A proof of RFC 6962 is a list of subtrees, each of which is
put together from the hashes of tiles (`Range`). Which tiles are needed is a question of numbers
alone, so that whoever reads them asks first (`tiles_of`) and computes later (`range_hash`).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from keypin.ct.merkle import HASH_SIZE, ProofError, Tree, node_hash

HEIGHT = 8
WIDTH = 1 << HEIGHT


class Tile(NamedTuple):
    """One tile: its level (0 holds leaves), its number in the level, how many hashes it has."""

    level: int
    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Where the log serves it, below its monitoring prefix."""
        return f"tile/{self.level}/{numbered(self.number, self.width)}"


class Range(NamedTuple):
    """The leaves of a subtree, from `begin` up to but without `end`."""

    begin: int
    end: int


def numbered(number: int, width: int = WIDTH) -> str:
    """Return a tile's number as a path: groups of three digits, all but the last with an x.

    >>> numbered(1234067)
    'x001/x234/067'
    >>> numbered(5, 17)
    '005.p/17'
    """
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03}")
    partial = "" if width == WIDTH else f".p/{width}"
    return "/".join(groups) + partial


def data_path(first: int, size: int) -> str:
    """Return where a log of a size serves the data tile that begins with an entry."""
    return f"tile/data/{numbered(first // WIDTH, min(WIDTH, size - first))}"


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Return the subtrees whose hashes prove a leaf, from the leaf up (RFC 6962 section 2.1.1)."""
    begin, end = 0, size
    path = list[Range]()
    while end - begin > 1:
        middle = begin + _half(end - begin)
        if index < middle:
            path.append(Range(middle, end))
            end = middle
        else:
            path.append(Range(begin, middle))
            begin = middle
    return path[::-1]


def consistency_ranges(first: int, size: int) -> list[Range]:
    """Return the subtrees whose hashes prove that a tree grew (RFC 6962 section 2.1.2).

    None where there is nothing to prove: of an empty tree, of the same one, of a smaller one.
    """
    if not 0 < first < size:
        return []
    begin, end = 0, size
    path = list[Range]()
    known = True
    while first != end:
        middle = begin + _half(end - begin)
        if first <= middle:
            path.append(Range(middle, end))
            end = middle
        else:
            path.append(Range(begin, middle))
            begin, known = middle, False
    if not known:
        path.append(Range(begin, end))
    return path[::-1]


def _half(size: int) -> int:
    return 1 << (size - 1).bit_length() - 1


def tiles_of(ranges: Iterable[Range], size: int) -> list[Tile]:
    """Return the tiles of a log of a size that hold the hashes of subtrees."""
    tiles = {_tile_of(level, position, size) for one in ranges for level, position in subtrees(one)}
    return sorted(tiles)


def _tile_of(level: int, position: int, size: int) -> Tile:
    """Return the tile that holds a node, or the hashes below it."""
    row = level // HEIGHT
    number = (position << (level - row * HEIGHT)) // WIDTH
    whole = size >> (row * HEIGHT)
    return Tile(row, number, min(WIDTH, whole - number * WIDTH))


def subtrees(leaves: Range) -> Iterator[tuple[int, int]]:
    """Yield the perfect subtrees that a range consists of, as level and position, from the left."""
    begin, end = leaves
    while begin < end:
        level = (end - begin).bit_length() - 1
        if begin:
            level = min(level, (begin & -begin).bit_length() - 1)
        yield level, begin >> level
        begin += 1 << level


def range_hash(leaves: Range, size: int, tiles: Mapping[Tile, bytes]) -> bytes:
    """Return the hash of a subtree of a log.

    Args:
        leaves: which.
        size: of the log.
        tiles: the bytes of the tiles that `tiles_of` named.

    Raises:
        ProofError: a tile has another length than it must have.
    """
    hashes = [_node(level, position, size, tiles) for level, position in subtrees(leaves)]
    computed = hashes.pop()
    while hashes:
        computed = node_hash(hashes.pop(), computed)
    return computed


def _node(level: int, position: int, size: int, tiles: Mapping[Tile, bytes]) -> bytes:
    tile = _tile_of(level, position, size)
    data = tiles[tile]
    if len(data) != tile.width * HASH_SIZE:
        raise ProofError(
            f"{tile.path}: {len(data)} bytes, where {tile.width} hashes have"
            f" {tile.width * HASH_SIZE}"
        )
    count = 1 << (level - tile.level * HEIGHT)
    begin = (position * count) % WIDTH
    hashes = (data[n * HASH_SIZE : (n + 1) * HASH_SIZE] for n in range(begin, begin + count))
    tree = Tree()
    tree.extend(hashes)
    return tree.root
