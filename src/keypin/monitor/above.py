"""The certificates above an entry, as its log hands them out: up to the first that is not had."""

from collections import OrderedDict
from collections.abc import Iterator
from threading import Lock

from keypin.certs import Certificate
from keypin.ct.entry import LogEntry
from keypin.errors import CertificateError
from keypin.monitor.client import LogError
from keypin.monitor.log import Log

# Issuers in use are some hundreds, of 1.5 kB; a hostile log makes up as many as it likes.
_ISSUERS = 1024
# A chain of today has three certificates above the leaf.
_LONGEST_CHAIN = 8


class Above:
    """What gathers chains; for many threads. A static log is asked for each issuer once."""

    def __init__(self) -> None:
        self._issuers = OrderedDict[bytes, Certificate]()
        self._lock = Lock()

    def chain(self, log: Log, entry: LogEntry) -> Iterator[Certificate]:
        """Yield the certificates above an entry, up to the first that cannot be had."""
        try:
            for der in entry.issuers[:_LONGEST_CHAIN]:
                yield Certificate.from_der(der)
            for fingerprint in entry.chain[:_LONGEST_CHAIN]:
                yield self._issuer(log, fingerprint)
        except (CertificateError, LogError):
            return

    def _issuer(self, log: Log, fingerprint: bytes) -> Certificate:
        with self._lock:
            found = self._issuers.get(fingerprint)
        if found is None:
            found = Certificate.from_der(log.source.issuer(fingerprint))
            with self._lock:
                self._issuers[fingerprint] = found
                while len(self._issuers) > _ISSUERS:
                    self._issuers.popitem(last=False)
        return found
