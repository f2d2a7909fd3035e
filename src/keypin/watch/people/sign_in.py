"""Signing in by mail and password, and then by the second factor where there is one.

Whatever is wrong, the answer is the same sentence after the same time: it does not tell whether a
mail has an account, whether it waits, or which of the two was wrong.
"""

import logging
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection, select

from keypin.errors import KeypinError
from keypin.watch.people import accounts as people
from keypin.watch.people import audit, lockout, passwords, second
from keypin.watch.people.accounts import Account
from keypin.watch.people.audit import Actor
from keypin.watch.people.passwords import BusyError
from keypin.watch.store import Database, Sealer, SealError
from keypin.watch.store.tables import accounts

_log = logging.getLogger(__name__)


class SignInError(KeypinError):
    """Somebody is not let in."""


_WRONG = (
    "The mail or the password is wrong. After five wrong tries in a row an account waits, for a "
    "minute at first and for a quarter of an hour at most."
)
_WRONG_CODE = (
    "The code is wrong, was used already, or the account waits after too many wrong tries. Take "
    "the next one, and look that the clock of your device is right."
)

_NO_KEY = (
    "Codes of your device cannot be judged here, for the key of their secret is gone. Use a "
    "recovery code, or ask whoever runs this service to put the old key back."
)


def by_password(
    database: Database, mail: str, password: str, at: datetime, *, network: str = ""
) -> Account:
    """Return the account that a mail and a password are of.

    It is signed in wholly unless it `has_second`: then `by_second` decides.

    Args:
        database: the storage; several transactions, none of which is open while hashes are made.
        mail: as typed.
        password: as typed.
        at: now.
        network: where from, for the audit log.

    Raises:
        SignInError: nobody is let in.
        BusyError: too many sign in at this moment.
    """
    with database.begin_across() as connection:
        found = people.find(connection, mail)
        row = None if found is None else _row(connection, found.number)
        judged = found is not None and lockout.begin_try(connection, found.number, at)
    try:
        right = passwords.matches(row, password)
    except BusyError:
        _untried(database, found if judged else None)
        raise
    if found is None or not right or not judged or found.disabled_at is not None:
        raise SignInError(_WRONG)
    newer = _newer(row or "", password)
    with database.begin_across() as connection:
        if newer is not None:
            people.change(connection, found.number, password=newer)
        if found.has_second:
            lockout.take_back(connection, found.number)
        else:
            complete(connection, found, at, network=network, by="password")
    return found


def by_second(
    database: Database, sealer: Sealer, account: Account, code: str, at: datetime, *, network: str
) -> None:
    """Judge the second factor of an account whose password was right.

    Raises:
        SignInError: the code is wrong or was used, the account waits, or the key of the second
            factor's secret is gone.
    """
    with database.begin_across() as connection:
        judged = lockout.begin_try(connection, account.number, at)
    if not judged:
        raise SignInError(_WRONG_CODE)
    try:
        with database.begin_across() as connection:
            way = second.use(connection, sealer, account.number, code, at)
            if way is None:
                raise SignInError(_WRONG_CODE)
            complete(connection, account, at, network=network, by=f"password and {way}")
    except SealError as error:
        _untried(database, account)
        _log.warning("the second factor of %s cannot be judged: %s", account.mail, error)
        raise SignInError(_NO_KEY) from error


def confirm(database: Database, account: Account, password: str, at: datetime) -> None:
    """Ask somebody who is signed in for the password again, before what matters most.

    Raises:
        SignInError: it is wrong, or the account waits.
        BusyError: too many sign in at this moment.
    """
    with database.begin_across() as connection:
        kept = _row(connection, account.number)
        judged = lockout.begin_try(connection, account.number, at)
    try:
        right = passwords.matches(kept, password)
    except BusyError:
        _untried(database, account if judged else None)
        raise
    if not right or not judged:
        raise SignInError(
            "The password is wrong, or the account waits after too many wrong tries. Try again in "
            "a quarter of an hour at most."
        )
    with database.begin_across() as connection:
        lockout.take_back(connection, account.number)


def complete(
    connection: Connection, account: Account, at: datetime, *, network: str, by: str
) -> None:
    """Note that somebody has signed in wholly."""
    lockout.forget(connection, account.number)
    actor = Actor(account.mail, network)
    audit.record_of_person(connection, account.number, actor, "account.sign-in", {"by": by}, at=at)


def _untried(database: Database, account: Account | None) -> None:
    """Take back a try that was counted and could not be judged."""
    if account is not None:
        with database.begin_across() as connection:
            lockout.take_back(connection, account.number)


def _row(connection: Connection, number: int) -> str | None:
    return connection.execute(select(accounts.c.password).where(accounts.c.id == number)).scalar()


def _newer(kept: str, password: str) -> str | None:
    """Return what is kept of the password under today's parameters, or None: it is so already.

    In a busy moment it is left for the next sign-in.
    """
    with suppress(BusyError):
        return passwords.make(password) if passwords.is_outdated(kept) else None
    return None
