"""The Merkle tree of Certificate Transparency: hashes, roots that grow, and proofs.

RFC 6962 section 2.1 defines the tree; the steps that verify proofs are those of RFC 9162 sections
2.1.3.2 and 2.1.4.2, which says them as algorithms. Hashes are SHA-256 and 32 bytes long.

A tree of any size is kept by the roots of its perfect subtrees, the larger first, one for each bit
of its size (`Tree`): a log of a billion entries is thirty hashes, which is all that a monitor needs
to go on from.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from keypin.errors import KeypinError

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()

# RFC 6962 counts entries in 64 bits, so that no path is longer, its leaf and root included.
MAX_PATH = 66


class ProofError(KeypinError):
    """A proof does not prove what it should: the log, or who passed the proof on, is wrong."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry: SHA-256 of a zero byte and the entry."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node: SHA-256 of a one byte and the hashes below it."""
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that grows by leaf hashes, and knows its root at any moment.

    Args:
        size: how many leaves it has.
        peaks: the roots of its perfect subtrees, the largest first.

    Raises:
        ValueError: there are not as many peaks as the size has bits set.
    """

    __slots__ = ("_peaks", "size")

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if len(peaks) != size.bit_count() or any(len(peak) != HASH_SIZE for peak in peaks):
            raise ValueError(f"{len(peaks)} peaks for a tree of {size} leaves")
        self.size = size
        self._peaks = list(peaks)

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """The roots of the perfect subtrees, the largest first: all of the state there is."""
        return tuple(self._peaks)

    def append(self, leaf: bytes) -> None:
        """Add a leaf by its hash."""
        self.join(leaf, 0)

    def join(self, node: bytes, level: int) -> None:
        """Add the leaves of a perfect subtree by its root.

        Args:
            node: the root.
            level: how high the subtree is: it has two to that power leaves.

        Raises:
            ValueError: such a subtree does not begin here.
        """
        if self.size % (1 << level):
            raise ValueError(f"no subtree of level {level} begins at leaf {self.size}")
        size = self.size >> level
        while size & 1:
            node = node_hash(self._peaks.pop(), node)
            size >>= 1
        self._peaks.append(node)
        self.size += 1 << level

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaves by their hashes, in order.

        The same as appending each, but a level at a time: a peak waits at the left of each level
        where the size has its bit set, and what has no partner at the right is a peak of the new
        tree.
        """
        nodes, size, peaks = list(leaves), self.size, list[bytes]()
        self.size += len(nodes)
        digest = sha256
        while nodes:
            if size & 1:
                nodes.insert(0, self._peaks.pop())
            if len(nodes) & 1:
                peaks.append(nodes.pop())
            pairs = iter(nodes)
            # `node_hash`, written out: a log of a billion entries has as many nodes.
            nodes = [digest(b"\x01" + a + b).digest() for a, b in zip(pairs, pairs, strict=True)]
            size >>= 1
        self._peaks += reversed(peaks)

    @property
    def root(self) -> bytes:
        """The root of the tree as it is."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root of a tree of these leaf hashes."""
    tree = Tree()
    tree.extend(leaves)
    return tree.root


def verify_inclusion(
    leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> None:
    """Verify that a leaf is in a tree (RFC 9162 section 2.1.3.2).

    Args:
        leaf: the leaf's hash.
        index: which leaf it is, from 0.
        size: how many leaves the tree has.
        path: the hashes of the proof.
        root: the tree's root.

    Raises:
        ProofError: it does not prove that.
    """
    what = f"leaf {index} of a tree of {size}"
    _check_hashes(what, (leaf, root, *path))
    if not 0 <= index < size:
        raise ProofError(f"{what}: there is none")
    computed = leaf
    for sibling, on_the_left in _climb(index, size - 1, path, what):
        computed = node_hash(sibling, computed) if on_the_left else node_hash(computed, sibling)
    _same(computed, root, what)


def _climb(
    position: int, last: int, path: Sequence[bytes], what: str
) -> Iterator[tuple[bytes, bool]]:
    """Yield each hash of a path, from the leaf up, and whether it stands on the left.

    Where the tree's right edge has no sibling, the path has no hash either: those levels are
    skipped.
    """
    for sibling in path:
        if last == 0:
            raise ProofError(f"{what}: the path is too long")
        on_the_left = bool(position & 1) or position == last
        if on_the_left:
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        yield sibling, on_the_left
        position, last = position >> 1, last >> 1
    if last != 0:
        raise ProofError(f"{what}: the path is too short")


def verify_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]
) -> None:
    """Verify that a tree is the beginning of another (RFC 9162 section 2.1.4.2).

    Args:
        first: how many leaves the smaller tree has.
        second: how many the larger one has.
        first_root: the smaller tree's root.
        second_root: the larger one's.
        path: the hashes of the proof.

    Raises:
        ProofError: it does not prove that: the log has rewritten its past, if the roots are its.
    """
    what = f"a tree of {first} leaves as the beginning of one of {second}"
    _check_hashes(what, path)
    if not 0 < first <= second:
        raise ProofError(f"{what}: nothing can be proved of that")
    if first == second:
        if path:
            raise ProofError(f"{what}: the path is too long")
        _same(first_root, second_root, what)
        return
    hashes = list(path) if first & (first - 1) else [first_root, *path]
    if not hashes:
        raise ProofError(f"{what}: the path is too short")
    position, last = first - 1, second - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    small = large = hashes[0]
    for sibling, on_the_left in _climb(position, last, hashes[1:], what):
        if on_the_left:
            small, large = node_hash(sibling, small), node_hash(sibling, large)
        else:
            large = node_hash(large, sibling)
    _same(small, first_root, f"{what}: the smaller one")
    _same(large, second_root, f"{what}: the larger one")


def _check_hashes(what: str, hashes: Sequence[bytes]) -> None:
    """Refuse what is no hash, and a path that no tree has."""
    if len(hashes) > MAX_PATH or any(len(one) != HASH_SIZE for one in hashes):
        raise ProofError(f"{what}: not a path of at most {MAX_PATH} hashes of {HASH_SIZE} bytes")


def _same(computed: bytes, root: bytes, what: str) -> None:
    if computed != root:
        raise ProofError(f"{what}: computed root {computed.hex()}, expected {root.hex()}")


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the proof that a leaf is in the tree of these leaf hashes (RFC 6962, 2.1.1)."""
    if len(leaves) == 1:
        return []
    half = _half(len(leaves))
    if index < half:
        return [*inclusion_path(leaves[:half], index), root_of(leaves[half:])]
    return [*inclusion_path(leaves[half:], index - half), root_of(leaves[:half])]


def consistency_path(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """Return the proof that the first leaves are the beginning of all (RFC 6962, 2.1.2)."""
    return _subproof(leaves, first, known=True) if 0 < first < len(leaves) else []


def _subproof(leaves: Sequence[bytes], first: int, *, known: bool) -> list[bytes]:
    """Return the proof of a subtree; `known` is whether the verifier has its root already."""
    if first == len(leaves):
        return [] if known else [root_of(leaves)]
    half = _half(len(leaves))
    if first <= half:
        return [*_subproof(leaves[:half], first, known=known), root_of(leaves[half:])]
    return [*_subproof(leaves[half:], first - half, known=False), root_of(leaves[:half])]


def _half(size: int) -> int:
    """Return the largest power of two below a size of two or more."""
    return 1 << (size - 1).bit_length() - 1
