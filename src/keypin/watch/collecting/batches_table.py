"""Batches in the table `intake`, from which several machines take."""

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from keypin.watch.collecting.batches import IntakeError, Taken
from keypin.watch.store import Database
from keypin.watch.store.tables import intake


class TableOfBatches:
    """Batches in the database itself; see `keypin.watch.collecting.batches.Batches`.

    Args:
        database: of PostgreSQL.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        # One statement is a transaction by itself: its beginning and its commit would be two more
        # journeys to the server, on which everybody in the batch waits.
        self._at_once = database.engine.execution_options(isolation_level="AUTOCOMMIT")

    def append(self, batch: bytes, count: int) -> None:
        """Keep a batch."""
        try:
            with self._at_once.connect() as connection:
                connection.execute(insert(intake).values(count=count, batch=batch))
        except SQLAlchemyError as error:
            raise IntakeError(f"the database takes no reports: {type(error).__name__}") from error

    @contextmanager
    def take(self, most: int) -> Generator[Taken]:
        """Take the oldest batches that no other machine has taken."""
        query = select(intake.c.id, intake.c.batch).order_by(intake.c.id).limit(most)
        with self._database.begin_across() as connection:
            rows = connection.execute(query.with_for_update(skip_locked=True)).all()
            yield Taken([row.batch for row in rows], lambda: connection)
            gone = delete(intake).where(intake.c.id.in_([row.id for row in rows]))
            connection.execute(gone)

    def waiting(self) -> int:
        """Return how many entries wait to be sorted."""
        with self._database.read_across() as connection:
            return int(connection.execute(select(func.sum(intake.c.count))).scalar() or 0)

    def close(self) -> None:
        """Do nothing: the database is the service's."""
