"""Reports that were acknowledged and are not sorted yet, when an installation moves or is kept.

With SQLite they wait in a file beside the database (`keypin.watch.collecting.batches_file`), on
PostgreSQL in the table `intake`. Here they go from the file into the table, from which they are
copied like everything else, and back into the file where that is what is sorted from.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select

from keypin.watch.collecting.batches_file import FileOfBatches
from keypin.watch.collecting.batches_open import FILE
from keypin.watch.core import now
from keypin.watch.store import Database, moved
from keypin.watch.store.tables import intake

Add = Callable[[Connection], None]


def waiting(database: Database, folder: Path) -> Add:
    """Read what waits in the file; it must be read before the database is.

    Args:
        database: the installation's.
        folder: its folder.

    Returns:
        What puts into a database, of the same moment or later, those that are not sorted in it.
    """
    path = folder / FILE
    if not database.sqlite or not path.exists():
        return _nothing
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as file:
        name = file.execute("SELECT id FROM file").fetchone()
        batches = file.execute("SELECT id, count, batch FROM batches ORDER BY id").fetchall()
    if name is None or not batches:
        return _nothing

    def add(connection: Connection) -> None:
        _add(connection, f"intake {name[0]}", batches, now())

    return add


def settle(database: Database, folder: Path, clock: Callable[[], datetime]) -> None:
    """Put what waits in the table into the file, where that is what is sorted from.

    Args:
        database: the installation's, on which nobody works.
        folder: its folder.
        clock: tells the time.
    """
    if not database.sqlite:
        return
    with database.read_across() as connection:
        query = select(intake.c.id, intake.c.count, intake.c.batch).order_by(intake.c.id)
        rows = connection.execute(query).all()
    if not rows:
        return
    file = FileOfBatches(folder / FILE, database, clock)
    for number, count, batch in rows:
        file.append(batch, count)
        with database.begin_across() as connection:
            connection.execute(delete(intake).where(intake.c.id == number))
    file.close()


def _add(
    connection: Connection, mark: str, batches: list[tuple[int, int, bytes]], at: datetime
) -> None:
    """Add what comes after the mark, and set the mark, in one transaction."""
    known = moved.read(connection, mark)
    last = int(known["sorted"]) if known else 0
    rows = [{"count": count, "batch": batch} for number, count, batch in batches if number > last]
    if rows:
        connection.execute(insert(intake), rows)
        moved.note(connection, mark, {"sorted": batches[-1][0]}, at)


def _nothing(connection: Connection) -> None:
    """Add nothing: the table has all."""
    del connection
