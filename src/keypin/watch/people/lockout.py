"""Wrong tries at an account: counted before they are judged, and answered by growing delays.

A try is counted as wrong first and taken back when it was right, so that a hundred at the same
moment are a hundred tries. The delay is bounded, because whoever knows a mail address can cause it.
"""

from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Connection, select

from keypin.watch.people import accounts as people
from keypin.watch.store.tables import accounts

FREE = 5
FIRST = timedelta(minutes=1)
LONGEST = timedelta(minutes=15)


def delay(failures: int) -> timedelta:
    """Return how long an account waits after so many wrong tries in a row."""
    if failures < FREE:
        return timedelta(0)
    return min(FIRST * (1 << min(failures - FREE, 10)), LONGEST)


def begin_try(connection: Connection, account: int, at: datetime) -> bool:
    """Count a try; say whether it may be judged, which it may not while the account waits.

    Args:
        connection: a transaction that may write, and is committed before the try is judged.
        account: whose.
        at: now.
    """
    query = select(accounts.c.failures, accounts.c.locked_until).where(accounts.c.id == account)
    row = connection.execute(query.with_for_update()).one()
    # One that is further off than any was made by a clock that was ahead.
    if row.locked_until is not None and at < row.locked_until <= at + LONGEST:
        return False
    failures = row.failures + 1
    wait = delay(failures)
    until = at + wait if wait else None
    people.change(connection, account, failures=failures, locked_until=until)
    return True


def take_back(connection: Connection, account: int) -> None:
    """Note that the last try was right, though the sign-in is not over: earlier ones stay."""
    query = select(accounts.c.failures).where(accounts.c.id == account).with_for_update()
    failures = cast("int", connection.execute(query).scalar_one())
    people.change(connection, account, failures=max(failures - 1, 0), locked_until=None)


def forget(connection: Connection, account: int) -> None:
    """Forget wrong tries: somebody has signed in wholly."""
    people.change(connection, account, failures=0, locked_until=None)
