"""A tree head from elsewhere beside those that a log showed here: what the signatures alone say.

Two heads of one size have one root, and of two sizes the larger tree is not the older one. Whether
a tree is the beginning of a larger one takes the log's proof (`keypin.ct.merkle`).
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from keypin.ct.head import TreeHead


class Relation(StrEnum):
    """How a head stands to those that are known."""

    SAME = "same"
    SMALLER = "smaller"
    LARGER = "larger"
    FORK = "fork"
    ROLLBACK = "rollback"

    @property
    def bad(self) -> bool:
        """Whether the two heads prove that the log did wrong."""
        return self in (Relation.FORK, Relation.ROLLBACK)


class Comparison(NamedTuple):
    """How a head stands to those that are known, and to which of them it does so."""

    relation: Relation
    known: TreeHead


def compare(head: TreeHead, known: Sequence[TreeHead]) -> Comparison:
    """Compare a head with those that the same log showed here.

    Args:
        head: the one from elsewhere; all signatures are verified.
        known: those from here, one at least.
    """
    for one in known:
        if one.size == head.size and one.root != head.root:
            return Comparison(Relation.FORK, one)
    for one in known:
        if _rolled_back(head, one):
            return Comparison(Relation.ROLLBACK, one)
    same = next((one for one in known if one.size == head.size), None)
    if same:
        return Comparison(Relation.SAME, same)
    largest = max(known, key=lambda one: one.size)
    smaller = head.size < largest.size
    return Comparison(Relation.SMALLER if smaller else Relation.LARGER, largest)


def _rolled_back(head: TreeHead, other: TreeHead) -> bool:
    """Tell whether the smaller of two trees was signed later."""
    small, large = sorted((head, other), key=lambda one: one.size)
    return small.size < large.size and small.timestamp_ms > large.timestamp_ms
