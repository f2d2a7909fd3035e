"""People's and programs' changes of an organisation, one after another.

Whoever changes what it has just read, as under a condition or by a plan, must not be overtaken in
between, and by nobody: pages and the API write in turns alike. The turn is the first lock of a
transaction, before any row, so that nobody waits for another in a ring: then comes
`keypin.watch.alerting.locking`, then rows, then the audit log's.
"""

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import func, select

from keypin.watch.store import Database, Scope

# PostgreSQL's advisory locks of turns: a class of their own, and the organisation.
_LOCK = 0x6B7074


@contextmanager
def in_turn(database: Database, organisation: int) -> Generator[Scope]:
    """Begin a transaction once nobody else changes the organisation, and have others wait for it.

    On SQLite whoever writes is alone anyway.
    """
    with database.begin(organisation) as scope:
        if scope.connection.dialect.name == "postgresql":
            scope.execute(select(func.pg_advisory_xact_lock(_LOCK, organisation)))
        yield scope
