"""The queue between those who report and the disk: one writer takes all that waits, then answers.

A commit costs the same for one report as for a thousand, so whoever comes while one is under way
goes with the next (group commit; DeWitt et al., 1984). Nobody is answered before the commit that
holds his report; where it fails, all that was in it are told so. The queue is bounded: beyond it
nothing more is taken until the disk has caught up.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from keypin.watch.collecting.batch import Entry, pack
from keypin.watch.collecting.batches import Batches, IntakeError
from keypin.watch.collecting.pressure import PRESSURE

ROOM = 64 * 1024 * 1024
"""Bytes of reports that wait at most: some seconds of a storm."""

MANY = 500
"""Entries of one batch. They are sorted in one go, a twentieth of a second in which others wait."""

# What an entry takes besides its body.
_AROUND = 400

Told = Callable[[IntakeError | None], None]
"""What hears that an entry is on the disk, or why it is not."""

_Waiting = tuple[Entry, asyncio.AbstractEventLoop, Told]


@dataclass(slots=True)
class Intake:
    """The queue of one process.

    Attributes:
        batches: where entries go.
        room: bytes that wait at most.
        failure: why the last batch could not be kept; None where it was.
    """

    batches: Batches
    room: int = ROOM
    failure: str | None = None
    _queue: list[_Waiting] = field(default_factory=list[_Waiting])
    _taken: int = 0
    _ringing: asyncio.AbstractEventLoop | None = None
    _rung: bool = False
    _ended: bool = False
    _wake: threading.Condition = field(default_factory=threading.Condition)
    _thread: threading.Thread | None = None

    def put(self, entry: Entry, told: Told) -> None:
        """Have an entry kept.

        Args:
            entry: which; its size is bounded by whoever calls.
            told: is called in the running loop, once.

        Raises:
            IntakeError: there is no room.
        """
        self._start()
        size = len(entry.body) + _AROUND
        loop = asyncio.get_running_loop()
        with self._wake:
            if self._ended or self._taken + size > self.room:
                raise IntakeError("more reports come in than the disk takes")
            self._taken += size
            self._queue.append((entry, loop, told))
            ring, self._ringing = self._ringing is not loop, loop
        if ring:
            loop.call_soon(self._ring)

    def stop(self) -> None:
        """Write what waits, and take nothing more."""
        with self._wake:
            self._ended = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()
        self.batches.close()

    @property
    def waiting(self) -> int:
        """How many entries are not on the disk yet."""
        return len(self._queue)

    def _ring(self) -> None:
        """Wake the writer, once the loop has read all that came."""
        with self._wake:
            self._ringing, self._rung = None, True
            self._wake.notify()

    def _start(self) -> None:
        """Begin to write, with the first entry."""
        if self._thread is None and not self._ended:
            self._thread = threading.Thread(target=self._run, name="intake", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while taken := self._next():
            error = self._keep([entry for entry, _, _ in taken])
            self.failure = str(error) if error else None
            with self._wake:
                self._taken -= sum(len(entry.body) + _AROUND for entry, _, _ in taken)
            for loop in {loop for _, loop, _ in taken}:
                _tell(loop, [told for _, of, told in taken if of is loop], error)

    def _next(self) -> list[_Waiting]:
        """Return all that waits, once there is something; nothing at the end."""
        with self._wake:
            self._wake.wait_for(lambda: (self._rung and self._queue) or self._ended)
            taken, self._queue = self._queue[:MANY], self._queue[MANY:]
            self._rung = bool(self._queue)
        return taken

    def _keep(self, entries: Sequence[Entry]) -> IntakeError | None:
        PRESSURE.note(len(entries))
        try:
            self.batches.append(pack(entries), len(entries))
        except IntakeError as error:
            return error
        return None


def _tell(
    loop: asyncio.AbstractEventLoop, all_told: Sequence[Told], error: IntakeError | None
) -> None:
    def tell() -> None:
        for told in all_told:
            told(error)

    try:
        loop.call_soon_threadsafe(tell)
    except RuntimeError:  # the loop has ended, and those who asked with it
        return
