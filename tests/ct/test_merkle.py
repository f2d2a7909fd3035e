"""The tree and its proofs: the RFC's own reference tree, foreign proofs, and every small tree."""

import json
from base64 import b64decode
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.ct import (
    EMPTY_ROOT,
    ProofError,
    Tree,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from keypin.ct.merkle import consistency_path, inclusion_path
from keypin.ct.tile import Range, subtrees

LEAVES = [leaf_hash(bytes([number])) for number in range(40)]


@pytest.fixture(scope="module")
def reference(vectors):
    """Return the RFC's reference tree."""
    return json.loads((vectors / "merkle" / "rfc6962_reference.json").read_text())


@pytest.fixture(scope="module")
def foreign(vectors):
    """Return the proofs of others, valid and broken."""
    return json.loads((vectors / "merkle" / "cases.json").read_text())["cases"]


def test_the_reference_tree(reference) -> None:
    """Leaves, nodes and roots are those that the RFC's authors published."""
    leaves = [leaf_hash(bytes.fromhex(text)) for text in reference["leaf_inputs_hex"]]
    assert [leaf.hex() for leaf in leaves] == reference["leaf_hashes_hex"]
    roots = [root_of(leaves[:size]).hex() for size in range(len(leaves) + 1)]
    assert roots == reference["roots_hex"]
    assert EMPTY_ROOT.hex() == reference["hasher"]["empty"]
    assert node_hash(b"N123", b"N456").hex() == reference["hasher"]['node("N123","N456")']
    assert leaf_hash(b"L123456").hex() == reference["hasher"]['leaf("L123456")']


def test_the_reference_proofs(reference) -> None:
    """The RFC's paths are the ones that are made here, and verify."""
    leaves = [bytes.fromhex(text) for text in reference["leaf_hashes_hex"]]
    for case in reference["inclusion"]:
        path = [bytes.fromhex(text) for text in case["path_hex"]]
        index, size = case["index"], case["size"]
        assert inclusion_path(leaves[:size], index) == path
        verify_inclusion(leaves[index], index, size, path, root_of(leaves[:size]))
    for case in reference["consistency"]:
        path = [bytes.fromhex(text) for text in case["proof_hex"]]
        first, second = case["size1"], case["size2"]
        assert consistency_path(leaves[:second], first) == path
        roots = root_of(leaves[:first]), root_of(leaves[:second])
        verify_consistency(first, second, *roots, path)


def decoded(case, key: str) -> bytes:
    """Return a hash of a foreign case."""
    return b64decode(case[key] or "")


def path_of(case) -> list[bytes]:
    """Return the path of a foreign case."""
    return [b64decode(one) for one in case["proof"] or []]


def test_foreign_inclusion_proofs(foreign) -> None:
    """What must verify does, what must not is refused, whatever is broken in it."""
    cases = [case for case in foreign if case["kind"] == "inclusion"]
    assert len(cases) > 90
    for case in cases:
        arguments = (
            decoded(case, "leafHash"),
            case["leafIdx"],
            case["treeSize"],
            path_of(case),
            decoded(case, "root"),
        )
        assert refused(verify_inclusion, *arguments) == case["wantErr"], case["file"]


def test_foreign_consistency_proofs(foreign) -> None:
    """The same of proofs that a tree is the beginning of another."""
    cases = [case for case in foreign if case["kind"] == "consistency"]
    assert len(cases) > 90
    for case in cases:
        arguments = (
            case["size1"],
            case["size2"],
            decoded(case, "root1"),
            decoded(case, "root2"),
            path_of(case),
        )
        assert refused(verify_consistency, *arguments) == case["wantErr"], case["file"]


def refused(verify, *arguments) -> bool:
    """Tell whether a proof is refused."""
    try:
        verify(*arguments)
    except ProofError:
        return True
    return False


@pytest.mark.parametrize("size", range(1, 40))
def test_every_leaf_of_every_small_tree(size: int) -> None:
    """Each leaf has a path that verifies, for that leaf and that tree alone."""
    leaves = LEAVES[:size]
    root = root_of(leaves)
    for index in range(size):
        path = inclusion_path(leaves, index)
        verify_inclusion(leaves[index], index, size, path, root)
        with pytest.raises(ProofError):
            verify_inclusion(LEAVES[index + 1], index, size, path, root)
        with pytest.raises(ProofError):
            verify_inclusion(leaves[index], index, size, [*path, EMPTY_ROOT], root)
        if path:
            with pytest.raises(ProofError):
                verify_inclusion(leaves[index], index, size, path[:-1], root)


@pytest.mark.parametrize("second", range(40))
def test_every_pair_of_small_trees(second: int) -> None:
    """Each tree is the beginning of each larger one, and of none that was rewritten."""
    for first in range(second + 1):
        path = consistency_path(LEAVES[:second], first)
        small, large = root_of(LEAVES[:first]), root_of(LEAVES[:second])
        if first:
            verify_consistency(first, second, small, large, path)
        if 0 < first < second:
            rewritten = root_of([leaf_hash(b"x"), *LEAVES[1:second]])
            with pytest.raises(ProofError):
                verify_consistency(first, second, small, rewritten, path)
            with pytest.raises(ProofError):
                verify_consistency(first, second, small, large, path[:-1])
            with pytest.raises(ProofError):
                verify_consistency(first, second, small, large, [*path, EMPTY_ROOT])


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((2, 1, EMPTY_ROOT, EMPTY_ROOT, []), "a tree of 2 leaves as the beginning of one of 1: "
         "nothing can be proved of that"),
        ((0, 1, EMPTY_ROOT, LEAVES[0], []), "a tree of 0 leaves as the beginning of one of 1: "
         "nothing can be proved of that"),
        ((1, 1, LEAVES[1], LEAVES[0], []), "a tree of 1 leaves as the beginning of one of 1: "
         f"computed root {LEAVES[1].hex()}, expected {LEAVES[0].hex()}"),
        ((1, 1, LEAVES[0], LEAVES[0], [EMPTY_ROOT]), "a tree of 1 leaves as the beginning of one "
         "of 1: the path is too long"),
        ((3, 4, LEAVES[1], LEAVES[0], []), "a tree of 3 leaves as the beginning of one of 4: the "
         "path is too short"),
        ((1, 2, LEAVES[1], LEAVES[0], [b"short"]), "a tree of 1 leaves as the beginning of one of "
         "2: not a path of at most 66 hashes of 32 bytes"),
    ],
)  # fmt: skip
def test_consistency_mistakes(arguments, complaint: str) -> None:
    """Each mistake says what was to be proved, and what is wrong."""
    with pytest.raises(ProofError) as caught:
        verify_consistency(*arguments)
    assert str(caught.value) == complaint


@pytest.mark.parametrize(
    ("index", "size", "path", "complaint"),
    [
        (1, 1, [], "leaf 1 of a tree of 1: there is none"),
        (-1, 1, [], "leaf -1 of a tree of 1: there is none"),
        (0, 2, [], "leaf 0 of a tree of 2: the path is too short"),
        (0, 1, [EMPTY_ROOT], "leaf 0 of a tree of 1: the path is too long"),
        (0, 2, [EMPTY_ROOT] * 65, "leaf 0 of a tree of 2: not a path of at most 66 hashes of 32 "
         "bytes"),
    ],
)  # fmt: skip
def test_inclusion_mistakes(index: int, size: int, path, complaint: str) -> None:
    """The same of inclusion."""
    with pytest.raises(ProofError) as caught:
        verify_inclusion(LEAVES[0], index, size, path, LEAVES[0])
    assert str(caught.value) == complaint


@given(st.integers(0, 300), st.integers(0, 300))
def test_a_tree_goes_on_from_its_peaks(before: int, more: int) -> None:
    """What a monitor keeps is enough: the same root, whenever it was stopped."""
    leaves = [leaf_hash(number.to_bytes(2, "big")) for number in range(before + more)]
    tree = Tree()
    tree.extend(leaves[:before])
    later = Tree(tree.size, tree.peaks)
    later.extend(leaves[before:])
    assert later.size == before + more
    assert later.root == root_of(leaves)
    assert len(later.peaks) == later.size.bit_count()


@given(st.lists(st.integers(0, 70), max_size=8))
def test_many_leaves_are_added_as_one_by_one(parts) -> None:
    """However leaves are split over calls, size and peaks are those of appending each."""
    leaves = iter(leaf_hash(number.to_bytes(2, "big")) for number in range(sum(parts)))
    one_by_one, at_once = Tree(), Tree()
    for count in parts:
        part = list(islice(leaves, count))
        for leaf in part:
            one_by_one.append(leaf)
        at_once.extend(iter(part))
        assert (at_once.size, at_once.peaks) == (one_by_one.size, one_by_one.peaks)
        assert at_once.root == one_by_one.root


@pytest.mark.parametrize(("size", "peaks"), [(1, []), (0, [EMPTY_ROOT]), (1, [b"short"])])
def test_peaks_that_do_not_fit(size: int, peaks) -> None:
    """A state that cannot be one of a tree is refused."""
    with pytest.raises(ValueError, match="peaks for a tree of"):
        Tree(size, peaks)


@given(st.integers(0, 300), st.integers(1, 300))
def test_subtrees_join_a_tree_by_their_roots(begin: int, count: int) -> None:
    """Who hashes a part of the leaves elsewhere adds it as the perfect subtrees that it has."""
    leaves = [leaf_hash(n.to_bytes(2, "big")) for n in range(begin + count)]
    tree = Tree()
    tree.extend(leaves[:begin])
    for level, position in subtrees(Range(begin, begin + count)):
        first = position << level
        tree.join(root_of(leaves[first : first + (1 << level)]), level)
    assert (tree.size, tree.root) == (begin + count, root_of(leaves))


def test_a_subtree_begins_at_a_multiple_of_its_size() -> None:
    """Anywhere else there is none."""
    tree = Tree()
    tree.append(leaf_hash(b"a"))
    with pytest.raises(ValueError, match="no subtree of level 1 begins at leaf 1"):
        tree.join(leaf_hash(b"b"), 1)
