"""What one log says of itself: its heads are asked for, kept, compared, and joined by proofs."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256

from keypin.ct.alarm import FORK, SIGNATURE, UNREACHABLE, Alarm
from keypin.ct.head import HeadError, HeadFormatError, TreeHead
from keypin.ct.heads import Heads
from keypin.ct.merkle import ProofError, verify_consistency
from keypin.ct.note import NoteFormatError
from keypin.monitor.log import Log, Progress
from keypin.monitor.store import News, Store

# How long a log may give no answer before that is an alarm.
PATIENCE = timedelta(hours=1)


class Hearing:
    """The heads of one log, and the alarms that they give cause for.

    Args:
        log: which.
        store: where heads and alarms are kept.
        now: the clock.
    """

    def __init__(self, log: Log, store: Store, now: Callable[[], datetime]) -> None:
        self.log = log
        self.progress = Progress(log.name)
        self.now = now
        self._store = store
        self._heads = Heads(log.mmd, store.heads(log.id))
        self._silent_since: datetime | None = None

    def head(self) -> TreeHead | None:
        """Ask for the head, and return the largest that the log signed; None for what is no head.

        Of two different trees of one size the one that is shown now is returned: a log that shows
        the other one to everybody else can be read then, with the fork told.

        Raises:
            LogError: the log does not answer.
        """
        try:
            head = self.log.source.head()
        except (HeadError, HeadFormatError, NoteFormatError) as error:
            # Once a day: the sentence names the size, and would be another each time.
            occasion = f"{self.now():%Y-%m-%d} {type(error).__name__}"
            self.alarm(Alarm(SIGNATURE, f"what should be a tree head is none: {error}"), occasion)
            self.progress.trouble = str(error)
            return None
        self._offer(head, "log")
        stalled = self._heads.check(self.now())
        if stalled:
            self.alarm(stalled)
        latest = self._heads.latest
        if latest is None or head.size >= latest.size:
            latest = head
        self.progress.size, self.progress.head_at = latest.size, latest.timestamp
        return latest

    def gossip(self, head: TreeHead, source: str) -> None:
        """Compare a head from elsewhere, its signature verified, with what the log said here.

        Args:
            head: another monitor's, a witness's or a file's.
            source: where it is from.

        Raises:
            LogError: the log does not answer, where a proof is needed.
        """
        latest = self._heads.latest
        if latest is None or self._heads.known(head.size) is not None:
            self._offer(head, source)
            return
        # Of a tree that is another one nothing is taken over: it would be what is read up to.
        small, large = sorted((head, latest), key=lambda one: one.size)
        occasion = f"{head.size}:{head.root.hex()}"
        if self.joined(small.size, small.root, large, (small, large), occasion):
            self._offer(head, source)

    def joined(
        self,
        size: int,
        root: bytes,
        head: TreeHead,
        evidence: tuple[TreeHead, ...],
        occasion: str = "",
    ) -> bool:
        """Tell whether the log proves that a tree is the beginning of a head's; else, alarm.

        Args:
            size: of the tree.
            root: its root.
            head: the larger head.
            evidence: the heads that the alarm carries.
            occasion: for what the alarm is raised once; empty for the tree.

        Raises:
            LogError: the log does not answer.
        """
        if size == 0 or (size, root) == (head.size, head.root):
            return True
        path = self.log.source.consistency(size, head.size)
        try:
            verify_consistency(size, head.size, root, head.root, path)
        except ProofError as error:
            message = f"the log does not prove that its tree only grew: {error}"
            facts = (("size", str(size)), ("root", root.hex()))
            self.alarm(Alarm(FORK, message, evidence, facts), occasion or f"{size}:{root.hex()}")
            return False
        return True

    def heard(self) -> None:
        """Note that the log answered."""
        self._silent_since = None
        self.progress.trouble = ""

    def unheard(self, why: str) -> None:
        """Note that the log did not answer as it must; after an hour of that, alarm."""
        now = self.now()
        self.progress.trouble = why
        self._silent_since = self._silent_since or now
        if now - self._silent_since >= PATIENCE:
            since = f"{self._silent_since:%Y-%m-%d %H:%M} UTC"
            self.alarm(Alarm(UNREACHABLE, f"unusable since {since}: {why}"), since)

    def alarm(self, alarm: Alarm, occasion: str = "") -> None:
        """Keep an alarm, to be told; the same one is told once."""
        self.progress.alarms += 1
        self._store.add(self.log.id, [self.news(alarm, occasion)])

    def news(self, alarm: Alarm, occasion: str = "", entry: int | None = None) -> News:
        """Return an alarm as news."""
        now = self.now()
        occasion = occasion or (
            ",".join(f"{head.size}:{head.root.hex()}" for head in alarm.heads)
            or f"{now:%Y-%m-%d} {sha256(alarm.message.encode()).hexdigest()}"
        )
        body = {
            "type": "alarm",
            "log": self.log.name,
            "log_id": self.log.id.hex(),
            "at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            **json.loads(alarm.dumps()),
        }
        return News(f"{alarm.kind.id} {occasion}", json.dumps(body), entry)

    def _offer(self, head: TreeHead, source: str) -> None:
        alarms = self._heads.offer(head, self.now())
        self._store.keep_head(self.log.id, head, source)
        for alarm in alarms:
            self.alarm(alarm)
