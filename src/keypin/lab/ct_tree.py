"""The tree of the laboratory's log: every hash of it, so that any head or proof of it is quick.

RFC 6962 section 2.1. `keypin.ct` verifies proofs from what a log shows; this makes them, and shares
no more with it than the hash of two nodes: each is a check of the other.
"""

from collections.abc import Iterable

from keypin.ct.merkle import EMPTY_ROOT, node_hash

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT


class HashTree:
    """A Merkle tree that keeps the hash of each perfect subtree, by level.

    Args:
        leaves: the hashes of its first leaves.
    """

    __slots__ = ("_changed", "_rows")

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._rows: list[list[bytes]] = [[]]
        self._changed: dict[tuple[int, int], bytes] = {}
        for leaf in leaves:
            self.append(leaf)

    def __len__(self) -> int:
        return len(self._rows[0])

    def append(self, leaf: bytes) -> None:
        """Add a leaf by its hash, and the nodes that it completes."""
        rows, level = self._rows, 0
        row = rows[0]
        row.append(leaf)
        while not len(row) & 1:
            node = node_hash(row[-2], row[-1])
            level += 1
            if level == len(rows):
                rows.append([])
            row = rows[level]
            row.append(node)

    def leaf(self, index: int) -> bytes:
        """Return the hash of a leaf."""
        return self._node(0, index)

    def _node(self, level: int, position: int) -> bytes:
        changed = self._changed.get((level, position)) if self._changed else None
        return changed or self._rows[level][position]

    def root(self, size: int) -> bytes:
        """Return the root that the tree had with `size` leaves."""
        return self._subtree(0, size) if size else EMPTY_ROOT

    def with_leaf(self, index: int, leaf: bytes) -> "HashTree":
        """Return this tree with another leaf in the place of one; it is for reading only."""
        other = HashTree()
        other._rows = self._rows
        other._changed = {**self._changed, (0, index): leaf}
        for level in range(1, len(self._rows)):
            index >>= 1
            if index >= len(self._rows[level]):
                break
            pair = other._node(level - 1, 2 * index), other._node(level - 1, 2 * index + 1)
            other._changed[level, index] = node_hash(*pair)
        return other

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """Return the proof that a leaf is in the tree of a size (section 2.1.1)."""
        return self._path(index, 0, size)

    def consistency(self, first: int, second: int) -> list[bytes]:
        """Return the proof that the tree grew from one size to another (section 2.1.2)."""
        return self._subproof(first, 0, second, known=True) if 0 < first < second else []

    def tile(self, level: int, number: int, width: int, size: int) -> bytes | None:
        """Return a tile of the tree of a size, None where it has no such one."""
        row = level * TILE_HEIGHT
        begin = number * TILE_WIDTH
        if row >= len(self._rows) or begin + width > size >> row:
            return None
        if self._changed:
            return b"".join(self._node(row, n) for n in range(begin, begin + width))
        return b"".join(self._rows[row][begin : begin + width])

    def _subtree(self, begin: int, end: int) -> bytes:
        size = end - begin
        if not size & (size - 1):
            level = size.bit_length() - 1
            return self._node(level, begin >> level)
        middle = begin + _half(size)
        return node_hash(self._subtree(begin, middle), self._subtree(middle, end))

    def _path(self, index: int, begin: int, end: int) -> list[bytes]:
        if end - begin == 1:
            return []
        middle = begin + _half(end - begin)
        if index < middle:
            return [*self._path(index, begin, middle), self._subtree(middle, end)]
        return [*self._path(index, middle, end), self._subtree(begin, middle)]

    def _subproof(self, first: int, begin: int, end: int, *, known: bool) -> list[bytes]:
        if first == end:
            return [] if known else [self._subtree(begin, end)]
        middle = begin + _half(end - begin)
        if first <= middle:
            rest = self._subproof(first, begin, middle, known=known)
            return [*rest, self._subtree(middle, end)]
        rest = self._subproof(first, middle, end, known=False)
        return [*rest, self._subtree(begin, middle)]


def _half(size: int) -> int:
    return 1 << (size - 1).bit_length() - 1
