"""Comparing what a log says here with what was heard of it elsewhere.

The thread that follows a log does so each time that the log has said its head: it alone asks that
log, and it alone keeps what follows. A head that the log has not reached yet, or gives no proof
for, waits.
"""

import threading
from datetime import UTC, datetime, timedelta

from keypin.ct.alarm import ROLLBACK, UNPROVED, Alarm
from keypin.ct.comparison import Shown
from keypin.ct.head import TreeHead
from keypin.ct.witness import Quorum
from keypin.monitor.client import LogError, StoppedError, UnreachableError
from keypin.monitor.hearing import PATIENCE, Hearing
from keypin.monitor.hearsay import KEPT, Heard, Hearsay

# Proofs that a log is asked for at each look, so that much gossip is no burden to it.
AT_ONCE = 16
# How old a quorum on a checkpoint from elsewhere may be to count for the log's own as well.
FRESH = timedelta(days=1)


class Comparer:
    """What compares, for each of many logs in that log's own thread.

    Args:
        hearsay: what waits.
        quorum: who is to cosign the checkpoints of logs; None for nobody.
        once: whether to compare all that waits at the first look.
    """

    def __init__(
        self, hearsay: Hearsay, quorum: Quorum | None = None, *, once: bool = False
    ) -> None:
        self.quorum = quorum
        # Set when the sources have been asked: a log may be witnessed there alone.
        self.asked = threading.Event()
        self._hearsay = hearsay
        self._count = KEPT if once else AT_ONCE
        self._witnessed = dict[bytes, datetime]()
        self._told = set[str]()

    def __call__(self, hearing: Hearing, head: TreeHead) -> None:
        """Compare what waits for a log, now that it has said its head.

        Args:
            hearing: the log's.
            head: the largest that it has shown.

        Raises:
            StoppedError: the monitor is stopping.
        """
        self._look_for_witnesses(hearing, head)
        self._prove(hearing, head)
        self._look_beyond(hearing, head)

    def witness(self, log: bytes, head: TreeHead) -> None:
        """Remember a checkpoint from elsewhere, its signature verified, if enough cosigned it."""
        reached = self.quorum and self.quorum.reached(head)
        if reached:
            self._witnessed[log] = max(reached, self._witnessed.get(log, reached))

    def _look_for_witnesses(self, hearing: Hearing, head: TreeHead) -> None:
        if self.quorum is None or not head.note or not self.asked.is_set():
            return
        now = hearing.now()
        elsewhere = self._witnessed.get(hearing.log.id)
        if (elsewhere and now - elsewhere <= FRESH) or self.quorum.reached(head):
            return
        # Once a day, for each head is another one.
        self._tell(hearing, self.quorum.alarm(head), f"{now:%Y-%m-%d}")

    def _prove(self, hearing: Hearing, head: TreeHead) -> None:
        log = hearing.log.id
        for heard in self._hearsay.within(log, head.size, self._count):
            try:
                hearing.gossip(heard.head, heard.source)
            except StoppedError:
                raise
            except LogError as error:
                self._hearsay.tried(log, heard.head)
                self._wait(hearing, heard, head, error)
                if isinstance(error, UnreachableError):
                    return
            else:
                self._hearsay.compared(log, heard.head)

    def _wait(self, hearing: Hearing, heard: Heard, head: TreeHead, error: LogError) -> None:
        """Tell that a log gives no proof; a while it may take, for its front ends differ."""
        since = datetime.fromtimestamp(heard.since, UTC)
        if hearing.now() - since < PATIENCE:
            return
        message = (
            f"the log gives no proof that its tree began with the one of {heard.head.size} entries"
            f" that was heard from {heard.source}: {error}"
        )
        self._tell(hearing, Alarm(UNPROVED, message, (heard.head, head)), _occasion(heard.head))

    def _look_beyond(self, hearing: Hearing, head: TreeHead) -> None:
        """Look at heads that the log has not reached: what it signed since must not be smaller."""
        shown = Shown([head])
        for heard in self._hearsay.beyond(hearing.log.id, head.size):
            if shown.compare(heard.head).relation.bad:
                message = (
                    f"the log signed a tree of {head.size} entries later than the one of"
                    f" {heard.head.size} that was heard from {heard.source}: trees only grow"
                )
                alarm = Alarm(ROLLBACK, message, (heard.head, head))
                self._tell(hearing, alarm, _occasion(heard.head))

    def _tell(self, hearing: Hearing, alarm: Alarm, occasion: str) -> None:
        """Alarm once in this process; the store sees to it that it is once for all."""
        key = f"{hearing.log.id.hex()} {alarm.kind.id} {occasion}"
        if key not in self._told:
            self._told.add(key)
            hearing.alarm(alarm, occasion)


def _occasion(head: TreeHead) -> str:
    return f"{head.size}:{head.root.hex()}"
