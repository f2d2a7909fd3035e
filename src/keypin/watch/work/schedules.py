"""Once in each period, by one of all machines: a thread that claims, and threads that run.

DBOS has schedules too. They sleep by the wall clock, so that a clock that is set back by a day
stops them for a day, and they fire once for each period that a clock skips. These look at the clock
twice a second, and run one period however many were skipped (`keypin.watch.work.claims`).
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy.exc import SQLAlchemyError

from keypin.watch.store import Database
from keypin.watch.work.claims import Claims
from keypin.watch.work.declared import Declared, Schedule, period_of

_log = logging.getLogger(__name__)

_RENEW = 10.0
_TICK = 0.5

# Schedules of shorter periods are not worth a commit each where there is one process alone: what a
# kill takes from them is done again at once.
_BRIEF = timedelta(minutes=1)


class Schedules:
    """Runs the declared schedules, with others on the same database.

    Args:
        database: where claims are kept.
        declared: the schedules.
        clock: tells the time, the same on all machines as far as may be.
        worker: the name of this process.

    Attributes:
        failure: what keeps schedules from being claimed, or None.
    """

    def __init__(
        self, database: Database, declared: Declared, clock: Callable[[], datetime], worker: str
    ) -> None:
        self.failure: str | None = None
        self._claims = Claims(database, worker)
        self._alone = database.sqlite
        self._schedules = declared.schedules
        self._clock = clock
        self._seen: dict[str, int] = {}
        self._running: set[str] = set()
        self._ended: set[str] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._renew_at = 0.0
        self._pool = ThreadPoolExecutor(max(len(self._schedules), 1), "schedule")
        self._thread = threading.Thread(target=self._loop, name="schedules", daemon=True)

    def start(self) -> None:
        """Begin, with what a life before this one left in its middle."""
        self._claims.declare(self._schedules)
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more, and wait for what runs."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._pool.shutdown(wait=True)

    def tick(self) -> None:
        """Run what is due, in threads of their own.

        Where the database is away, it is looked at again at the next tick.
        """
        try:
            if monotonic() >= self._renew_at:
                self._renew()
            for schedule in self._schedules.values():
                self._look(schedule)
        except SQLAlchemyError as error:
            if self.failure is None:
                _log.warning("schedules wait for the database: %s", error)
            self.failure = f"schedules cannot be claimed: {type(error).__name__}"
        else:
            self.failure = None

    def _loop(self) -> None:
        while not self._stop.is_set():
            self.tick()
            self._stop.wait(_TICK)

    def _look(self, schedule: Schedule) -> None:
        now = self._clock()
        period = period_of(now, schedule.period)
        if schedule.name in self._running or self._seen.get(schedule.name) == period:
            return
        if self._brief(schedule) or self._claims.take(schedule.name, period, now):
            self._begin(schedule)
        self._seen[schedule.name] = period

    def _brief(self, schedule: Schedule) -> bool:
        return self._alone and schedule.period < _BRIEF

    def _renew(self) -> None:
        """Renew our claims, and run again what a dead machine had claimed."""
        with self._lock:
            ended, running = set(self._ended), set(self._running)
        now = self._clock()
        if ended:
            self._released(ended)
        if running:
            self._claims.renew(running, now)
        for name in self._claims.left(self._schedules, running, now):
            self._begin(self._schedules[name])
        self._renew_at = monotonic() + _RENEW

    def _begin(self, schedule: Schedule) -> None:
        with self._lock:
            self._running.add(schedule.name)
        self._pool.submit(self._run, schedule)

    def _run(self, schedule: Schedule) -> None:
        try:
            schedule.run()
        except Exception:  # noqa: BLE001 - whatever it is, other work goes on
            _log.exception("%s failed; it is done again in its next period", schedule.name)
        if self._brief(schedule):
            with self._lock:
                self._running.discard(schedule.name)
        else:
            self._end(schedule)

    def _end(self, schedule: Schedule) -> None:
        """Give up the claim; where the database is away, the next renewal does."""
        with self._lock:
            self._ended.add(schedule.name)
        try:
            self._released({schedule.name})
        except SQLAlchemyError as error:
            _log.warning("the claim of %s is given up later: %s", schedule.name, error)

    def _released(self, names: set[str]) -> None:
        self._claims.release(names)
        with self._lock:
            self._ended -= names
            self._running -= names
