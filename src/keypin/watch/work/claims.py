"""Who runs a schedule, and for which period: rows of a table that all machines share.

A period is a number, and whoever first writes a new one into a schedule's row runs it: higher than
the row's, or lower by more than one, as after a clock was set back by more than clocks differ. A
claim that is not renewed ends, and whoever finds it so runs the period again: its machine died in
the middle.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from keypin.watch.store import Database
from keypin.watch.store.tables import periods

LEASE = timedelta(seconds=30)


class Claims:
    """The claims of one process.

    Args:
        database: where they are kept.
        worker: the name of the process.
    """

    def __init__(self, database: Database, worker: str) -> None:
        self._database = database
        self._worker = worker

    def declare(self, names: Iterable[str]) -> None:
        """Make the rows that are missing; no period is as low as theirs."""
        rows = [{"name": name, "fired": -1} for name in names]
        if rows:
            insert = sqlite.insert if self._database.sqlite else postgresql.insert
            with self._database.begin_across() as connection:
                connection.execute(insert(periods).on_conflict_do_nothing(), rows)

    def take(self, name: str, period: int, now: datetime) -> bool:
        """Claim a schedule for a period; False where another machine did, or still runs it."""
        new = or_(periods.c.fired < period, periods.c.fired > period + 1)
        where = and_(periods.c.name == name, new, _free(now))
        return self._change(where, fired=period, worker=self._worker, until=now + LEASE)

    def renew(self, names: Iterable[str], now: datetime) -> None:
        """Hold our claims for a while longer."""
        self._change(self._ours(names), until=now + LEASE)

    def release(self, names: Iterable[str]) -> None:
        """Give up our claims: the runs have ended."""
        self._change(self._ours(names), worker=None, until=None)

    def left(self, known: Iterable[str], running: Iterable[str], now: datetime) -> list[str]:
        """Claim what was left in its middle, by another machine or by a life of ours before this.

        Args:
            known: the schedules that this process can run.
            running: those that it runs.
            now: the time.
        """
        name = periods.c.name
        claimed = periods.c.worker.is_not(None)
        ended = and_(claimed, or_(periods.c.worker == self._worker, _free(now)))
        query = select(name).where(ended, name.in_(list(known)), name.not_in(list(running)))
        with self._database.read_across() as connection:
            names = list(connection.execute(query).scalars())
        claim = {"worker": self._worker, "until": now + LEASE}
        return [one for one in names if self._change(and_(name == one, ended), **claim)]

    def _ours(self, names: Iterable[str]) -> ColumnElement[bool]:
        return and_(periods.c.worker == self._worker, periods.c.name.in_(list(names)))

    def _change(self, where: ColumnElement[bool], **values: object) -> bool:
        with self._database.begin_across() as connection:
            return connection.execute(update(periods).where(where).values(values)).rowcount > 0


def _free(now: datetime) -> ColumnElement[bool]:
    """Return the condition that nobody runs a schedule: no claim, or one out of its time.

    A claim that ends later than any claim of now can was made before the clock was set back.
    """
    until = periods.c.until
    return or_(periods.c.worker.is_(None), until < now, until > now + 2 * LEASE)
