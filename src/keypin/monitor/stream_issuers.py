"""The certificates above those of static logs, which hand them out one by one.

A few hundred stand above nearly all: each is fetched once. What a log does not give is not asked
for again, and is missing in a chain.
"""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

from keypin.ct.certstream import MAX_CHAIN
from keypin.ct.entry import Block, LogEntry
from keypin.monitor.client import LogError, StoppedError
from keypin.monitor.source import Source

# A certificate may have 64 kB; those of public CAs have 2.
REMEMBERED = 1024


class Issuers:
    """Issuers by their SHA-256; for many threads."""

    def __init__(self) -> None:
        self._known = OrderedDict[bytes, bytes]()
        self._lock = Lock()

    def fetch(self, source: Source, block: Block) -> None:
        """Fetch what is not known of the chains of a block.

        Raises:
            StoppedError: the monitor is stopping.
        """
        asked = {one for entry in block.entries() for one in entry.chain[:MAX_CHAIN]}
        for fingerprint in asked:
            if fingerprint not in self._known:
                self._remember(fingerprint, _asked(source, fingerprint))

    def chain(self, entry: LogEntry) -> Sequence[bytes]:
        """Return the certificates above an entry's, as far as they are known."""
        if entry.issuers:
            return entry.issuers
        found = (self._known.get(fingerprint, b"") for fingerprint in entry.chain[:MAX_CHAIN])
        return [der for der in found if der]

    def _remember(self, fingerprint: bytes, der: bytes) -> None:
        with self._lock:
            self._known[fingerprint] = der
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)


def _asked(source: Source, fingerprint: bytes) -> bytes:
    try:
        return source.issuer(fingerprint)
    except StoppedError:
        raise
    except LogError:
        return b""
