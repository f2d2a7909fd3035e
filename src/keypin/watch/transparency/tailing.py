"""Reading logs for as long as a process lives: which, for which names, and what becomes of it.

Each log is read by one process (`keypin.watch.shares`). When that dies or another comes, the log's
next reader goes on where the last one ended (`tails`). Nothing is read as long as nobody watches
any name.
"""

import threading
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from time import monotonic

import httpx2

from keypin.ct.log_list import ListedLog
from keypin.monitor.http import connections
from keypin.monitor.logs import followed
from keypin.monitor.monitor import Monitor
from keypin.monitor.store import Store
from keypin.watch.core import Core
from keypin.watch.settings import Part
from keypin.watch.shares import name_of_worker
from keypin.watch.transparency import names
from keypin.watch.transparency.filing import Filing
from keypin.watch.transparency.found import Finder
from keypin.watch.transparency.listing import Listing
from keypin.watch.transparency.lists import Lists
from keypin.watch.transparency.progress import Shown
from keypin.watch.transparency.signs import NO_LIST, no_list
from keypin.watch.transparency.tails import Tails
from keypin.watch.transparency.telling import Teller


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often things are done, in seconds.

    Attributes:
        log: a log that is level is looked at.
        turn: what was found is told.
        look: the inventory, the list of logs and whose each log is are looked at, and how far logs
            are read is shown.
        mark: how far they are read is written for another process.
    """

    log: float = 30.0
    turn: float = 0.5
    look: float = 3.0
    mark: float = 10.0


class Tailing:
    """One life of what reads logs; see `begun`.

    Args:
        core: the installation.
        filing: keeps what is found.
        store: the state of the monitor.
        http: the connections to logs.
        pace: how often things are done.
    """

    def __init__(
        self,
        core: Core,
        filing: Filing,
        store: Store,
        http: httpx2.Client,
        *,
        pace: Pace,
    ) -> None:
        self._core, self._filing, self._store, self._http = core, filing, store, http
        self._pace = pace
        worker, settings = name_of_worker(core.database), core.settings
        self._finder = Finder(core.clock)
        self._listing = Listing(settings.log_list, settings.data / "logs", http, core.clock)
        self._teller = Teller(store, self._finder, filing, core.database, core.clock)
        self._tails = Tails(core.database, store, worker)
        self._shown = Shown(core.database, worker)
        self._lists = Lists(core.database, worker)
        self._monitor: Monitor | None = None
        self._following: dict[bytes, ListedLog] = {}
        self._revision: tuple[object, ...] = ()
        # What was told of the list; None: nothing, so that what another life told is cleared.
        self._problem: str | None = None
        # Whether another process took a log over: if it was wrong, we take it back.
        self._lost = False
        self._look_at = self._mark_at = 0.0

    def turn(self) -> None:
        """Do what is due.

        Raises:
            StoreError: the monitor's state cannot be kept.
            SQLAlchemyError: the database cannot be reached.
        """
        now = monotonic()
        if now >= self._look_at:
            self._look_at = now + self._pace.look
            self._look()
        if self._monitor is not None:
            self._monitor.running()
        if now >= self._mark_at:
            self._mark_at = now + self._pace.mark
            self._mark()
        else:
            self._teller.tell()

    def end(self) -> None:
        """Stop reading, and leave what was read to whoever goes on."""
        self._follow({})

    def _look(self) -> None:
        self._watch()
        self._follow(self._mine())
        if len(self._finder.watched):
            self._tell_problem()
            self._lists.write(self._listing, self._core.clock())
        if self._monitor is not None:
            self._show(self._monitor)

    def _show(self, monitor: Monitor) -> None:
        """Show how far logs are read, and of none that it is read before that is written down.

        Whoever goes on after this process died would pass over what came in between.
        """
        if any(self._store.spans(log) for log in self._tails.new):
            self._mark()
        shown = [
            one
            for one in monitor.followers
            if not one.progress.position or one.log.id not in self._tails.new
        ]
        self._shown.write(shown, self._following, self._core.clock())

    def _watch(self) -> None:
        """Search for other names where the inventory is another."""
        with self._core.database.read_across() as connection:
            revision = names.revision(connection)
            if revision != self._revision:
                self._finder.watch(names.read(connection, self._filing.shelf))
                self._revision = revision

    def _mine(self) -> dict[bytes, ListedLog]:
        """Return the logs that are this process' to read."""
        if not len(self._finder.watched):
            return {}
        share = self._core.share
        logs = {one.log_id: one for one in self._listing.logs()}
        return {log: one for log, one in logs.items() if share(Part.LOGS, log.hex())}

    def _follow(self, logs: dict[bytes, ListedLog]) -> None:
        """Follow these logs and no others."""
        if logs == self._following and not self._lost:
            return
        if self._monitor is not None:
            self._monitor.stop()
            self._mark()
            self._monitor = None
        self._following, self._lost = logs, False
        if logs:
            self._tails.take_over(logs, self._core.clock())
            monitor = Monitor(
                self._store, self._finder, interval=self._pace.log, now=self._core.clock
            )
            monitor.start([followed(one, self._http, monitor.pause) for one in logs.values()])
            self._monitor = monitor

    def _mark(self) -> None:
        """Write how far logs are read, once all that was found up to there is told."""
        states = self._tails.states(self._following)
        self._teller.tell()
        self._lost = bool(self._tails.write(states, self._core.clock()))

    def _tell_problem(self) -> None:
        """Tell, once, that there is no list of logs, and that there is one again."""
        problem = self._listing.problem
        if self._problem is None or bool(problem) != bool(self._problem):
            if problem:
                self._teller.to_all(no_list(problem))
            else:
                self._teller.clear(NO_LIST)
            self._problem = problem


@contextmanager
def begun(core: Core, filing: Filing, pace: Pace) -> Generator[Tailing]:
    """Give what reads logs, with its state opened; at the end it is left to whoever goes on.

    Raises:
        StoreError: the state cannot be opened.
    """
    with closing(Store(core.settings.data / "logs")) as store, connections() as http:
        one = Tailing(core, filing, store, http, pace=pace)
        try:
            yield one
        finally:
            one.end()


def tail(core: Core, filing: Filing, stop: threading.Event, pace: Pace | None = None) -> None:
    """Read logs until told to stop."""
    pace = pace or Pace()
    with begun(core, filing, pace) as one:
        while not stop.is_set():
            one.turn()
            stop.wait(pace.turn)
