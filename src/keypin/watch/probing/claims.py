"""Which endpoints are due, shared out among all probers of one vantage point.

A claim puts the due time off by a lease: who dies with endpoints claimed leaves them to others when
it has run out. On PostgreSQL claims pass each other by (`FOR UPDATE SKIP LOCKED`); on SQLite there
is one writer at a time anyhow.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    RowMapping,
    Select,
    bindparam,
    cast,
    exists,
    func,
    literal,
    select,
    type_coerce,
)

from keypin.certs import Endpoint, Protocol
from keypin.watch.inventory.upsert import insert_from
from keypin.watch.probing.timing import next_due
from keypin.watch.store import Database
from keypin.watch.store.tables import endpoints, schedules

# Longer than the slowest endpoint takes that answers at all: two kinds of key, 9 s each.
LEASE = timedelta(seconds=60)

# Moments are kept as microseconds since 1970.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND, _SECOND = timedelta(microseconds=1), timedelta(seconds=1)

# Rows that another transaction inserted before ours, and commits after it, have lower numbers.
_MARGIN = 10_000

Rows = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """An endpoint that is ours to probe.

    Attributes:
        schedule: the number of its row in `schedules`.
        id: its number.
        organisation: whose it is.
        endpoint: host, port and protocol.
        interval: how often it is probed.
    """

    schedule: int
    id: int
    organisation: int
    endpoint: Endpoint
    interval: timedelta


class Claims:
    """The schedule of one vantage point.

    Args:
        database: where it stands.
        vantage: the vantage point's name.
    """

    def __init__(self, database: Database, vantage: str) -> None:
        self._database = database
        self._vantage = vantage
        self._known = 0

    def claim(self, at: datetime, most: int) -> tuple[Claimed, ...]:
        """Return endpoints that are due, those first that are overdue, and lease them.

        Args:
            at: now.
            most: so many at most.
        """
        with self._database.begin_across() as connection:
            self._note_new(connection, at)
            rows = connection.execute(self._due(at).limit(most)).mappings().all()
            wanted = [row for row in rows if self._wants(row)]
            dues = {row["schedule"]: at + LEASE for row in wanted}
            for row in rows:
                interval = timedelta(seconds=row["interval"])
                dues.setdefault(row["schedule"], next_due(row["id"], interval, at))
            put_off(connection, dues)
        return tuple(map(_claimed, wanted))

    def give_back(self, claimed: Sequence[Claimed], at: datetime) -> None:
        """Have endpoints that were not probed claimed again at once, by whoever comes first."""
        with self._database.begin_across() as connection:
            put_off(connection, {one.schedule: at for one in claimed})

    def heal(self, at: datetime) -> float:
        """Put right what a clock that jumped has put off for long, and return probes a second.

        An endpoint whose next probe is further off than two intervals was scheduled by another
        clock than ours. All schedules are looked through, so nothing is locked for that.
        """
        with self._database.read_across() as connection:
            rows = connection.execute(self._strayed(at)).mappings().all()
            rate = select(func.sum(1.0 / endpoints.c.interval)).where(endpoints.c.enabled)
            probes = float(connection.execute(rate).scalar() or 0)
            missing = connection.execute(self._fresh(at, 0).limit(1)).first()
        dues = {
            row["schedule"]: next_due(row["id"], timedelta(seconds=row["interval"]), at)
            for row in rows
        }
        if dues or missing:
            with self._database.begin_across() as connection:
                put_off(connection, dues)
                insert_from(connection, schedules, _COLUMNS, self._fresh(at, 0))
        return probes

    def _wants(self, row: RowMapping) -> bool:
        points = row["vantage_points"]
        return bool(row["enabled"]) and (not points or self._vantage in points)

    def _due(self, at: datetime) -> Rows:
        return (
            self._rows()
            .where(schedules.c.due_at <= at)
            .order_by(schedules.c.due_at)
            .with_for_update(skip_locked=True, of=schedules)
        )

    def _strayed(self, at: datetime) -> Rows:
        left = type_coerce(schedules.c.due_at, BigInteger) - (at - _EPOCH) // _MICROSECOND
        most = cast(endpoints.c.interval, BigInteger) * (2 * (_SECOND // _MICROSECOND))
        return self._rows().where(schedules.c.due_at > at, left > most)

    def _rows(self) -> Rows:
        return (
            select(
                schedules.c.id.label("schedule"),
                endpoints.c.id,
                endpoints.c.organisation,
                endpoints.c.host,
                endpoints.c.port,
                endpoints.c.protocol,
                endpoints.c.interval,
                endpoints.c.vantage_points,
                endpoints.c.enabled,
            )
            .join_from(schedules, endpoints, endpoints.c.id == schedules.c.endpoint)
            .where(schedules.c.vantage == self._vantage)
        )

    def _note_new(self, connection: Connection, at: datetime) -> None:
        """Give endpoints that came since a schedule here; they are due at once."""
        newest = connection.execute(select(func.max(endpoints.c.id))).scalar() or 0
        if newest > self._known:
            fresh = self._fresh(at, self._known - _MARGIN)
            insert_from(connection, schedules, _COLUMNS, fresh)
            self._known = newest

    def _fresh(self, at: datetime, after: int) -> Rows:
        there = exists().where(
            schedules.c.endpoint == endpoints.c.id, schedules.c.vantage == self._vantage
        )
        return select(
            endpoints.c.organisation,
            endpoints.c.id,
            literal(self._vantage),
            literal(at, schedules.c.due_at.type),
        ).where(endpoints.c.id > after, ~there)


_COLUMNS = ("organisation", "endpoint", "vantage", "due_at")


def put_off(connection: Connection, dues: Mapping[int, datetime]) -> None:
    """Write when schedules are due next, by their numbers."""
    if dues:
        change = schedules.update().where(schedules.c.id == bindparam("schedule"))
        rows = [{"schedule": number, "due": dues[number]} for number in sorted(dues)]
        connection.execute(change.values(due_at=bindparam("due")), rows)


def _claimed(row: RowMapping) -> Claimed:
    return Claimed(
        schedule=row["schedule"],
        id=row["id"],
        organisation=row["organisation"],
        endpoint=Endpoint(row["host"], row["port"], Protocol(row["protocol"])),
        interval=timedelta(seconds=row["interval"]),
    )
