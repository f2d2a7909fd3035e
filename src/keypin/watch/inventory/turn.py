"""People's and programs' changes of an organisation, one after another.

Whoever changes what it has just read, as under a condition or by a plan, must not be overtaken in
between. It is the first lock of a transaction, before any row, so that nobody waits for another in
a ring: then comes `keypin.watch.alerting.locking`, then rows, then the audit log's.
"""

from sqlalchemy import func, select

from keypin.watch.store import Scope

# PostgreSQL's advisory locks of turns: a class of their own, and the organisation.
_LOCK = 0x6B7074


def take_turn(scope: Scope) -> None:
    """Wait for the others who change the organisation, and have them wait until this one ends.

    On SQLite whoever writes is alone anyway.
    """
    if scope.connection.dialect.name == "postgresql":
        scope.execute(select(func.pg_advisory_xact_lock(_LOCK, scope.organisation)))
