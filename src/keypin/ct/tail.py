"""Following a log towards a signed tree head: a state machine without I/O.

RFC 6962 section 5.3, steps 4 to 8. Two trees are kept: what was verified, and what was downloaded
since. Nothing counts as verified before the computed root equals a signed one, or a consistency
proof joins it to one; a mismatch rewinds to what was verified.

A tree need not be read from its beginning: `tree_before` takes the part to the left from the proof
that one leaf is in it.
"""

from collections.abc import Sequence

from keypin.ct.alarm import ROOT, Alarm
from keypin.ct.head import TreeHead
from keypin.ct.merkle import Tree, verify_consistency, verify_inclusion
from keypin.ct.tile import inclusion_ranges


def tree_before(index: int, leaf: bytes, path: Sequence[bytes], head: TreeHead) -> Tree:
    """Return the tree of all leaves before one, from the proof that it is in a larger tree.

    Args:
        index: which leaf.
        leaf: its hash.
        path: the proof of its inclusion, from the leaf up.
        head: of the larger tree.

    Raises:
        ProofError: the path proves nothing.
    """
    verify_inclusion(leaf, index, head.size, path, head.root)
    ranges = inclusion_ranges(index, head.size)
    # What stands left of the way to a leaf are the perfect subtrees before it, the largest last.
    peaks = [node for node, span in zip(path, ranges, strict=True) if span.end <= index]
    return Tree(index, peaks[::-1])


class Tail:
    """The way from a tree that is verified to the tree of a head.

    Args:
        verified: a tree that is known to be the log's; empty at the beginning.
        goal: the head to reach, its signature verified; None until there is one.
    """

    def __init__(self, verified: Tree, goal: TreeHead | None = None) -> None:
        self.verified = verified
        self.goal = goal
        self._tree = Tree(verified.size, verified.peaks)

    @property
    def position(self) -> int:
        """How many entries were downloaded: the index of the next."""
        return self._tree.size

    @property
    def end(self) -> int:
        """Where the goal is; the position itself where there is none."""
        return max(self.goal.size, self.position) if self.goal else self.position

    @property
    def level(self) -> bool:
        """Whether all up to the goal is verified."""
        return self.verified.size >= self.end

    def aim(self, head: TreeHead) -> None:
        """Set a larger goal; one that is not larger changes nothing."""
        if self.goal is None or head.size > self.goal.size:
            self.goal = head

    def take(self, leaves: Sequence[bytes]) -> Alarm | None:
        """Add the hashes of downloaded leaves, none of them beyond the goal.

        Returns:
            An alarm where the goal is reached and has another root: all since `verified` is then
            to be read again.
        """
        goal = self.goal
        if goal is None or self._tree.size + len(leaves) > goal.size:
            raise ValueError(f"{len(leaves)} leaves at {self._tree.size} go beyond the goal")
        self._tree.extend(leaves)
        if self._tree.size < goal.size:
            return None
        computed = self._tree.root
        if computed == goal.root:
            self._verify()
            return None
        begin = self.verified.size
        self.rewind()
        return Alarm(
            ROOT,
            f"entries {begin} to {goal.size - 1} do not give the root that the log signed",
            (goal,),
            (("computed_root", computed.hex()), ("from", str(begin))),
        )

    def prove(self, path: Sequence[bytes]) -> None:
        """Verify what is downloaded as the beginning of the goal's tree.

        Args:
            path: the proof of consistency, from the position to the goal.

        Raises:
            ProofError: it is not, or the proof is wrong; nothing changes.
        """
        if self.goal is None or not self.position:
            return
        root = self._tree.root
        verify_consistency(self.position, self.goal.size, root, self.goal.root, path)
        self._verify()

    def rewind(self) -> None:
        """Forget what was downloaded and not verified."""
        self._tree = Tree(self.verified.size, self.verified.peaks)

    def _verify(self) -> None:
        self.verified = Tree(self._tree.size, self._tree.peaks)
