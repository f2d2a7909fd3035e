"""The lab's tree has the roots, proofs and tiles that `keypin.ct` computes for itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.ct.merkle import (
    EMPTY_ROOT,
    consistency_path,
    inclusion_path,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from keypin.lab.ct_tree import HashTree

LEAVES = [leaf_hash(bytes((n & 255, n >> 8))) for n in range(600)]
TREE = HashTree(LEAVES)


def test_a_tree_without_leaves_has_the_root_of_nothing() -> None:
    """RFC 6962 defines it."""
    assert HashTree().root(0) == EMPTY_ROOT
    assert len(HashTree()) == 0


@given(st.integers(1, 600))
def test_the_root_of_every_size(size: int) -> None:
    """The tree knows the root that it had at any size."""
    assert TREE.root(size) == root_of(LEAVES[:size])


@given(st.data())
def test_inclusion(data) -> None:
    """Proofs of leaves are those of the plain definition, and hold."""
    size = data.draw(st.integers(1, 600))
    index = data.draw(st.integers(0, size - 1))
    path = TREE.inclusion(index, size)
    assert path == inclusion_path(LEAVES[:size], index)
    verify_inclusion(TREE.leaf(index), index, size, path, TREE.root(size))


@given(st.data())
def test_consistency(data) -> None:
    """Proofs of growth are those of the plain definition, and hold."""
    second = data.draw(st.integers(1, 600))
    first = data.draw(st.integers(1, second))
    path = TREE.consistency(first, second)
    assert path == consistency_path(LEAVES[:second], first)
    verify_consistency(first, second, TREE.root(first), TREE.root(second), path)


@given(st.integers(0, 599), st.integers(1, 600))
def test_another_leaf(index: int, size: int) -> None:
    """With another leaf it is the tree of those leaves, and the tree itself stays what it was."""
    other = leaf_hash(b"another")
    changed = TREE.with_leaf(index, other)
    leaves = [*LEAVES[:index], other, *LEAVES[index + 1 :]][:size]
    assert changed.root(size) == root_of(leaves)
    assert TREE.root(size) == root_of(LEAVES[:size])
    width = min(256, size)
    assert changed.tile(0, 0, width, size) == b"".join(leaves[:width])


@pytest.mark.parametrize(
    ("tile", "hashes"),
    [
        ((0, 0, 256), LEAVES[:256]),
        ((0, 2, 88), LEAVES[512:]),
        ((0, 2, 10), LEAVES[512:522]),
        ((1, 0, 2), [root_of(LEAVES[:256]), root_of(LEAVES[256:512])]),
    ],
)
def test_tiles(tile: tuple[int, int, int], hashes: list[bytes]) -> None:
    """A tile is the hashes of its level, one behind the other."""
    assert TREE.tile(*tile, 600) == b"".join(hashes)


@pytest.mark.parametrize("tile", [(0, 2, 89), (0, 3, 1), (1, 0, 3), (2, 0, 1)])
def test_there_is_no_tile_beyond_the_size(tile: tuple[int, int, int]) -> None:
    """What the size does not reach is not there."""
    assert TREE.tile(*tile, 600) is None
