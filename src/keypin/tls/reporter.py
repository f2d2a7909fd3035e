"""Sends pin failure reports in the background, and never delays a handshake.

`Reporter.submit`, which a handshake calls, puts a new failure in a bounded queue; a thread does the
rest by the rules of `keypin.tls.report`. A mismatch that is met while sending is not reported.
"""

import atexit
import io
import logging
import os
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, InvalidURL
from pathlib import Path
from typing import Any, Self, cast
from urllib.request import AbstractHTTPHandler, OpenerDirector, ProxyHandler, Request
from weakref import WeakSet

from keypin.errors import InputError
from keypin.pins import MismatchError
from keypin.tls import report as rules
from keypin.tls.report import Answer, Counters, Delivery, PinFailure
from keypin.tls.spool import Spool

_log = logging.getLogger("keypin.tls")

# Bytes of certificates that wait; 1000 reports of the usual two chains of three are 7 MB.
_MOST_HELD = 16 * 1024 * 1024

_here = threading.local()


class Reporter:
    """Sends pin failure reports (RFC 7469 section 3) to where the policies say.

    Args:
        app: the application's name, a member of each report.
        version: the application's version, the same.
        spool: a folder in which reports survive a crash; see `keypin.tls.spool`.
        queue_size: how many reports may wait.
        rate: how many attempts are made a minute at most, and in one go.
        repeat_after: seconds within which the same failure is reported once; Chromium's are 3600.
        timeout: seconds that each step of an attempt may take: to connect, to answer.
        attempts: how often a report is tried, unless its address refuses it.
        flush_at_exit: seconds that `close` and the end of the program wait for what is pending.
        cafile: trust anchors for the addresses, PEM; None: the platform's.

    Raises:
        InputError: the spool or `cafile` cannot be used, or a limit is not above zero.
    """

    def __init__(
        self,
        *,
        app: str | None = None,
        version: str | None = None,
        spool: Path | str | None = None,
        queue_size: int = 1000,
        rate: float = 30,
        repeat_after: float = 3600,
        timeout: float = 10,
        attempts: int = 8,
        flush_at_exit: float = 2,
        cafile: str | None = None,
        _world: rules.World | None = None,
    ) -> None:
        if min(queue_size, rate, timeout, attempts) <= 0:
            raise InputError("a limit of a Reporter is not above zero")
        self._names = {"app": app, "version": version}
        self._queue_size, self._rate, self._attempts = queue_size, rate, attempts
        self._flush_at_exit = flush_at_exit
        self._world = _world or rules.World()
        self._memory = rules.Memory(repeat_after)
        self._send = _Sender(cafile, timeout)
        self._closing = False
        self._spool: Spool | None = None
        self.begin_anew()
        if spool is not None:
            self._spool = Spool(Path(spool), most=queue_size)
            found, lost = self._spool.recover()
            self._line.waiting.extend(Delivery(one.address, one.size, one.path) for one in found)
            self._held = sum(one.size for one in found)
            self._counts |= {"pending": len(found), "dropped": lost}
        _living.add(self)
        if self._line.waiting:
            self._runs()

    def begin_anew(self) -> None:
        """Begin with nothing pending, as in the child of a fork: that is the parent's."""
        # Reentrant: the handler of a signal may make a handshake in the midst of a submit.
        self._lock = threading.RLock()
        self._condition = threading.Condition(self._lock)
        self._inbox: deque[tuple[PinFailure, str]] = deque()
        self._line = rules.Line(self._rate, self._world.clock())  # the thread's own
        self._held = 0
        self._counts: dict[str, int] = asdict(Counters())
        self._thread: threading.Thread | None = None
        if self._spool is not None:
            self._spool.forget()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def counters(self) -> Counters:
        """What became of the reports until now."""
        with self._condition:
            return Counters(**self._counts)

    def submit(
        self, mismatch: MismatchError, *, port: int | None, presented: Sequence[bytes]
    ) -> None:
        """Have a mismatch reported; takes microseconds, and raises nothing.

        A port that is not known is None; `presented` is what the server sent, DER.
        """
        try:
            with self._lock:
                self._submit(mismatch, port, presented)
        except Exception:  # noqa: BLE001 - as said
            _log.exception("a pin failure report is lost; the verdict stands")

    def _submit(self, mismatch: MismatchError, port: int | None, served: Sequence[bytes]) -> None:
        policy, counts, now = mismatch.policy, self._counts, self._world.clock()
        pattern, leaf = policy.host, mismatch.chain.leaf
        # Of strings and bytes alone: this is what a storm pays for each failure.
        key = (mismatch.host, pattern.wildcard, pattern.name, leaf.sha256, mismatch.reason)
        if self._memory.holds(key, now) or getattr(_here, "sending", False):
            counts["suppressed"] += len(policy.report_to)
            return
        room = self._queue_size - counts["pending"]
        if room <= 0 or self._held >= _MOST_HELD or not self._runs():
            counts["dropped"] += len(policy.report_to)
            return
        addresses = [a for a in policy.report_to if not rules.is_about_itself(a, mismatch.host)]
        taken = addresses[:room]
        counts["suppressed"] += len(policy.report_to) - len(addresses)
        counts["dropped"] += len(addresses) - len(taken)
        if taken:
            failure = PinFailure.of(mismatch, port=port, presented=served)
            self._inbox.extend((failure, address) for address in taken)
            self._held += failure.size * len(taken)
            counts["pending"] += len(taken)
            self._memory.add(key, now)
            self._condition.notify_all()

    def flush(self, timeout: float) -> bool:
        """Wait until nothing is pending, for `timeout` seconds at most; tell whether it is so."""
        with self._condition:
            return self._condition.wait_for(lambda: not self._counts["pending"], timeout)

    def close(self) -> None:
        """Wait for what is pending, for `flush_at_exit` seconds at most, and end.

        What is left stays in the spool, or is dropped, as is every later mismatch.
        """
        end = time.monotonic() + self._flush_at_exit
        if self._thread is not None:
            self.flush(self._flush_at_exit)
        with self._condition:
            self._closing = True
            thread, self._thread = self._thread, None
            self._condition.notify_all()
        if thread is not None:
            thread.join(max(end - time.monotonic(), 0.1))
        elif self._spool is not None:
            self._spool.close()

    def _runs(self) -> bool:
        """Start the thread where there is none, and tell whether there is one."""
        if self._thread is None and not self._closing:
            thread = threading.Thread(target=self._run, name="keypin-reporter", daemon=True)
            with suppress(RuntimeError):  # the interpreter is shutting down
                thread.start()
                self._thread = thread
        return self._thread is not None

    def _run(self) -> None:
        _here.sending = True
        while (delivery := self._next()) is not None:
            self._attempt(delivery)
        for left in self._line.waiting:
            if isinstance(left.body, bytes):
                self._settle(left, "dropped")
        if self._spool is not None:
            self._spool.close()

    def _next(self) -> Delivery | None:
        """Return the next delivery when it is due; None at the end."""
        while True:
            with self._condition:
                inbox, self._inbox = self._inbox, deque()
            for failure, address in inbox:
                self._take_in(failure, address)
            with self._condition:
                if self._inbox:
                    continue
                if self._closing:
                    return None
                now = self._world.clock()
                if (found := self._line.due(now)) is not None:
                    return found
                self._world.wait(self._condition, self._line.wait(now))

    def _take_in(self, failure: PinFailure, address: str) -> None:
        """Build the report, and spool it where there is a spool."""
        delivery = Delivery(address, failure.size, b"")
        try:
            report = failure.report(**self._names)
            kept = self._spool.keep(address, report) if self._spool else None
            delivery.body = kept or rules.dumps(report)
        except Exception:  # noqa: BLE001 - as said
            _log.exception("a pin failure report cannot be built; the verdict stands")
            self._settle(delivery, "failed")
        else:
            self._line.waiting.append(delivery)

    def _attempt(self, delivery: Delivery) -> None:
        """Make one attempt, and put the delivery back if it is worth another."""
        delivery.attempts += 1
        body, address, asked = delivery.body, delivery.address, 0.0
        try:
            if isinstance(body, Path):
                body = cast("Spool", self._spool).body(body)
            answer, asked = self._send(address, body)
        except Exception as error:  # noqa: BLE001 - no address, no file, no network, no answer
            network = isinstance(error, OSError | HTTPException) and type(error) is not InvalidURL
            answer = Answer.AGAIN if network else Answer.REFUSED
            _log.warning("a pin failure report did not reach %s: %s", address, error)
        if answer is not Answer.AGAIN:
            self._line.answered(address)
            self._settle(delivery, "sent" if answer is Answer.TAKEN else "refused")
            return
        self._line.again(delivery, self._world.clock(), asked=asked, chance=self._world.chance())
        if delivery.attempts >= self._attempts:
            self._line.waiting.pop()
            self._settle(delivery, "failed")

    def _settle(self, delivery: Delivery, outcome: str) -> None:
        """Count what became of a delivery, and forget it."""
        if isinstance(delivery.body, Path) and self._spool is not None:
            self._spool.remove(delivery.body)
        with self._condition:
            self._counts[outcome] += 1
            self._counts["pending"] -= 1
            self._held -= delivery.size
            self._condition.notify_all()


class _Sender(AbstractHTTPHandler):
    """Sends one report to one address, through the environment's proxies and without pins."""

    http_request = https_request = AbstractHTTPHandler.do_request_

    def __init__(self, cafile: str | None, timeout: float) -> None:
        super().__init__()
        self._timeout = timeout
        self._context = rules.plain_context(cafile) if cafile is not None else None
        self._opener = OpenerDirector()  # with no handler of redirects
        self._opener.addheaders = [("User-Agent", "keypin")]
        self._opener.add_handler(ProxyHandler())
        self._opener.add_handler(self)

    def __call__(self, address: str, body: bytes) -> tuple[Answer, float]:
        """Return what the address answered, and the seconds that it asks to be left alone."""
        json = {"Content-Type": "application/json"}
        request = Request(address, body, json, method="POST")  # noqa: S310 - http or https
        with self._opener.open(request, timeout=self._timeout) as answer:
            asked = rules.asked_wait(answer.headers["Retry-After"], datetime.now(UTC))
            return Answer.of(answer.status), asked

    def http_open(self, request: Request) -> HTTPResponse:
        return self.do_open(_Connection, request)

    def https_open(self, request: Request) -> HTTPResponse:
        self._context = self._context or rules.plain_context(None)
        return self.do_open(_TlsConnection, request, context=self._context)


class _Timely(HTTPResponse):
    """An answer whose head must be there in time as a whole, not each of its bytes in its own."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:  # noqa: ANN401
        end = time.monotonic() + cast("float", sock.gettimeout())
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_Until(sock, end))


class _Until(io.RawIOBase):
    def __init__(self, sock: socket.socket, end: float) -> None:
        self._sock, self._end = sock, end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any buffer
        self._sock.settimeout(max(self._end - time.monotonic(), 0.001))
        return self._sock.recv_into(buffer)


class _Connection(HTTPConnection):
    response_class = _Timely


class _TlsConnection(HTTPSConnection):
    response_class = _Timely


# The reporters of this process; what is done for all of them is registered once.
_living: WeakSet[Reporter] = WeakSet()


def _for_all(act: Callable[[Reporter], None]) -> None:
    for reporter in list(_living):
        act(reporter)


atexit.register(_for_all, Reporter.close)
if sys.platform != "win32":
    os.register_at_fork(after_in_child=lambda: _for_all(Reporter.begin_anew))
