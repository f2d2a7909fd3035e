"""Reading a part of a log anew, split over processes, and comparing it with what the log signed.

Each process reads a part, and returns the roots of the perfect subtrees in it; put together with
the proof of what is before the first part, they are the tree up to the last. Proofs of consistency
join it to the log's head on the way, so that what is wrong is known to within a stride.
"""

import signal
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, closing, contextmanager
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from typing import NamedTuple

from keypin.ct.entry import EntryFormatError
from keypin.ct.head import TreeHead
from keypin.ct.log_list import ListedLog
from keypin.ct.merkle import ProofError, Tree, verify_consistency
from keypin.ct.tile import Range, subtrees
from keypin.errors import InputError, KeypinError
from keypin.monitor.client import StoppedError
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
        HeadError: the log did not sign its head.
        InputError: the log has no such entries.
        LogError: the log does not answer.
        KeypinError: a process died.
    """
    head = source.head()
    span = _span(wanted, head.size)
    tree = _tree(source, span.begin, head)
    good, malformed, flaws = span.begin, list[int](), 0
    with closing(_parts(listed, span, head.size, processes, cafile)) as parts:
        for part in parts:
            for level, node in part.nodes:
                tree.join(node, level)
            malformed += part.malformed[: _MOST_NAMED - len(malformed)]
            flaws += len(part.malformed)
            if tree.size - good >= STRIDE or tree.size == span.end:
                _prove(source, tree, head, good)
                good = tree.size
            on_progress(tree.size - span.begin, span.end - span.begin)
    return Audited(head, span, tuple(malformed), flaws)


def _span(wanted: Range | None, size: int) -> Range:
    """Return which entries there are of those that are wanted."""
    span = wanted or Range(0, size)
    if not 0 <= span.begin < min(span.end, size):
        raise InputError(
            f"no entry {span.begin}", expected=f"one of the {size} that the log has, from 0"
        )
    return Range(span.begin, min(span.end, size))


def _tree(source: Source, index: int, head: TreeHead) -> Tree:
    try:
        return tree_at(source, index, head)
    except ProofError as error:
        raise AuditError(f"what is before entry {index} is not proved: {error}") from error


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
) -> Generator[_Part]:
    """Yield what each part of a span holds, in order; some lie ahead."""
    ranges = deque(_split(span))
    # Not forked: this process has threads.
    context = get_context("spawn")
    stop = context.Event()
    pool = ProcessPoolExecutor(
        processes, context, initializer=_set_up, initargs=(listed, cafile, stop)
    )
    ahead = deque[Future[_Part]]()
    try:
        while ranges or ahead:
            with _uninterrupted():
                while ranges and len(ahead) < _AHEAD * processes:
                    ahead.append(pool.submit(_read, ranges.popleft(), size))
            yield ahead.popleft().result()
    except BrokenProcessPool as error:
        raise KeypinError("a process that reads the log died") from error
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


@contextmanager
def _uninterrupted() -> Generator[None]:
    """Start processes that Ctrl-C does not end: it reaches every process of a terminal.

    They inherit the mask; what comes meanwhile reaches this process afterwards.
    """
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _split(span: Range) -> Iterator[Range]:
    begin = span.begin
    while begin < span.end:
        end = min(span.end, (begin // PART + 1) * PART)
        yield Range(begin, end)
        begin = end


# Of a process that reads: what it reads by, and what is open as long as it lives.
_source: list[Source] = []
_open = ExitStack()


def _set_up(listed: ListedLog, cafile: str | None, stop: Event) -> None:
    """Make the source of a process, once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def pause(seconds: float) -> None:
        if stop.wait(seconds):
            raise StoppedError("stopping")

    http = _open.enter_context(connections(cafile))
    _source[:] = [source_of(listed, http, pause)]


def _read(wanted: Range, size: int) -> _Part:
    reader = Reader(_source[0], Allowance(), ahead=4)
    leaves, malformed = list[bytes](), list[int]()
    try:
        for block in reader.blocks(wanted.begin, wanted.end, size):
            leaves += block.hashes
            malformed += [block.first + position for position in block.flawed]
    except EntryFormatError as error:
        raise AuditError(
            f"entries {wanted.begin} to {wanted.end - 1} cannot all be read: {error}"
        ) from error
    finally:
        reader.close()
    nodes = list[tuple[int, bytes]]()
    for level, position in subtrees(wanted):
        tree = Tree()
        begin = (position << level) - wanted.begin
        tree.extend(leaves[begin : begin + (1 << level)])
        nodes.append((level, tree.root))
    return _Part(nodes, malformed)
