"""Following one log: what RFC 6962 section 5.3 asks of a monitor, again and again.

A round asks for the head, and reads up to it. Where a log is far ahead, its new tree is joined to
what is known by a proof, the newest entries come first, and what lies between becomes a backlog
that is read behind them.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from keypin.ct.alarm import MALFORMED, ROOT, Alarm
from keypin.ct.entry import Block
from keypin.ct.head import TreeHead
from keypin.ct.merkle import ProofError
from keypin.ct.tail import Tail
from keypin.errors import KeypinError
from keypin.monitor.client import LogError, StoppedError
from keypin.monitor.hearing import Hearing
from keypin.monitor.hits import with_proofs
from keypin.monitor.log import Found, Log, Progress
from keypin.monitor.reader import Reader
from keypin.monitor.start import first_since, tree_at
from keypin.monitor.store import News, Span, Store, StoreError

# A larger gap is read behind the newest entries, a slice at a time.
GAP = 1 << 16
SLICE = 1 << 18
# So many entries are read before a proof joins them to the head.
STRIDE = 1 << 16
# What is found in entries that are not verified stays in memory up to this number.
HELD = 5000
_EVIDENCE = 1 << 20

# What is done each time that a log has said its head, in the log's own thread.
Comparing = Callable[[Hearing, TreeHead], None]


class Follower:
    """What follows one log.

    Args:
        log: which.
        store: where its state is kept.
        reader: what reads ahead in it.
        found: what looks through its entries.
        begin: where to begin in a log that is new here: with the entries since this moment; None
            for those to come.
        now: the clock.
        stopping: tells whether to stop.
        comparing: what compares a head with those that were heard elsewhere; None for nothing.
    """

    def __init__(
        self,
        log: Log,
        store: Store,
        reader: Reader,
        found: Found,
        *,
        begin: datetime | None,
        now: Callable[[], datetime],
        stopping: Callable[[], bool],
        comparing: Comparing | None = None,
    ) -> None:
        self.log = log
        self.hearing = Hearing(log, store, now)
        self._store = store
        self._reader = reader
        self._found = found
        self._begin = begin
        self._stopping = stopping
        self._comparing = comparing

    @property
    def progress(self) -> Progress:
        """How far it is."""
        return self.hearing.progress

    def round(self) -> bool:
        """Look at the log once, and read: all that is new, and a slice of what is old.

        Returns:
            Whether all up to the head is read and verified.
        """
        self.progress.level = False
        try:
            head = self.hearing.head()
            if head is None:
                return False
            if self._comparing:
                self._comparing(self.hearing, head)
            good = True
            for span in self._spans(head):
                good = self._read(span, head) and good
        except StoppedError:
            return False
        except StoreError:
            raise
        except KeypinError as error:
            # What one log does wrong is told, and is no other log's trouble.
            self.hearing.unheard(str(error))
            return False
        if good:
            self.hearing.heard()
        self.progress.level = good and not self._left(head)
        return self.progress.level

    def _left(self, head: TreeHead) -> int:
        """Return how many entries are to be read yet, and show it."""
        backlog = 0
        for span in self._store.spans(self.log.id):
            if span.live:
                self.progress.position = span.tree.size
            elif span.goal:
                backlog += span.goal.size - span.tree.size
        self.progress.backlog = backlog
        return backlog + head.size - self.progress.position

    # Stretches

    def _spans(self, head: TreeHead) -> list[Span]:
        """Return what is to be read, the newest first, after making room for what is new."""
        spans = self._store.spans(self.log.id)
        live = next((span for span in spans if span.live), None)
        if live is None:
            self._start(head)
        elif head.size - live.tree.size > GAP:
            self._leap(live, head)
        self._left(head)
        return self._store.spans(self.log.id)

    def _start(self, head: TreeHead) -> None:
        source = self.log.source
        index = head.size if self._begin is None else first_since(source, head.size, self._begin)
        begin = tree_at(source, index, head)
        if head.size - index <= GAP:
            self._store.open_live(self.log.id, begin)
        else:
            self._store.open_live(self.log.id, tree_at(source, head.size, head), begin, head)

    def _leap(self, live: Span, head: TreeHead) -> None:
        """Go on from the head at once, where the log proves that it grew out of what is known."""
        tree = live.tree
        if self.hearing.joined(tree.size, tree.root, head, (head,)):
            self._store.leap(live, head, tree_at(self.log.source, head.size, head))

    # Entries

    def _read(self, span: Span, head: TreeHead) -> bool:
        """Read a stretch up to its goal, of a backlog a slice; False where something is wrong."""
        tail = Tail(span.tree, span.goal or head)
        until = tail.end if span.live else min(tail.end, tail.position + SLICE)
        # What an earlier round held and did not get to verify may be other than what comes now.
        self._store.drop_held(self.log.id, tail.position, tail.end)
        while not tail.level:
            alarm = self._read_until(span, tail, until)
            if alarm:
                self._mismatch(span, tail, alarm)
                return False
            if tail.verified.size >= until:
                break
            # The log has no proof for this place: the next slice ends at another, or at the goal.
            until = min(tail.end, until + SLICE)
        return True

    def _read_until(self, span: Span, tail: Tail, until: int) -> Alarm | None:
        held = list[News]()
        joined = tail.position
        for block in self._reader.blocks(tail.position, until, tail.end):
            held += self._news(block)
            self.progress.read += len(block)
            alarm = tail.take(block.hashes)
            if alarm is None and tail.position > tail.verified.size:
                far = tail.position - joined >= STRIDE or tail.position == until
                if far or self._stopping():
                    joined = tail.position
                    alarm = self._prove(tail)
            if alarm:
                return alarm
            if tail.position == tail.verified.size:
                proved = list(with_proofs(self.log, held, tail.goal)) if tail.goal else held
                self._store.verified(self.log.id, span, tail.verified, proved)
                held.clear()
                self._show(span, tail)
            elif len(held) > HELD:
                self._store.hold(self.log.id, held)
                held.clear()
            if self._stopping():
                raise StoppedError("stopping")
        self._store.hold(self.log.id, held)
        return None

    def _prove(self, tail: Tail) -> Alarm | None:
        """Join what is read to the head; a log that has no proof is asked at the next stride."""
        try:
            tail.prove(self.log.source.consistency(tail.position, tail.end))
        except LogError as error:
            self.progress.trouble = str(error)
        except ProofError as error:
            message = f"what the log hands out is not what its tree holds: {error}"
            return Alarm(ROOT, message, (tail.goal,) if tail.goal else ())
        return None

    def _news(self, block: Block) -> Iterator[News]:
        yield from self._found(self.log, block)
        if not block.flawed:
            return
        self.progress.malformed += len(block.flawed)
        entry = block.entry(block.flawed[0])
        self._store.keep_evidence(self.log.id, f"entry {entry.index}", entry.der[:_EVIDENCE])
        message = f"{len(block.flawed)} malformed entries from {entry.index} on: {entry.flaw}"
        alarm = Alarm(MALFORMED, message, (), (("index", str(entry.index)),))
        yield self.hearing.news(alarm, f"entry {entry.index}", entry.index)

    def _mismatch(self, span: Span, tail: Tail, alarm: Alarm) -> None:
        """Rewind to what is verified; evidence and alarm stay."""
        self._store.drop_held(self.log.id, span.begin, tail.end)
        tail.rewind()
        name = f"{alarm.kind.id} {tail.end} at {self.hearing.now():%Y-%m-%dT%H:%M:%SZ}"
        self._store.keep_evidence(self.log.id, name, alarm.dumps().encode())
        self.hearing.alarm(alarm)
        self.hearing.unheard(alarm.message)

    def _show(self, span: Span, tail: Tail) -> None:
        if span.live:
            self.progress.position = tail.verified.size
        else:
            self.progress.backlog = tail.end - tail.verified.size
