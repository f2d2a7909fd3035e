"""How far each log is read, for pages and alerts: rows of `ct_logs`, written every few seconds."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete

from keypin.ct.log_list import Api, ListedLog
from keypin.monitor.follower import Follower
from keypin.monitor.log import Progress
from keypin.watch.alerting.documents import short
from keypin.watch.inventory.upsert import insert_or_change
from keypin.watch.store import Database
from keypin.watch.store.tables import ct_logs

# The rate is of so long a time.
_MINUTE = timedelta(minutes=1)

# A log that no process tells of for so long is followed by nobody any more.
_GONE = timedelta(days=1)

_CHANGED = (
    "name",
    "operator",
    "url",
    "state",
    "position",
    "size",
    "head_at",
    "lag",
    "rate",
    "problem",
    "worker",
    "updated_at",
)


@dataclass(slots=True)
class Meter:
    """What is remembered of a log between two looks.

    Attributes:
        level_at: when the newest head was signed that was read to its end.
        read: how many entries had been read, at moments of the last minute.
    """

    level_at: datetime | None = None
    read: deque[tuple[datetime, int]] = field(default_factory=deque[tuple[datetime, int]])

    def look(self, progress: Progress, at: datetime) -> None:
        """Take note of where a log is."""
        if progress.level:
            self.level_at = progress.head_at
        self.read.append((at, progress.read))
        while self.read[0][0] < at - _MINUTE:
            self.read.popleft()

    @property
    def rate(self) -> float:
        """Entries a second."""
        (first, before), (last, after) = self.read[0], self.read[-1]
        span = (last - first).total_seconds()
        return (after - before) / span if span > 0 else 0.0


class Shown:
    """Writes where logs are.

    Args:
        database: the installation's.
        worker: the name of the process that follows them.
    """

    def __init__(self, database: Database, worker: str) -> None:
        self._database = database
        self._worker = worker
        self._meters: dict[bytes, Meter] = {}

    def write(
        self, followers: Iterable[Follower], listed: Mapping[bytes, ListedLog], at: datetime
    ) -> None:
        """Write where logs are, and forget those that nobody follows any more."""
        rows = [self._row(one, listed[one.log.id], at) for one in followers]
        with self._database.begin_across() as connection:
            insert_or_change(connection, ct_logs, rows, key=("log",), change=_CHANGED)
            connection.execute(delete(ct_logs).where(ct_logs.c.updated_at < at - _GONE))

    def _row(self, follower: Follower, log: ListedLog, at: datetime) -> dict[str, object]:
        progress = follower.progress
        meter = self._meters.setdefault(log.log_id, Meter())
        meter.look(progress, at)
        lag = None if meter.level_at is None else max(at - meter.level_at, timedelta())
        return {
            "log": log.log_id.hex(),
            "name": short(log.description, 200),
            "operator": short(log.operator, 200),
            "url": short(log.monitoring_url if log.api is Api.STATIC else log.submission_url),
            "state": state_of(progress),
            "position": progress.position,
            "size": progress.size,
            "head_at": progress.head_at,
            "lag": None if lag is None else int(lag.total_seconds()),
            "rate": meter.rate,
            "problem": progress.trouble or None,
            "worker": self._worker,
            "updated_at": at,
        }


def state_of(progress: Progress) -> str:
    """Return what a log is called that is so far: one that raised an alarm answers, and lies."""
    if progress.trouble:
        return "misbehaving" if progress.alarms else "silent"
    # While it is looked at again it is not level, and nothing is known to be missing either.
    whole = 0 < progress.size <= progress.position and not progress.backlog
    return "followed" if progress.level or whole else "behind"
