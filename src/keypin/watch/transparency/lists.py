"""The list of logs that each process reads by, in the database: pages say why no log is read.

A process writes whether it has the list, and since when not. Pages, metrics and `/readyz` ask here,
whichever process answers them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Select, Table, delete, func, select

from keypin.watch.inventory.upsert import insert_or_change
from keypin.watch.store import Database
from keypin.watch.store.tables import ct_lists, ct_logs, endpoints, releases
from keypin.watch.transparency.listing import Listing

STEP = (
    "Let the service reach www.gstatic.com, or name a list that you have by KEYPIN_LOG_LIST; it is "
    "tried again every minute."
)
"""What to do where the public list cannot be had."""

STEP_FILE = (
    "Put a log list there, in the form that Chrome publishes, or leave KEYPIN_LOG_LIST out for the "
    "public list; the file is looked at again every minute."
)
"""The same of a file."""

# A process writes so often though nothing is new; one that writes no more has no list.
_AGAIN, _HEARD = timedelta(minutes=1), timedelta(minutes=5)

# Chrome renews its list daily: one that is older than this was not renewed here for long.
_OLD = timedelta(days=30)

_CHANGED = ("source", "problem", "failing_since", "listed_at", "updated_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What logs are read by.

    Attributes:
        logs: how many are read.
        source: the file or the address of the list; empty where no process has asked for it.
        listed_at: when whoever publishes the list made it, or None.
        problem: why it cannot be had; empty where it can.
        failing_since: since when, or None.
        watching: whether anybody watches a name.
    """

    logs: int
    source: str
    listed_at: datetime | None
    problem: str
    failing_since: datetime | None
    watching: bool

    @property
    def lost(self) -> str:
        """Since when and why the list cannot be had; empty where it can."""
        if not self.problem or self.failing_since is None:
            return ""
        since = f"{self.failing_since.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        return f"the list {self.source} cannot be had since {since}: {self.problem}"

    @property
    def step(self) -> str:
        """What to do where the list cannot be had; empty where it can."""
        if not self.lost:
            return ""
        return STEP if self.source.startswith("https://") else STEP_FILE

    @property
    def unread(self) -> str:
        """Why no log is read; empty where logs are."""
        if self.logs:
            return ""
        if self.lost:
            return f"no log is read: {self.lost}"
        if not self.watching:
            return "no log is read: no name is watched yet"
        if self.source:
            return f"no log is read yet: the list {self.source} was read"
        return "no log is read yet"

    def aged(self, at: datetime) -> str:
        """Say that the list is old; empty where it is not, or does not say how old it is."""
        if self.listed_at is None or at - self.listed_at <= _OLD:
            return ""
        return f"the list of logs is of {self.listed_at.astimezone(UTC):%Y-%m-%d}, and not renewed"


class Lists:
    """Writes how the list of one process is.

    Args:
        database: the installation's.
        worker: the name of the process.
    """

    def __init__(self, database: Database, worker: str) -> None:
        self._database = database
        self._worker = worker
        self._written: tuple[object, ...] = ()
        self._at: datetime | None = None

    def write(self, listing: Listing, at: datetime) -> None:
        """Write how the list is, where that is new or was written a minute ago."""
        now = (listing.why, listing.listed_at)
        if now == self._written and self._at is not None and at - self._at < _AGAIN:
            return
        mine = ct_lists.c.worker == self._worker
        with self._database.begin_across() as connection:
            query = select(ct_lists.c.failing_since).where(mine)
            since = connection.execute(query).scalar() if listing.why else None
            row = {
                "worker": self._worker,
                "source": listing.source,
                "problem": listing.why or None,
                "failing_since": (since or at) if listing.why else None,
                "listed_at": listing.listed_at,
                "updated_at": at,
            }
            insert_or_change(connection, ct_lists, [row], key=("worker",), change=_CHANGED)
            connection.execute(delete(ct_lists).where(ct_lists.c.updated_at < at - _HEARD))
        self._written, self._at = now, at


def reading(connection: Connection, at: datetime, organisation: int | None = None) -> Reading:
    """Return what logs are read by; of several processes, what is worst.

    Args:
        connection: a transaction.
        at: now.
        organisation: whose names are meant; anybody's unless given.
    """
    lately = at - _HEARD
    logs = select(func.count()).select_from(ct_logs).where(ct_logs.c.updated_at > lately)
    lists = select(ct_lists).where(ct_lists.c.updated_at > lately)
    rows = connection.execute(lists).mappings().all()
    row = min(rows, key=lambda one: one["failing_since"] or at, default=None)
    watched = (_ids(one, organisation) for one in (endpoints, releases))
    watching = any(connection.execute(query.limit(1)).first() for query in watched)
    return Reading(
        logs=int(connection.execute(logs).scalar_one()),
        source=row["source"] if row else "",
        listed_at=row["listed_at"] if row else None,
        problem=(row["problem"] or "") if row else "",
        failing_since=row["failing_since"] if row else None,
        watching=watching,
    )


def _ids(table: Table, organisation: int | None) -> Select[tuple[int]]:
    query = select(table.c.id)
    return query if organisation is None else query.where(table.c.organisation == organisation)
