"""Gossip: heads of logs from other sources, heard in a thread of its own.

A log that shows two trees can be found out only where what it said to one is compared with what it
said to another (RFC 6962 section 5.3 and 7.3). Each head is believed as far as the log's signature
on it goes; who handed it on needs no trust. What is heard waits in `keypin.monitor.hearsay` until
the log's own thread compares it.
"""

import json
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from keypin.ct.alarm import SOURCE, Alarm
from keypin.ct.head import HeadError, HeadFormatError
from keypin.ct.head_file import Said, loads
from keypin.ct.sct import LogKey
from keypin.errors import KeypinError
from keypin.monitor.client import StoppedError
from keypin.monitor.comparer import Comparer
from keypin.monitor.elsewhere import Elsewhere
from keypin.monitor.hearing import PATIENCE
from keypin.monitor.hearsay import Heard, Hearsay
from keypin.monitor.store import News, Store

# Heads whose signatures need not be verified again.
_REMEMBERED = 1 << 17


class Gossip:
    """What asks sources for heads, again and again.

    Args:
        store: where heads wait, and alarms are kept.
        keys: those of the logs that are followed, by the logs' IDs; heads of others are passed by.
        comparer: what compares.
        patience: how long a source may give no answer before that is an alarm.
        now: the clock.
    """

    def __init__(
        self,
        store: Store,
        keys: Mapping[bytes, LogKey],
        comparer: Comparer,
        *,
        patience: timedelta = PATIENCE,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._hearsay = Hearsay(store)
        self._keys = keys
        self._comparer = comparer
        self._patience = patience
        self._now = now
        self._stop = threading.Event()
        self._silent = dict[str, datetime]()
        self._known = set[bytes]()

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond the end: what clients of sources wait with.

        Raises:
            StoppedError: it is over.
        """
        if self._stop.wait(seconds):
            raise StoppedError("stopping")

    @contextmanager
    def going(self, sources: Sequence[Elsewhere], interval: float) -> Generator[None]:
        """Ask sources in a thread, at an interval in seconds, until the end of a block."""
        with ThreadPoolExecutor(1, thread_name_prefix="keypin-gossip") as pool:
            asking = pool.submit(self._ask_on, sources, interval)
            try:
                yield
            finally:
                self._stop.set()
                asking.result()

    def _ask_on(self, sources: Sequence[Elsewhere], interval: float) -> None:
        while not self._stop.is_set():
            self.ask(sources)
            self._stop.wait(interval)

    def ask(self, sources: Sequence[Elsewhere]) -> None:
        """Ask each source once for what it has to say."""
        for source in sources:
            try:
                self._listen(source)
            except KeypinError as error:
                if self._stop.is_set():
                    return
                self._miss(source.name, error)
            else:
                self._silent.pop(source.name, None)
        self._comparer.asked.set()

    def _listen(self, source: Elsewhere) -> None:
        data = source.read()
        if data is None:
            return
        for said in loads(data, name=source.name):
            if not self._take(source.name, said):
                source.again()

    def _take(self, source: str, said: Said) -> bool:
        """Take a head in; False where there is no room for it now."""
        identity = _identity(said)
        if identity in self._known:
            return True
        try:
            verified = said.verified(self._keys)
        except (HeadError, HeadFormatError) as error:
            message = f"{source} shows what the log did not sign, in line {said.line}: {error}"
            self._alarm(source, message, identity.hex())
        else:
            if verified is None:
                return True
            log, head = verified
            self._comparer.witness(log, head)
            if not self._hearsay.add(log, Heard(head, source, int(self._now().timestamp()))):
                return False
        self._remember(identity)
        return True

    def _remember(self, identity: bytes) -> None:
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known.add(identity)

    def _miss(self, source: str, error: KeypinError) -> None:
        """Note that a source gave no heads; after a while of that, alarm once a day."""
        now = self._now()
        since = self._silent.setdefault(source, now)
        if now - since >= self._patience:
            message = f"no tree heads from {source} since {since:%Y-%m-%d %H:%M} UTC: {error}"
            self._alarm(source, message, f"{now:%Y-%m-%d}")

    def _alarm(self, source: str, message: str, occasion: str) -> None:
        """Keep an alarm about a source, which is about no log."""
        alarm = Alarm(SOURCE, message, facts=(("source", source),))
        body = {
            "type": "alarm",
            "log": "gossip",
            "at": f"{self._now():%Y-%m-%dT%H:%M:%SZ}",
            **json.loads(alarm.dumps()),
        }
        self._store.add(b"", [News(f"{SOURCE.id} {source} {occasion}", json.dumps(body))])


def _identity(said: Said) -> bytes:
    head = said.head if isinstance(said.head, bytes) else said.head.dumps().encode()
    return sha256(said.log_id + head).digest()[:16]
