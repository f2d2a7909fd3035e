"""A log with something in it, that grows: what `keypin lab log` shows."""

from datetime import UTC, datetime

from keypin.lab.authority import Request, issue, new_key
from keypin.lab.ct_authority import precertify
from keypin.lab.ct_log import CtLog


class Demo:
    """A log of precertificates for names below `keypin.test`, by a CA of its own.

    Args:
        entries: how many it has.

    Attributes:
        log: the log, published.
        now: when it began.
    """

    def __init__(self, entries: int) -> None:
        self.now = datetime.now(UTC)
        self._key = new_key("ecdsa")
        self._ca = issue(Request(name="keypin lab logged CA", key=self._key, ca=True), self.now)
        self.log = CtLog(roots=[self._ca.der])
        for _ in range(entries):
            self._log(self.now)
        self.log.publish(self.now)

    def grow(self) -> None:
        """Log one more, and publish a head."""
        at = datetime.now(UTC)
        self._log(at)
        self.log.publish(at)

    def _log(self, at: datetime) -> None:
        name = f"host{len(self.log)}.keypin.test"
        request = Request(name=name, key=self._key, hosts=(name,), issuer=self._ca)
        self.log.log([precertify(request, at).issued.der, self._ca.der], at)
