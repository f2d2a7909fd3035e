"""What two signed heads say of each other without anything else."""

import pytest

from keypin.ct.comparison import Relation, Shown
from keypin.ct.head import TreeHead

SIGNATURE = b"\x04\x03\x00\x00"


def head(size: int, stamp: int, root: bytes = b"r") -> TreeHead:
    """Return a head of a size, signed at a time."""
    return TreeHead(size, stamp, root * 32, SIGNATURE)


KNOWN = [head(10, 100), head(20, 200), head(30, 300)]


@pytest.mark.parametrize(
    ("other", "relation", "beside"),
    [
        (head(20, 200), "same", 20),
        (head(20, 250), "same", 20),
        (head(15, 150), "smaller", 30),
        (head(30, 350), "same", 30),
        (head(40, 400), "larger", 30),
        (head(40, 300), "larger", 30),
        (head(20, 200, b"x"), "fork", 20),
        (head(20, 350, b"x"), "fork", 20),
        (head(20, 350), "rollback", 30),
        (head(15, 201), "rollback", 20),
        (head(40, 299), "rollback", 30),
        (head(5, 101), "rollback", 10),
    ],
)
def test_a_head_beside_those_that_are_known(other, relation, beside) -> None:
    """A tree of one size has one root, and a larger one is not older."""
    found = Shown(reversed(KNOWN)).compare(other)
    assert (found.relation, found.known.size) == (relation, beside)
    assert found.relation.bad == (relation in {"fork", "rollback"})


def test_a_fork_that_is_known_stays_one() -> None:
    """Who has seen both trees says so of each of them."""
    known = [head(10, 100), head(10, 101, b"x")]
    assert [Shown(known).compare(one).relation for one in known] == [Relation.FORK] * 2
