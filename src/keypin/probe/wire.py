"""One connection as a conversation uses it: bytes out, bytes in, within a time and a budget.

Every method that may wait is a generator for the engine. What a server sends counts against the
budget whatever it is, so that no protocol above has to think of endless input.
"""

import socket
from collections.abc import Generator

from keypin.certs import Cause
from keypin.probe.engine import READ, WRITE, Clock, Wait
from keypin.probe.failure import ProbeError, from_os
from keypin.probe.limits import Limits

# One read takes most servers' flight; the allocator serves such sizes without going to the kernel.
CHUNK = 8 * 1024

Waiting = Generator[Wait, None, bytes]
Step = Generator[Wait, None, None]


class Wire:
    """A connected, non-blocking socket with a deadline.

    Args:
        sock: the socket; the wire closes it.
        limits: for sizes.
        until: the deadline on `clock`.
        clock: the engine's.
    """

    __slots__ = ("_buffer", "_clock", "_left", "_limits", "_lines", "sock", "stage", "until")

    def __init__(self, sock: socket.socket, limits: Limits, until: float, clock: Clock) -> None:
        self.sock = sock
        self.until = until
        self.stage = "the handshake"
        self._limits = limits
        self._clock = clock
        self._left = limits.received
        self._lines = limits.prologue_lines
        self._buffer = b""

    def close(self) -> None:
        """Close the socket."""
        self.sock.close()

    def send(self, data: bytes) -> Step:
        """Send all of `data`."""
        while data:
            try:
                sent = self.sock.send(data)
            except BlockingIOError:
                yield from self._wait(WRITE)
            except OSError as error:
                raise from_os(error) from error
            else:
                data = data[sent:]

    def receive(self) -> Waiting:
        """Return the next bytes, at least one.

        Raises:
            ProbeError: the server closed the connection, is over the budget or out of time.
        """
        if self._buffer:
            data, self._buffer = self._buffer, b""
            return data
        while True:
            yield from self._wait(READ)
            try:
                data = self.sock.recv(CHUNK)
            except (BlockingIOError, InterruptedError):
                continue
            except OSError as error:
                raise from_os(error) from error
            return self._counted(data)

    def line(self) -> Waiting:
        """Return the next line without its end; for protocols of text."""
        self._lines -= 1
        if self._lines < 0:
            raise ProbeError(
                Cause.TOO_LARGE,
                f"the server sent more than {self._limits.prologue_lines} lines in {self.stage}",
            )
        data = b""
        while b"\n" not in data:
            if len(data) > self._limits.prologue_line:
                raise ProbeError(
                    Cause.TOO_LARGE,
                    f"the server sent a line of more than {self._limits.prologue_line} bytes "
                    f"in {self.stage}",
                )
            data += yield from self.receive()
        line, _, self._buffer = data.partition(b"\n")
        return line.rstrip(b"\r")

    def exactly(self, size: int) -> Waiting:
        """Return the next `size` bytes; for binary protocols."""
        data = b""
        while len(data) < size:
            data += yield from self.receive()
        data, self._buffer = data[:size], data[size:]
        return data

    def until_ends_with(self, marks: tuple[bytes, ...]) -> Waiting:
        """Return the bytes up to and with the first of `marks`; for streams of XML."""
        data = b""
        while True:
            ends = [data.index(mark) + len(mark) for mark in marks if mark in data]
            if ends:
                data, self._buffer = data[: min(ends)], data[min(ends) :]
                return data
            data += yield from self.receive()
            if len(data) > self._limits.prologue_line * 2:
                raise ProbeError(
                    Cause.TOO_LARGE, f"the server sent {len(data)} bytes in {self.stage}"
                )

    def refuse_rest(self) -> None:
        """Refuse bytes that came before their turn: they were injected (CVE-2011-0411)."""
        if self._buffer:
            raise ProbeError(
                Cause.STARTTLS,
                f"the server went on in clear text after it agreed to TLS: {self._buffer[:40]!r}",
            )

    def _wait(self, events: int) -> Step:
        try:
            yield Wait(self.sock, events, self.until)
        except TimeoutError as error:
            raise ProbeError(
                Cause.TIMEOUT, f"the server did not finish {self.stage} in time"
            ) from error
        if self._clock.now() >= self.until:
            # A server that drips bytes is ready at every turn: readiness must not renew its time.
            raise ProbeError(Cause.TIMEOUT, f"the server did not finish {self.stage} in time")

    def _counted(self, data: bytes) -> bytes:
        self._left -= len(data)
        if not data:
            raise ProbeError(Cause.CLOSED, f"the server closed the connection during {self.stage}")
        if self._left < 0:
            raise ProbeError(
                Cause.TOO_LARGE,
                f"the server sent more than {self._limits.received} bytes in {self.stage}",
            )
        return data
