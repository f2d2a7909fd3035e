import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.ct.alarm import ROOT
from keypin.ct.head import TreeHead
from keypin.ct.merkle import ProofError, Tree, consistency_path, inclusion_path, leaf_hash, root_of
from keypin.ct.tail import Tail, tree_before

LEAVES = [leaf_hash(bytes((n,))) for n in range(100)]


def head(size: int) -> TreeHead:
    """Return the head of the tree of the first leaves."""
    return TreeHead(size, 1_700_000_000_000 + size, root_of(LEAVES[:size]), b"\x04\x03\x00\x00")


def test_nothing_is_verified_before_the_root_is_the_signed_one() -> None:
    """Downloaded entries count when the goal is reached."""
    tail = Tail(Tree(), head(10))
    assert tail.take(LEAVES[:6]) is None
    assert (tail.position, tail.verified.size, tail.level) == (6, 0, False)
    assert tail.take(LEAVES[6:10]) is None
    assert (tail.position, tail.verified.size, tail.level) == (10, 10, True)
    assert tail.verified.root == root_of(LEAVES[:10])


def test_a_new_goal_goes_on_from_there() -> None:
    """A larger head is the next goal; a smaller or equal one changes nothing."""
    tail = Tail(Tree())
    assert tail.level
    tail.aim(head(10))
    tail.aim(head(9))
    assert tail.end == 10
    tail.take(LEAVES[:10])
    tail.aim(head(12))
    assert not tail.level
    tail.take(LEAVES[10:12])
    assert tail.verified.size == 12


def test_another_root_rewinds_and_alarms() -> None:
    """All since the last verified tree is to be read again."""
    tail = Tail(Tree(), head(4))
    tail.take(LEAVES[:4])
    tail.aim(head(8))
    alarm = tail.take([*LEAVES[4:7], LEAVES[50]])
    assert alarm is not None
    assert alarm.kind is ROOT
    assert alarm.heads == (head(8),)
    assert alarm.message == "entries 4 to 7 do not give the root that the log signed"
    wrong = root_of([*LEAVES[:7], LEAVES[50]]).hex()
    assert alarm.facts == (("computed_root", wrong), ("from", "4"))
    assert (tail.position, tail.verified.size) == (4, 4)
    assert tail.take(LEAVES[4:8]) is None
    assert tail.level


@pytest.mark.parametrize("goal", [None, head(3)])
def test_leaves_beyond_the_goal_are_refused(goal) -> None:
    """What no head covers cannot be verified, and is a mistake of the caller."""
    with pytest.raises(ValueError, match="4 leaves at 0 go beyond the goal"):
        Tail(Tree(), goal).take(LEAVES[:4])


@given(st.integers(1, 99), st.integers(0, 98))
def test_a_proof_of_consistency_verifies_midway(size: int, position: int) -> None:
    """A long way is verified in parts, each joined to the goal."""
    position %= size
    tail = Tail(Tree(), head(size))
    tail.take(LEAVES[:position])
    tail.prove(consistency_path(LEAVES[:size], position))
    assert tail.verified.size == position


def test_a_wrong_proof_changes_nothing() -> None:
    """What was downloaded stays unverified, and can be rewound."""
    tail = Tail(Tree(), head(20))
    tail.take(LEAVES[1:9])
    with pytest.raises(ProofError):
        tail.prove(consistency_path(LEAVES[:20], 8))
    assert (tail.position, tail.verified.size) == (8, 0)
    tail.rewind()
    assert tail.position == 0


def test_without_a_goal_nothing_is_proved() -> None:
    """There is no head to join anything to."""
    tail = Tail(Tree())
    tail.prove([])
    assert tail.verified.size == 0


@given(st.integers(1, 100), st.integers(0, 99))
def test_the_tree_before_a_leaf_comes_from_its_proof(size: int, index: int) -> None:
    """A monitor starts anywhere without reading what is before."""
    index %= size
    path = inclusion_path(LEAVES[:size], index)
    tree = tree_before(index, LEAVES[index], path, head(size))
    assert (tree.size, tree.root) == (index, root_of(LEAVES[:index]))


def test_the_tree_before_a_leaf_needs_a_good_proof() -> None:
    """A wrong leaf or path is refused."""
    path = inclusion_path(LEAVES[:20], 7)
    with pytest.raises(ProofError):
        tree_before(7, LEAVES[8], path, head(20))
