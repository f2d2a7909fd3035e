"""Reading a part of a log anew, split over processes, and comparing it with what the log signed.

Each process reads a part, and returns the roots of the perfect subtrees in it; put together with
the proof of what is before the first part, they are the tree up to the last. Proofs of consistency
join it to the log's head on the way, so that what is wrong is known to within a stride.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from time import sleep
from typing import NamedTuple

from keypin.ct.head import TreeHead
from keypin.ct.log_list import ListedLog
from keypin.ct.merkle import ProofError, Tree, verify_consistency
from keypin.ct.tile import Range, subtrees
from keypin.errors import KeypinError
from keypin.monitor.http import connections
from keypin.monitor.logs import source_of
from keypin.monitor.reader import Allowance, Reader
from keypin.monitor.source import Source
from keypin.monitor.start import tree_at

PART = 1 << 14
STRIDE = 1 << 18
_AHEAD = 4  # parts that each process may have before it
_MOST_NAMED = 100


class AuditError(KeypinError):
    """What a log hands out is not what it signed."""


class Audited(NamedTuple):
    """What an audit found right.

    Attributes:
        head: what it was verified to.
        entries: from where to where.
        malformed: the indexes of entries with a flaw, the first hundred of them.
        flaws: how many have one.
    """

    head: TreeHead
    entries: Range
    malformed: tuple[int, ...]
    flaws: int


class _Part(NamedTuple):
    nodes: list[tuple[int, bytes]]
    malformed: list[int]


def audit(
    listed: ListedLog,
    source: Source,
    wanted: Range | None,
    *,
    processes: int = 1,
    cafile: str | None = None,
    on_progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Audited:
    """Read entries of a log anew, and verify that they are what its newest head signs.

    Args:
        listed: the log.
        source: how this process reads it.
        wanted: which entries; None for all. An end beyond the log is the log's end.
        processes: how many read.
        cafile: the CAs that connections trust.
        on_progress: told how many entries are read, and of how many.

    Raises:
        AuditError: they are not.
        LogError: the log does not answer.
    """
    head = source.head()
    span = wanted or Range(0, head.size)
    span = Range(span.begin, min(span.end, head.size))
    if not 0 <= span.begin < span.end:
        raise AuditError(f"there is no entry {span.begin}: the log has {head.size}")
    tree = tree_at(source, span.begin, head)
    good, done, malformed, flaws = span.begin, 0, list[int](), 0
    for part in _parts(listed, span, head.size, processes, cafile):
        for level, node in part.nodes:
            tree.join(node, level)
        malformed += part.malformed[: _MOST_NAMED - len(malformed)]
        flaws += len(part.malformed)
        done = tree.size - span.begin
        if tree.size - good >= STRIDE or tree.size == span.end:
            _prove(source, tree, head, good)
            good = tree.size
        on_progress(done, span.end - span.begin)
    return Audited(head, span, tuple(malformed), flaws)


def _prove(source: Source, tree: Tree, head: TreeHead, good: int) -> None:
    path = source.consistency(tree.size, head.size)
    try:
        verify_consistency(tree.size, head.size, tree.root, head.root, path)
    except ProofError as error:
        raise AuditError(
            f"entries {good} to {tree.size - 1} are not those that the log signed in its tree of"
            f" {head.size}: {error}"
        ) from error


def _parts(
    listed: ListedLog, span: Range, size: int, processes: int, cafile: str | None
) -> Iterator[_Part]:
    """Yield what each part of a span holds, in order; some lie ahead."""
    ranges = deque(_split(span))
    # Not forked: this process has threads.
    with ProcessPoolExecutor(
        processes, get_context("spawn"), initializer=_set_up, initargs=(listed, cafile)
    ) as pool:
        ahead = deque[Future[_Part]]()
        while ranges or ahead:
            while ranges and len(ahead) < _AHEAD * processes:
                ahead.append(pool.submit(_read, ranges.popleft(), size))
            yield ahead.popleft().result()


def _split(span: Range) -> Iterator[Range]:
    begin = span.begin
    while begin < span.end:
        end = min(span.end, (begin // PART + 1) * PART)
        yield Range(begin, end)
        begin = end


_source: list[Source] = []


def _set_up(listed: ListedLog, cafile: str | None) -> None:
    """Make the source of a process, once."""
    http = connections(cafile).__enter__()
    _source[:] = [source_of(listed, http, sleep)]


def _read(wanted: Range, size: int) -> _Part:
    reader = Reader(_source[0], Allowance(), ahead=4)
    leaves, malformed = list[bytes](), list[int]()
    try:
        for block in reader.blocks(wanted.begin, wanted.end, size):
            leaves += block.hashes
            malformed += [block.first + position for position in block.flawed]
    finally:
        reader.close()
    nodes = list[tuple[int, bytes]]()
    for level, position in subtrees(wanted):
        tree = Tree()
        begin = (position << level) - wanted.begin
        tree.extend(leaves[begin : begin + (1 << level)])
        nodes.append((level, tree.root))
    return _Part(nodes, malformed)
