"""Tiles: their paths, which of them a proof needs, and the proofs that are made of them."""

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.ct.merkle import (
    ProofError,
    consistency_path,
    inclusion_path,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
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
from keypin.lab.ct_tree import HashTree


def tree_of(hashes) -> HashTree:
    """Return the lab's tree of some leaves, which gives tiles."""
    tree = HashTree()
    for one in hashes:
        tree.append(one)
    return tree


def proof(ranges, size: int, tree: HashTree) -> list[bytes]:
    """Return the hashes of subtrees, from the tiles that are named and no other."""
    tiles = {}
    for tile in tiles_of(ranges, size):
        data = tree.tile(tile.level, tile.number, tile.width, size)
        assert data is not None, tile
        tiles[tile] = data
    return [range_hash(one, size, tiles) for one in ranges]


LEAVES = [leaf_hash(number.to_bytes(3, "big")) for number in range(600)]
# 66,000 leaves have three levels of tiles, the last one partial in each.
MANY = [leaf_hash(number.to_bytes(3, "big")) for number in range(66_000)]


@pytest.fixture(scope="module")
def large() -> HashTree:
    """Return a tree of three levels of tiles."""
    return tree_of(MANY)


@pytest.mark.parametrize(
    ("number", "width", "path"),
    [
        (0, 256, "000"),
        (999, 256, "999"),
        (1000, 256, "x001/000"),
        (1234067, 256, "x001/x234/067"),
        (1234067, 1, "x001/x234/067.p/1"),
        (1000000, 255, "x001/x000/000.p/255"),
        (10**9, 256, "x001/x000/x000/000"),
    ],
)
def test_a_number_as_a_path(number: int, width: int, path: str) -> None:
    """Groups of three digits, all but the last with an x; a partial tile says its width."""
    assert numbered(number, width) == path


def test_where_tiles_are() -> None:
    """Below `tile/`, by level and number; data tiles of a log of a size may be partial."""
    assert Tile(0, 5).path == "tile/0/005"
    assert Tile(2, 1000, 17).path == "tile/2/x001/000.p/17"
    assert data_path(0, 1000) == "tile/data/000"
    assert data_path(768, 1000) == "tile/data/003.p/232"
    assert data_path(768, 1024) == "tile/data/003"
    assert data_path(256 * 1000, 10**9) == "tile/data/x001/000"


def test_foreign_inclusion_proofs(real_log) -> None:
    """Of a real log's tiles the proofs are put together that others computed."""
    tree = tree_of(real_log.hashes)
    for case in real_log.expect["inclusion"]:
        index, size = case["index"], case["tree_size"]
        path = proof(inclusion_ranges(index, size), size, tree)
        assert path == [b64decode(one) for one in case["proof"]]
        verify_inclusion(b64decode(case["leaf_hash"]), index, size, path, b64decode(case["root"]))


def test_foreign_consistency_proofs(real_log) -> None:
    """The same of proofs that the log grew."""
    tree = tree_of(real_log.hashes)
    for case in real_log.expect["consistency"]:
        first, second = case["size1"], case["size2"]
        path = proof(consistency_ranges(first, second), second, tree)
        assert path == [b64decode(one) for one in case["proof"]]
        roots = b64decode(case["root1"]), b64decode(case["root2"])
        verify_consistency(first, second, *roots, path)


def test_roots_from_the_stored_tiles(real_log) -> None:
    """The tiles as the log served them, full and partial, give its roots."""
    for size in (256, 512, 778, 1024):
        needed = tiles_of([Range(0, size)], size)
        stored = {one: real_log.tile(one.path.removeprefix("tile/")) for one in needed
                  if one.level == 0}  # fmt: skip
        upper = b"".join(map(b64decode, real_log.expect["level1_tile_hashes"]))
        tiles = {one: stored.get(one, upper[: 32 * one.width]) for one in needed}
        assert range_hash(Range(0, size), size, tiles) == real_log.roots[size]
        assert size != 778 or Tile(0, 3, 10) in needed


def test_proofs_of_three_levels(large) -> None:
    """Subtrees higher than a tile come from the levels above it."""
    size, root = len(MANY), root_of(MANY)
    for index in (0, 255, 256, 65_535, 65_536, 65_999):
        ranges = inclusion_ranges(index, size)
        verify_inclusion(MANY[index], index, size, proof(ranges, size, large), root)
    for first in (1, 255, 256, 257, 40_000, 65_535, 65_536, 65_537, 65_999):
        ranges = consistency_ranges(first, size)
        path = proof(ranges, size, large)
        verify_consistency(first, size, root_of(MANY[:first]), root, path)
    # 66,000 leaves are 257 full tiles and a rest of 208; above them one tile is full.
    assert Tile(2, 0, 1) in tiles_of(inclusion_ranges(65_999, size), size)
    assert Tile(0, 257, 208) in tiles_of(inclusion_ranges(65_999, size), size)


def test_few_tiles_prove_much() -> None:
    """A proof needs two tiles a level at most: each level of the path lies in one of them."""
    for index in range(0, 66_000, 997):
        assert len(tiles_of(inclusion_ranges(index, 66_000), 66_000)) <= 6


def test_the_lab_serves_the_tiles_that_are_named(served) -> None:
    """The paths are those of the log, and the proof that comes from them verifies."""
    head = served.log.head
    ranges = [Range(300, 301), *inclusion_ranges(300, head.size)]
    tiles = {tile: served.get(f"/{tile.path}") for tile in tiles_of(ranges, head.size)}
    leaf, *path = (range_hash(one, head.size, tiles) for one in ranges)
    assert leaf == served.log.entries[300].leaf_hash
    verify_inclusion(leaf, 300, head.size, path, head.root)


@pytest.mark.parametrize(("first", "size"), [(0, 0), (0, 5), (5, 5), (6, 5), (-1, 5), (1, 0)])
def test_what_needs_no_proof(first: int, size: int) -> None:
    """An empty tree, the same tree and a smaller one: there is nothing to ask for."""
    assert consistency_ranges(first, size) == []
    assert tiles_of([], size) == []


@pytest.mark.parametrize("length", [0, 31, 33, 64 * 32])
def test_a_tile_of_another_length(length: int) -> None:
    """A tile has as many hashes as its width says, or the log is wrong."""
    with pytest.raises(ProofError) as caught:
        range_hash(Range(0, 1), 1, {Tile(0, 0, 1): bytes(length)})
    assert str(caught.value) == f"tile/0/000.p/1: {length} bytes, where 1 hashes have 32"


@given(st.integers(1, 600), st.data())
def test_paths_of_any_tree(size: int, data) -> None:
    """For any leaf and any smaller tree the proofs are those of RFC 6962."""
    tree = tree_of(LEAVES[:size])
    index = data.draw(st.integers(0, size - 1))
    assert proof(inclusion_ranges(index, size), size, tree) == inclusion_path(LEAVES[:size], index)
    first = data.draw(st.integers(0, size))
    expected = consistency_path(LEAVES[:size], first)
    assert proof(consistency_ranges(first, size), size, tree) == expected


@given(st.integers(0, 599), st.integers(1, 600))
def test_any_range_of_leaves(begin: int, count: int) -> None:
    """A range that begins where its size allows is hashed as a tree of its own."""
    begin -= begin % (1 << (count - 1).bit_length())
    end = min(begin + count, 600)
    [computed] = proof([Range(begin, end)], 600, tree_of(LEAVES))
    assert computed == root_of(LEAVES[begin:end])


@given(st.binary(max_size=32 * 40) | st.binary(min_size=32 * 17, max_size=32 * 17))
def test_any_bytes_as_a_tile_of_hashes(data: bytes) -> None:
    """They are refused for their length, or are hashes."""
    try:
        computed = range_hash(Range(0, 17), 17, {Tile(0, 0, 17): data})
    except ProofError:
        assert len(data) != 17 * 32
    else:
        assert computed == root_of([data[n : n + 32] for n in range(0, len(data), 32)])


@given(st.integers(0, 699), st.integers(0, 2**16), st.integers(1, 255))
def test_a_mutated_tile_proves_nothing(served, index: int, where: int, flip: int) -> None:
    """One bit that is changed in a tile that the path is made of, and the proof fails."""
    head = served.log.head
    ranges = inclusion_ranges(index, head.size)
    tiles = {tile: served.get(f"/{tile.path}") for tile in tiles_of(ranges, head.size)}
    genuine = [range_hash(one, head.size, tiles) for one in ranges]
    tile = sorted(tiles)[where % len(tiles)]
    data = bytearray(tiles[tile])
    data[where % len(data)] ^= flip
    path = [range_hash(one, head.size, {**tiles, tile: bytes(data)}) for one in ranges]
    leaf = served.log.entries[index].leaf_hash
    verify_inclusion(leaf, index, head.size, genuine, head.root)
    if path != genuine:
        with pytest.raises(ProofError):
            verify_inclusion(leaf, index, head.size, path, head.root)
