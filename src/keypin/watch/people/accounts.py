"""Accounts: one for each person, whatever the organisations they belong to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update
from sqlalchemy.exc import IntegrityError

from keypin.errors import InputError
from keypin.watch.people import audit, passwords, sessions
from keypin.watch.people.audit import SERVICE, Actor
from keypin.watch.store.tables import accounts

_LONGEST_MAIL = 254  # RFC 5321 section 4.5.3.1.3, without its brackets
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person's account, without what would let somebody in.

    Attributes:
        number: of the account.
        mail: as it is signed in with, in small letters.
        name: as others see it.
        has_password: whether it signs in by mail and password.
        has_second: whether it has a second factor.
        issuer: the OpenID provider that vouches for it, or empty.
        recovery: how many recovery codes are left.
        disabled_at: since when it opens nothing, or None.
    """

    number: int
    mail: str
    name: str
    has_password: bool
    has_second: bool
    issuer: str
    recovery: int
    disabled_at: datetime | None


def checked_mail(text: str) -> str:
    """Return a mail address in the form that is kept: small letters, no blanks around it.

    Raises:
        InputError: it is none.
    """
    mail = text.strip().lower()
    local, at, domain = mail.rpartition("@")
    plain = mail.isprintable() and not any(sign in mail for sign in ' <>,;:"()[]\\')
    if not (local and at and "." in domain.strip(".") and plain) or len(mail) > _LONGEST_MAIL:
        raise InputError(f"{text[:100]!r} is no mail address", expected="one as ada@example.com")
    return mail


def checked_name(text: str) -> str:
    """Return the name of a person, without blanks around it.

    Raises:
        InputError: it is empty, too long or not printable.
    """
    name = " ".join(text.split())
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise InputError(
            f"{text[:100]!r} is no name of a person",
            expected=f"1 to {_LONGEST_NAME} characters",
        )
    return name


def create(
    connection: Connection, mail: str, name: str, at: datetime, *, password: str | None = None
) -> int:
    """Make an account, and return its number.

    Args:
        connection: a transaction across organisations.
        mail: with which it signs in.
        name: as others see it.
        at: now.
        password: its password; None where somebody else vouches for it.

    Raises:
        InputError: the mail, the name or the password may not be, or the mail has an account.
    """
    values = _checked(mail, name, password)
    taken = InputError(
        f"{values['mail']} has an account already",
        next_step="sign in with it, then open the link again",
    )
    if find(connection, values["mail"]) is not None:
        raise taken
    try:
        with connection.begin_nested():
            row = connection.execute(insert(accounts).values(**values, created_at=at))
    except IntegrityError as error:  # at the same moment, as by a form that is sent twice
        raise taken from error
    audit.record_across(connection, SERVICE, "account.create", values["mail"], {}, at=at)
    return int((row.inserted_primary_key or (0,))[0])


def find(connection: Connection, mail: str) -> Account | None:
    """Return the account of a mail address, or None."""
    if not mail.isprintable():
        return None  # PostgreSQL takes no NUL, not even to look for
    return _one(connection, accounts.c.mail == mail.strip().lower())


def get(connection: Connection, number: int) -> Account:
    """Return an account.

    Raises:
        LookupError: there is none of this number.
    """
    found = _one(connection, accounts.c.id == number)
    if found is None:
        raise LookupError(f"there is no account {number}")
    return found


def exist(connection: Connection) -> bool:
    """Say whether anybody has an account."""
    return connection.execute(select(accounts.c.id).limit(1)).first() is not None


def rename(connection: Connection, number: int, name: str, by: Actor, at: datetime) -> None:
    """Change a person's name.

    Raises:
        InputError: it is none.
    """
    title = checked_name(name)
    change(connection, number, name=title)
    detail = {"name": title}
    audit.record_of_person(connection, number, by, "account.rename", detail, at=at)


def set_password(
    connection: Connection, number: int, password: str, by: Actor, *, at: datetime, keep: bytes
) -> None:
    """Change a password; whoever is signed in elsewhere is no more.

    Args:
        connection: a transaction across organisations.
        number: of the account.
        password: the new one.
        by: who changes it.
        at: now.
        keep: the digest of the session that goes on; empty for none.

    Raises:
        InputError: it may not be chosen.
    """
    account = get(connection, number)
    passwords.check(password, mail=account.mail, name=account.name)
    change(connection, number, password=passwords.make(password))
    sessions.end_all(connection, number, but=keep)
    audit.record_of_person(connection, number, by, "account.password", {}, at=at)


def sign_out(
    connection: Connection, number: int, by: Actor, *, at: datetime, session: bytes
) -> None:
    """End a session of an account; nothing where there is none.

    Args:
        connection: a transaction across organisations.
        number: of the account.
        by: who ends it.
        at: now.
        session: its digest.
    """
    if sessions.end(connection, number, session):
        audit.record_of_person(connection, number, by, "account.sign-out", {"sessions": 1}, at=at)


def sign_out_others(
    connection: Connection, number: int, by: Actor, *, at: datetime, keep: bytes
) -> None:
    """End the sessions of an account, all but one; nothing where there are none.

    Args:
        connection: a transaction across organisations.
        number: of the account.
        by: who ends them.
        at: now.
        keep: the digest of the session that goes on.
    """
    if ended := sessions.end_all(connection, number, but=keep):
        detail = {"sessions": ended}
        audit.record_of_person(connection, number, by, "account.sign-out", detail, at=at)


def disable(connection: Connection, number: int, by: Actor, at: datetime) -> None:
    """Let an account open nothing any more; what it did stays in the log."""
    change(connection, number, disabled_at=at)
    sessions.end_all(connection, number)
    audit.record_of_person(connection, number, by, "account.disable", {}, at=at)


def change(connection: Connection, number: int, **values: Any) -> None:  # noqa: ANN401 - a column's type
    """Change columns of an account; callers write to the audit log what they did."""
    connection.execute(update(accounts).where(accounts.c.id == number).values(**values))


def _checked(mail: str, name: str, password: str | None) -> dict[str, Any]:
    address, title = checked_mail(mail), checked_name(name)
    if password is None:
        return {"mail": address, "name": title, "password": None}
    passwords.check(password, mail=address, name=title)
    return {"mail": address, "name": title, "password": passwords.make(password)}


def _one(connection: Connection, condition: Any) -> Account | None:  # noqa: ANN401 - SQLAlchemy's
    row = connection.execute(select(accounts).where(condition)).mappings().first()
    return None if row is None else _account(row)


def _account(row: RowMapping) -> Account:
    return Account(
        number=row["id"],
        mail=row["mail"],
        name=row["name"],
        has_password=row["password"] is not None,
        has_second=row["totp"] is not None,
        issuer=row["issuer"] or "",
        recovery=len(row["recovery"] or ()),
        disabled_at=row["disabled_at"],
    )
