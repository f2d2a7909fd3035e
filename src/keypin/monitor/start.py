"""Where to begin in a log: any of its trees is had from one proof, without what is before it."""

from datetime import datetime

from keypin.ct.entry import EntryFormatError
from keypin.ct.head import TreeHead
from keypin.ct.merkle import Tree
from keypin.ct.tail import tree_before
from keypin.monitor.source import LARGEST, Source


def tree_at(source: Source, index: int, head: TreeHead) -> Tree:
    """Return the tree of the entries before an index, proved to be the beginning of a head's.

    Raises:
        LogError: the log does not answer.
        ProofError: what it answers proves nothing.
    """
    if index == 0:
        return Tree()
    if index < head.size:
        leaf, path = source.inclusion(index, head.size)
        return tree_before(index, leaf, path, head)
    leaf, path = source.inclusion(head.size - 1, head.size)
    tree = tree_before(head.size - 1, leaf, path, head)
    tree.append(leaf)
    return tree


def first_since(source: Source, size: int, moment: datetime) -> int:
    """Return the index of the first entry from a moment on, or the size where there is none.

    Logs number their entries in the order in which they merge them, which is nearly that of their
    timestamps: whoever wants all since a moment asks for one that is a merge delay earlier. An
    entry that cannot be read counts as late: rather too much is read than too little.

    Raises:
        LogError: the log does not answer.
    """
    wanted = moment.timestamp() * 1000
    begin, end = 0, size
    while begin < end:
        middle = (begin + end) // 2
        stamp = _timestamp(source, middle, size)
        if stamp is not None and stamp < wanted:
            begin = middle + 1
        else:
            end = middle
    return begin


def _timestamp(source: Source, index: int, size: int) -> int | None:
    try:
        [block] = source.blocks(index, index + 1, size, LARGEST)
    except EntryFormatError:
        return None
    return None if block.flawed else block.entry(0).timestamp_ms
