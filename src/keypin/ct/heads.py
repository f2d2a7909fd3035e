"""What a log has said of itself: its tree heads, and what follows from them together.

RFC 6962 sections 3.5 and 5.3: a log publishes a head at least every maximum merge delay, its trees
only grow, and it says one thing to everybody. Heads from elsewhere, as another monitor, a witness
or a file, are offered here like the log's own: that is gossip.
"""

from collections import OrderedDict
from datetime import datetime, timedelta

from keypin.ct.alarm import FORK, FUTURE, ROLLBACK, STALLED, Alarm
from keypin.ct.head import TreeHead

# Clocks differ, and a front end may hand out a head that is some minutes old.
TOLERANCE = timedelta(minutes=5)
# Heads of distinct sizes that are compared with those to come; an older one is compared by proof.
MEMORY = 1024


class Heads:
    """The heads of one log, signatures verified.

    Args:
        mmd: the log's maximum merge delay.
        known: heads of an earlier run, in any order.

    Attributes:
        latest: the largest, and of its size the newest. Of two trees of one size only the one that
            was known first counts (of an earlier run, the one that was signed first): the other
            one is told, and nothing is compared with it.
    """

    def __init__(self, mmd: timedelta, known: tuple[TreeHead, ...] = ()) -> None:
        self.mmd = mmd
        self.latest: TreeHead | None = None
        self._by_size = OrderedDict[int, TreeHead]()
        self._stalled = False
        self._seen = set[tuple[str, int, bytes]]()
        for head in sorted(known, key=lambda one: (one.size, one.timestamp_ms)):
            self._keep(head)

    def offer(self, head: TreeHead, at: datetime) -> tuple[Alarm, ...]:
        """Take a head whose signature holds, and tell what is wrong with it; each thing once.

        Args:
            head: the log's, from wherever.
            at: when it was received.
        """
        alarms = [self._forked(head), self._rolled_back(head), self._future(head, at)]
        self._keep(head)
        return tuple(alarm for alarm in alarms if alarm is not None)

    def check(self, at: datetime) -> Alarm | None:
        """Tell once that the newest head is older than a log may let it get."""
        if self.latest is None:
            return None
        age = at - self.latest.timestamp
        stalled = age > self.mmd + TOLERANCE
        begins = stalled and not self._stalled
        self._stalled = stalled
        if not begins:
            return None
        return Alarm(
            STALLED,
            f"the newest tree head is {_duration(age)} old, where {_duration(self.mmd)} is the"
            " maximum merge delay",
            (self.latest,),
        )

    def known(self, size: int) -> TreeHead | None:
        """Return the head of a size, if one is remembered."""
        return self._by_size.get(size)

    def _keep(self, head: TreeHead) -> None:
        first = self._by_size.setdefault(head.size, head)
        if len(self._by_size) > MEMORY:
            self._by_size.popitem(last=False)
        if first.root == head.root and (self.latest is None or _newer(head, self.latest)):
            self.latest = head

    def _once(self, alarm: Alarm, head: TreeHead) -> Alarm | None:
        """Return an alarm the first time that it is raised for a size and root."""
        key = (alarm.kind.id, head.size, head.root)
        if key in self._seen:
            return None
        if len(self._seen) >= MEMORY:
            self._seen.clear()
        self._seen.add(key)
        return alarm

    def _forked(self, head: TreeHead) -> Alarm | None:
        known = self._by_size.get(head.size)
        if known is None or known.root == head.root:
            return None
        message = f"the log signed two different trees of {head.size} entries"
        return self._once(Alarm(FORK, message, (known, head)), head)

    def _rolled_back(self, head: TreeHead) -> Alarm | None:
        latest = self.latest
        if latest is None or head.size >= latest.size or head.timestamp_ms <= latest.timestamp_ms:
            return None
        message = (
            f"the log signed a tree of {head.size} entries later than one of {latest.size}: trees"
            " only grow"
        )
        return self._once(Alarm(ROLLBACK, message, (latest, head)), head)

    def _future(self, head: TreeHead, at: datetime) -> Alarm | None:
        if head.timestamp <= at + TOLERANCE:
            return None
        message = f"a tree head of {head.timestamp:%Y-%m-%d %H:%M:%S} UTC, which is yet to come"
        return self._once(Alarm(FUTURE, message, (head,)), head)


def _newer(head: TreeHead, than: TreeHead) -> bool:
    return (head.size, head.timestamp_ms) > (than.size, than.timestamp_ms)


def _duration(span: timedelta) -> str:
    """Return a time span as people say it, in its largest unit."""
    seconds = int(span.total_seconds())
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} seconds"
