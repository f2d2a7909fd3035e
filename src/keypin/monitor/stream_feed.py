"""What goes out of the monitor to the stream: entries, once they are proved to be the log's.

The follower of a log shows each block as it reads it, and its store later how far the log is
verified. In between blocks are held here, within bounds: where a log hands out more at once than
may be held, its entries go out marked as not verified.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from time import time
from typing import NamedTuple

from keypin.ct.certstream import Kind, Origin
from keypin.ct.entry import Block
from keypin.ct.merkle import Tree
from keypin.monitor.log import Log
from keypin.monitor.reader import Allowance
from keypin.monitor.store import News, Span, Store
from keypin.monitor.stream_hub import Batch, Hub
from keypin.monitor.stream_issuers import Issuers

# Bytes of leaves that may be held for all logs together.
HELD = 16 << 20


class _Held(NamedTuple):
    block: Block
    seen: float


class Feed:
    """What shows entries to a hub; for many threads, each with logs of its own.

    Args:
        origins: the logs, by their IDs, as messages name them.
        hub: where entries go.
    """

    def __init__(self, origins: Mapping[bytes, Origin], hub: Hub) -> None:
        self._origins = origins
        self._hub = hub
        self._allowance = Allowance(HELD)
        self._held = dict[bytes, list[_Held]]()
        self._logs = dict[bytes, Log]()
        self._issuers = Issuers()

    def found(self, log: Log, block: Block) -> Iterable[News]:
        """Hold a block until it is verified; there is no news in it."""
        self._logs[log.id] = log
        held = self._held.setdefault(log.id, [])
        if not self._allowance.take(len(block.data)):
            self._publish(log.id, held, verified=False)
            held.clear()
            self._publish_one(log, _Held(block, time()), verified=False)
        else:
            held.append(_Held(block, time()))
        return ()

    def release(self, log: bytes, begin: int, end: int) -> None:
        """Publish what is held of the entries from an index up to another: they are verified."""
        self._publish(log, self._take(log, begin, end), verified=True)

    def drop(self, log: bytes, begin: int, end: int) -> None:
        """Forget what is held of entries: they are not the log's, or are read again."""
        for held in self._take(log, begin, end):
            self._allowance.give_back(len(held.block.data))

    def _take(self, log: bytes, begin: int, end: int) -> list[_Held]:
        """Take what is held of a range out; verification ends with a block, never within."""
        taken, kept = list[_Held](), list[_Held]()
        for one in self._held.get(log, []):
            within = begin <= one.block.first and one.block.end <= end
            (taken if within else kept).append(one)
        self._held[log] = kept
        return taken

    def _publish(self, log: bytes, held: Iterable[_Held], *, verified: bool) -> None:
        for one in held:
            self._publish_one(self._logs[log], one, verified=verified)
            self._allowance.give_back(len(one.block.data))

    def _publish_one(self, log: Log, held: _Held, *, verified: bool) -> None:
        origin = self._origins[log.id]
        if origin.tiled and self._hub.wants(Kind.FULL):
            self._issuers.fetch(log.source, held.block)
        self._hub.publish(Batch(origin, held.block, held.seen, verified, self._issuers.chain))


class FeedStore(Store):
    """A store that tells a feed what is verified.

    Args:
        directory: where it is kept.
        feed: what is told.

    Raises:
        StoreError: as of `Store`.
    """

    def __init__(self, directory: Path, feed: Feed) -> None:
        super().__init__(directory)
        self._feed = feed

    def verified(self, log: bytes, span: Span, tree: Tree, news: Iterable[News]) -> None:
        """Keep how far a stretch is verified, then let its entries go."""
        super().verified(log, span, tree, news)
        self._feed.release(log, span.begin, tree.size)

    def drop_held(self, log: bytes, begin: int, end: int) -> None:
        """Forget what was held of entries that turned out not to be the log's."""
        super().drop_held(log, begin, end)
        self._feed.drop(log, begin, end)
