"""Machines share the work: who is alive, and whose a piece of work is.

Each process writes its row every two seconds; one that has not for eight is dead. A piece of work
is of the living process that rendezvous hashing gives it (Thaler and Ravishankar, 1998): when one
dies or comes, its share alone moves, and nobody is asked. For a moment two processes may differ in
whom they take for alive, so work that must not be done twice is claimed as well.
"""

import hashlib
import os
import socket
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from keypin.watch.settings import Part, Settings
from keypin.watch.store import Database
from keypin.watch.store.tables import workers

BEAT = 2.0
# Nobody looks for the one process of SQLite, whose disk may rest.
_ALONE_BEAT = 60.0
_DEAD = timedelta(seconds=8)
# By so much longer somebody may be listed whose beat is under way.
_LATE = timedelta(seconds=BEAT)

# The name of the one process that SQLite has: its next life goes on with its work.
ALONE = "here"


def name_of_worker(database: Database) -> str:
    """Return a name for this process that no other process of the installation has."""
    if database.sqlite:
        return ALONE
    return f"{socket.gethostname()[:40]}-{os.getpid()}-{token_hex(4)}"


def silence(dialect: str) -> timedelta:
    """Return how long a process may not have been heard of that lives.

    Args:
        dialect: of the database, as SQLAlchemy names it.
    """
    return timedelta(seconds=2 * _ALONE_BEAT) if dialect == "sqlite" else _DEAD + _LATE


def living(database: Database, at: datetime) -> int:
    """Return how many processes of an installation on PostgreSQL live.

    With SQLite there is one at most, and it holds the folder.
    """
    if database.sqlite:
        return 0
    alive = select(func.count()).where(workers.c.seen_at > at - _DEAD)
    with database.read_across() as connection:
        return int(connection.execute(alive).scalar_one())


class Shares:
    """The living processes, as this one sees them.

    Args:
        database: where they are written.
        settings: what this process does, and where.
        worker: its name.
        clock: tells the time, the same on all machines as far as may be.

    Attributes:
        failure: why the others are not seen, or None.
    """

    def __init__(
        self, database: Database, settings: Settings, worker: str, clock: Callable[[], datetime]
    ) -> None:
        self.failure: str | None = None
        self._database = database
        self._settings = settings
        self._worker = worker
        self._clock = clock
        self._living: dict[Part, tuple[str, ...]] = {}

    def share(self, part: Part, key: str) -> bool:
        """Tell whether a piece of a part's work is this process's.

        Args:
            part: which part's work it is.
            key: names the piece, as a log's identifier or a host.
        """
        living = self._living.get(part, ())
        return not living or max(living, key=lambda one: _weight(one, key)) == self._worker

    def join(self) -> None:
        """Write this process's row, and see who else is there."""
        now = self._clock()
        with self._database.begin_across() as connection:
            connection.execute(delete(workers).where(workers.c.id == self._worker))
            connection.execute(
                insert(workers).values(
                    id=self._worker,
                    host=socket.gethostname()[:253],
                    process=os.getpid(),
                    vantage=self._settings.vantage,
                    parts=sorted(self._settings.parts),
                    started_at=now,
                    seen_at=now,
                )
            )
        self._look(now)

    def beat(self) -> None:
        """Say that this process lives, see who else does, and remove who long has not."""
        now = self._clock()
        with self._database.begin_across() as connection:
            mine = update(workers).where(workers.c.id == self._worker)
            there = connection.execute(mine.values(seen_at=now)).rowcount
            # What died while the clock was ahead would live until then.
            seen, long = workers.c.seen_at, 100 * _DEAD
            connection.execute(delete(workers).where((seen < now - long) | (seen > now + long)))
        if there:
            self._look(now)
        else:  # removed by a peer that took it for dead, as after a long sleep
            self.join()

    def leave(self) -> None:
        """Remove the row: the others take over at their next look."""
        with self._database.begin_across() as connection:
            connection.execute(delete(workers).where(workers.c.id == self._worker))

    def run(self, stop: threading.Event) -> None:
        """Beat until `stop` is set. Who cannot reach the database goes on with what it has."""
        while not stop.wait(_ALONE_BEAT if self._database.sqlite else BEAT):
            try:
                self.beat()
            except SQLAlchemyError as error:
                self.failure = f"other processes are not seen: {type(error).__name__}"
            else:
                self.failure = None

    def _look(self, now: datetime) -> None:
        living = select(workers).where(workers.c.seen_at.between(now - _DEAD, now + _DEAD))
        with self._database.read_across() as connection:
            rows = connection.execute(living).all()
        here = [row for row in rows if row.vantage == self._settings.vantage]
        self._living = {
            # Every place probes everything; all else is shared by all places.
            part: _doing(part, here if part is Part.PROBER else rows)
            for part in Part
        }


def _doing(part: Part, rows: Sequence[Row[*tuple[Any, ...]]]) -> tuple[str, ...]:
    return tuple(row.id for row in rows if part in row.parts)


def _weight(worker: str, key: str) -> bytes:
    return hashlib.blake2b(f"{worker}\0{key}".encode(), digest_size=8).digest()
