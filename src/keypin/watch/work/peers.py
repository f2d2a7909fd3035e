"""Work that a dead process had begun is done by another: PostgreSQL tells who is alive.

Each process holds a session advisory lock on its name for as long as its connection lives. A peer
that finds the lock free three times in a row, so that a connection may be made anew meanwhile, has
the work of that name done. Nothing is asked of the dead one, and no clock is compared.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from keypin.watch.store import Database

_log = logging.getLogger(__name__)

_LOOK = 2.0
_FREE_THREE_TIMES = 3
_AGAIN = 0.05

# PostgreSQL's server learns within half a minute that a machine lost its power.
_ALIVE = (
    "SET tcp_keepalives_idle = 10",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
)

# The names of processes share the space of advisory locks with others; the seed keeps them apart.
_KEY = "hashtextextended(:name, 7311846202)"
_HOLD = text(f"SELECT pg_try_advisory_lock({_KEY})")
# Shared: peers that look at the same moment do not take each other for the owner.
_LOOK_AT = text(f"SELECT pg_try_advisory_lock_shared({_KEY})")
_LET_GO = text(f"SELECT pg_advisory_unlock_shared({_KEY})")
_BEGUN = text(
    "SELECT DISTINCT executor_id FROM dbos.workflow_status "
    "WHERE status = 'PENDING' AND executor_id <> :name"
)


class Peers:
    """Holds the lock of this process, and looks after the work of others.

    Args:
        database: PostgreSQL.
        worker: the name of this process.
        recover: has the work of these names done.

    Attributes:
        failure: what keeps this process from being known as alive, or None.
    """

    def __init__(
        self, database: Database, worker: str, recover: Callable[[list[str]], None]
    ) -> None:
        self.failure: str | None = None
        self._database = database
        self._worker = worker
        self._recover = recover
        self._free: Counter[str] = Counter()
        self._connection: Connection | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="peers", daemon=True)

    def start(self) -> None:
        """Take the lock, and begin to look."""
        self._held()
        self._thread.start()

    def stop(self) -> None:
        """Let the lock go: what is left of this process may be done by others at once."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._close()

    def look(self) -> None:
        """Look once; work whose process was found dead three times in a row is recovered."""
        connection = self._held()
        begun = list(connection.execute(_BEGUN, {"name": self._worker}).scalars())
        dead = [name for name in begun if self._is_free(connection, name)]
        self._free = Counter({name: self._free[name] + 1 for name in dead})
        gone = [name for name, times in self._free.items() if times >= _FREE_THREE_TIMES]
        if gone:
            _log.warning("work of %s is taken over", ", ".join(gone))
            self._recover(gone)

    def _loop(self) -> None:
        while not self._stop.wait(_LOOK):
            try:
                self.look()
            except SQLAlchemyError as error:
                self.failure = f"peers cannot see that this process lives: {type(error).__name__}"
                self._close()
            else:
                self.failure = None

    def _held(self) -> Connection:
        """Return the connection that holds the lock; one that broke is made anew."""
        if self._connection is None:
            engine = self._database.engine.execution_options(isolation_level="AUTOCOMMIT")
            connection = engine.connect()
            connection.detach()  # it is held for good, and no place in the pool with it
            for setting in _ALIVE:
                connection.execute(text(setting))
            while not connection.execute(_HOLD, {"name": self._worker}).scalar_one():
                # A peer looks whether it is free, and lets it go at once.
                if self._stop.wait(_AGAIN):
                    break
            self._connection = connection
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _is_free(self, connection: Connection, name: str) -> bool:
        if not connection.execute(_LOOK_AT, {"name": name}).scalar_one():
            return False
        connection.execute(_LET_GO, {"name": name})
        return True
