"""Loops that must not end: each in a thread, started again when it dies, and told as a problem.

A loop that died is started again after a second, then after twice as long each time up to fifteen;
one that has run for a minute counts anew. It is a problem while it is dead and for a few seconds
after: not for longer, or an outage of the database would take twice its time.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from time import monotonic

_log = logging.getLogger(__name__)

_WELL = 60.0
_SETTLED = 3.0
_LONGEST = 15.0

# How long a stop waits for a loop. What does not end in that time dies with the process.
_PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Loop:
    """What a part does for as long as the process lives.

    Attributes:
        name: what it is called in logs and problems, as `reading logs`.
        run: does it, and returns soon after the event is set, and never before.
    """

    name: str
    run: Callable[[threading.Event], None]


@dataclass(slots=True)
class _Life:
    loop: Loop
    deaths: int = 0
    why: str = ""
    runs: bool = False
    since: float = field(default_factory=monotonic)

    def is_well(self) -> bool:
        """Tell whether it never died, or has run for a while since it did."""
        return not self.deaths or (self.runs and monotonic() - self.since >= _SETTLED)


class Supervisor:
    """Runs loops.

    Args:
        loops: which.
        first: seconds until a loop that died is started again; doubled each time.
    """

    def __init__(self, loops: Iterable[Loop], *, first: float = 1.0) -> None:
        self._lives = [_Life(loop) for loop in loops]
        self._first = first
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start every loop in a thread of its own."""
        for life in self._lives:
            thread = threading.Thread(
                target=self._live, args=(life,), name=life.loop.name, daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Ask all to end, and wait for them, but not for ever."""
        self._stop.set()
        until = monotonic() + _PATIENCE
        for thread in self._threads:
            thread.join(max(until - monotonic(), 0.1))
            if thread.is_alive():
                _log.warning("%s did not end, and is cut off", thread.name)

    def problems(self) -> list[str]:
        """Return a sentence for each loop that died and has not been well since."""
        return [
            f"{one.loop.name} ended {_times(one.deaths)} and is started again: {one.why}"
            for one in self._lives
            if not one.is_well()
        ]

    def _live(self, life: _Life) -> None:
        while not self._stop.is_set():
            life.since, life.runs = monotonic(), True
            why = self._once(life)
            life.runs = False
            if self._stop.is_set():
                return
            life.deaths = 1 if monotonic() - life.since >= _WELL else life.deaths + 1
            life.why = why
            self._stop.wait(min(self._first * 2 ** min(life.deaths - 1, 10), _LONGEST))

    def _once(self, life: _Life) -> str:
        """Run a loop until it ends, and return why it did."""
        try:
            life.loop.run(self._stop)
        except Exception as error:  # noqa: BLE001 - whatever it is, the loop is started again
            why = f"{type(error).__name__}: {error}".splitlines()[0]
            if not self._stop.is_set():
                # The first time with all there is to know, and then without.
                _log.error("%s ended: %s", life.loop.name, why, exc_info=not life.deaths)
            return why
        return "it returned"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
