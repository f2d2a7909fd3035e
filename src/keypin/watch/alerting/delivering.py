"""The deliverer: takes messages to their routes, and again, until they are taken or given up.

Each route has a thread of its own while it has something to be told, so that one which hangs delays
no other. A route belongs to one process at a time, by a claim that ends by itself. A process that
is killed between sending and writing that down leaves the message to be sent again, under the same
idempotency key: more than that cannot be promised to anybody.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy import ColumnElement, or_, select, update

from keypin.watch.alerting import bundling, outbox
from keypin.watch.alerting.outbox import Parcel
from keypin.watch.alerting.sending import Failure, Message, Post
from keypin.watch.core import Core
from keypin.watch.store import Database, Purpose, Scope, SealError
from keypin.watch.store.tables import alert_routes, deliveries, organisations

_log = logging.getLogger(__name__)

# Longer than one message takes, which is `time_limit.TOTAL` at most.
LEASE = timedelta(seconds=30)

# Threads at most, and of one organisation.
MAX_LANES = 32
MAX_OF_ONE = 8


@dataclass(frozen=True, slots=True)
class Lane:
    """A route of an organisation that has something to be told."""

    organisation: int
    route: int


class Deliverer:
    """Tells routes.

    Args:
        core: the installation's storage, secrets and clock.
        post: sends messages.
    """

    def __init__(self, core: Core, post: Post) -> None:
        self._database = core.database
        self._sealer = core.sealer
        self._base = core.settings.base_url
        self._clock = core.clock
        self._post = post
        self._lock = threading.Lock()
        self._lanes: dict[Lane, threading.Thread] = {}
        self._stop = threading.Event()

    def take_over(self) -> None:
        """Take what a process before this one had claimed, where there can be no other."""
        if self._database.sqlite:
            with self._database.begin_across() as connection:
                connection.execute(update(alert_routes).values(claimed_until=None))

    def turn(self) -> int:
        """Put together what is due, and begin to tell it.

        Returns:
            How many routes are being told.
        """
        at = self._clock()
        bundling.turn(self._database, at)
        for lane in self._due(at):
            self._begin(lane)
        with self._lock:
            return len(self._lanes)

    def finish(self, timeout: float) -> None:
        """Wait until what is being sent has been, but not for ever; begin nothing more."""
        self._stop.set()
        self.wait(timeout)

    def wait(self, timeout: float) -> None:
        """Wait until no route is being told any more."""
        with self._lock:
            threads = list(self._lanes.values())
        until = monotonic() + timeout
        for thread in threads:
            thread.join(max(until - monotonic(), 0.0))

    def _due(self, at: datetime) -> list[Lane]:
        table = deliveries.c
        query = (
            select(table.organisation, table.route)
            .join_from(deliveries, alert_routes, table.route == alert_routes.c.id)
            .where(table.state == "waiting", table.bundle.is_not(None), outbox.is_due(at))
            .where(alert_routes.c.enabled, _free(at))
            .distinct()
        )
        with self._database.read_across() as connection:
            return [Lane(*row) for row in connection.execute(query)]

    def _begin(self, lane: Lane) -> None:
        with self._lock:
            of_one = Counter(one.organisation for one in self._lanes)[lane.organisation]
            full = len(self._lanes) >= MAX_LANES or of_one >= MAX_OF_ONE
            if lane in self._lanes or full or self._stop.is_set():
                return
            name = f"telling route {lane.route}"
            thread = threading.Thread(target=self._run, args=(lane,), name=name, daemon=True)
            self._lanes[lane] = thread
        thread.start()

    def _run(self, lane: Lane) -> None:
        try:
            with self._claimed(lane) as renew:
                while not self._stop.is_set() and self._round(lane, renew):
                    pass
        except Exception:  # noqa: BLE001 - whatever it is, the claim ends and the route is told again
            _log.exception("a route could not be told; it is tried again")
        finally:
            with self._lock:
                del self._lanes[lane]

    def _round(self, lane: Lane, renew: Callable[[], bool]) -> bool:
        """Send what is due; say whether there was anything."""
        with self._database.read(lane.organisation) as scope:
            parcels = list(outbox.due(scope, lane.route, self._clock()))
        for parcel in parcels:
            if self._stop.is_set() or not renew():
                return False
            self._send(lane, parcel)
        return bool(parcels)

    def _send(self, lane: Lane, parcel: Parcel) -> None:
        with self._database.read(lane.organisation) as scope:
            columns = alert_routes.c.name, alert_routes.c.sealed
            route = scope.row(scope.select(*columns).where(alert_routes.c.id == lane.route))
            if route is None:
                return
            base = f"{self._base}/o/{_name(scope)}"
            message = outbox.message(scope, lane.route, route["name"], parcel.key, base)
        if message is not None:
            failure = self._posted(route["sealed"], message)
            with self._database.begin(lane.organisation) as scope:
                outbox.record(scope, lane.route, parcel, failure, self._clock())

    def _posted(self, sealed: bytes, message: Message) -> Failure | None:
        try:
            address = self._sealer.open(sealed, Purpose.ROUTE).decode()
        except SealError as error:
            return Failure(str(error), lasting=False)  # the key may come back
        return self._post.send(address, message, self._clock())

    @contextmanager
    def _claimed(self, lane: Lane) -> Generator[Callable[[], bool]]:
        """Claim a route, and give what renews the claim and says whether it is still ours."""
        claim = _Claim(self._database, lane, self._clock)
        try:
            yield claim.renew
        finally:
            claim.release()


class _Claim:
    """That a route is told by this process, for a while."""

    def __init__(self, database: Database, lane: Lane, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._lane = lane
        self._clock = clock
        self._until: datetime | None = None

    def renew(self) -> bool:
        """Claim the route, or claim it longer; False where another process has it."""
        at = self._clock()
        ours = alert_routes.c.claimed_until == self._until
        free = _free(at) if self._until is None else or_(ours, _free(at))
        until = at + LEASE
        if self._write(free, until):
            self._until = until
            return True
        self._until = None
        return False

    def release(self) -> None:
        """Give the claim up."""
        if self._until is not None:
            self._write(alert_routes.c.claimed_until == self._until, None)

    def _write(self, where: ColumnElement[bool], until: datetime | None) -> bool:
        with self._database.begin(self._lane.organisation) as scope:
            rows = scope.update(alert_routes).where(alert_routes.c.id == self._lane.route, where)
            return scope.execute(rows.values(claimed_until=until)).rowcount > 0


def _name(scope: Scope) -> str:
    query = select(organisations.c.name).where(organisations.c.id == scope.organisation)
    return str(scope.value(query))


def _free(at: datetime) -> ColumnElement[bool]:
    """Return the condition that nobody tells a route: no claim, or one out of its time.

    A claim that ends later than any claim of now can was made before the clock was set back.
    """
    until = alert_routes.c.claimed_until
    return or_(until.is_(None), until < at, until > at + 2 * LEASE)
