"""Counts by the minute become counts by the hour after two days: charts of weeks need no minute."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Connection, delete, func, insert, select, type_coerce

from keypin.watch.core import Core
from keypin.watch.store.tables import report_counts

MINUTES_KEPT = timedelta(days=2)

_HOUR = 3_600_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Hours of one run: on SQLite a writer keeps all others waiting, for each hour alone.
_MOST = 1000

_micros = type_coerce(report_counts.c.minute, BigInteger)


def fold_hours(core: Core) -> int:
    """Fold the minutes of hours that are long past, and return how many hours that were."""
    before = core.clock() - MINUTES_KEPT
    end = before.replace(minute=0, second=0, microsecond=0)
    for done in range(_MOST):
        with core.database.begin_across() as connection:
            hour = _oldest(connection, end)
            if hour is None:
                return done
            _fold(connection, hour)
    return _MOST


def _oldest(connection: Connection, end: datetime) -> datetime | None:
    """Return the oldest hour that is still kept by the minute."""
    query = select(func.min(report_counts.c.minute)).where(
        report_counts.c.minute < end, _micros % _HOUR != 0
    )
    first = connection.execute(query).scalar()
    return first.replace(minute=0) if first else None


def _fold(connection: Connection, hour: datetime) -> None:
    within = (report_counts.c.minute >= hour) & (report_counts.c.minute < hour + timedelta(hours=1))
    kept = "organisation", "application", "report_group"
    columns = [report_counts.c[name] for name in kept]
    query = select(*columns, func.sum(report_counts.c.count)).where(within).group_by(*columns)
    rows = [
        {**dict(zip(kept, row, strict=False)), "minute": hour, "count": int(row[-1])}
        for row in connection.execute(query).all()
    ]
    connection.execute(delete(report_counts).where(within))
    connection.execute(insert(report_counts), rows)
