"""A tree head from elsewhere beside those that a log showed here: what the signatures alone say.

Two heads of one size have one root, and of two sizes the larger tree is not the older one. Whether
a tree is the beginning of a larger one takes the log's proof (`keypin.ct.merkle`).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from enum import StrEnum
from itertools import accumulate
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


class Shown:
    """The heads that a log showed here, signatures verified; one at least.

    Args:
        heads: in any order.
    """

    def __init__(self, heads: Iterable[TreeHead]) -> None:
        self._heads = sorted(heads, key=lambda one: one.size)
        self._sizes = [one.size for one in self._heads]
        # Up to each place the one signed last, and from each place on the one signed first.
        self._last = list(accumulate(self._heads, _later))
        self._first = list(accumulate(reversed(self._heads), _earlier))[::-1]

    def compare(self, head: TreeHead) -> Comparison:
        """Compare a head from elsewhere, its signature verified, with them."""
        begin, end = bisect_left(self._sizes, head.size), bisect_right(self._sizes, head.size)
        same = self._heads[begin:end]
        for one in same:
            if one.root != head.root:
                return Comparison(Relation.FORK, one)
        if begin and self._last[begin - 1].timestamp_ms > head.timestamp_ms:
            return Comparison(Relation.ROLLBACK, self._last[begin - 1])
        if end < len(self._first) and self._first[end].timestamp_ms < head.timestamp_ms:
            return Comparison(Relation.ROLLBACK, self._first[end])
        if same:
            return Comparison(Relation.SAME, same[0])
        largest = self._heads[-1]
        smaller = head.size < largest.size
        return Comparison(Relation.SMALLER if smaller else Relation.LARGER, largest)


def _later(one: TreeHead, other: TreeHead) -> TreeHead:
    return max(one, other, key=_time)


def _earlier(one: TreeHead, other: TreeHead) -> TreeHead:
    return min(one, other, key=_time)


def _time(head: TreeHead) -> int:
    return head.timestamp_ms
