"""A log of the laboratory, in which certificates of a watched name appear; it can stall."""

import json
from pathlib import Path

from keypin_chaos.outside import now

from keypin.lab.authority import Issued, Request, new_key
from keypin.lab.ct_api import CtApi
from keypin.lab.ct_list import log_list
from keypin.lab.ct_log import CtLog
from keypin.lab.ct_server import CtServer

NAME = "logged.example.com"
"""The name that releases pin, and that nobody serves."""


class Log:
    """A log, and its own book of what it logged.

    Args:
        issuer: who signs what is logged.
        file: where the list is written that names it.

    Attributes:
        positions: of the certificates that were logged since it is read. A log is read from where
            it is when it is first seen.
    """

    def __init__(self, issuer: Issued, file: Path) -> None:
        self.positions: set[int] = set()
        self._issuer, self._key = issuer, new_key("ecdsa")
        self._log = CtLog("the log of chaos")
        self._server = CtServer(CtApi(self._log))
        self._server.__enter__()
        self.issue()
        self.positions.clear()
        file.write_text(json.dumps(log_list([self._server], now())))

    def issue(self) -> None:
        """Log a certificate that nobody ordered."""
        request = Request(name=NAME, hosts=(NAME,), key=self._key, issuer=self._issuer)
        self.positions.add(len(self._log))
        self._log.certify(request, now())
        self._log.publish(now())

    def stall(self) -> None:
        """Send all answers a byte at a time from now on."""
        self._log.misbehave("slow")

    def recover(self) -> None:
        """Answer as a log should."""
        self._log.behave()

    def close(self) -> None:
        """End."""
        self._server.__exit__(None, None, None)
