"""Browsers that are signed in: a random token in a cookie, of which the digest is kept.

A session ends when it is idle, when it is old, when its account is disabled, or when somebody ends
it. The token changes at each step up (a session from before the sign-in is never the one after it),
so that a token planted in a browser is worth nothing (OWASP ASVS 7.2.4).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

from sqlalchemy import Connection, RowMapping, Select, delete, insert, select, update

from keypin.watch.people import bearer, organisations
from keypin.watch.people.roles import Role
from keypin.watch.store.tables import accounts, memberships, sessions
from keypin.watch.store.tables import organisations as named

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)

# Between password and second factor there is no reason to wait longer.
HALFWAY = timedelta(minutes=10)

# How exact `seen_at` is: a page with ten requests writes once.
_GRAIN = timedelta(minutes=1)


class Stage(StrEnum):
    """How far the sign-in is."""

    PASSWORD = "password"  # noqa: S105 - the name of a stage
    """The password was right; the second factor is still to come. Opens nothing else."""
    WHOLE = "whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session that holds, with its account and the organisation that it looks at.

    `organisation` and `role` are None where the account belongs to none, or not to the one asked;
    `stale` says that it is time to `touch`, and `moved` that it looks at another organisation than
    last time.
    """

    digest: bytes
    stage: Stage
    account: int
    mail: str
    name: str
    organisation: int | None
    organisation_name: str
    organisation_title: str
    role: Role | None
    stale: bool
    moved: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A session as its owner sees it."""

    digest: bytes
    agent: str
    network: str
    since: datetime
    seen: datetime


def create(
    connection: Connection,
    account: int,
    at: datetime,
    *,
    stage: Stage = Stage.WHOLE,
    organisation: int | None = None,
    agent: str = "",
    network: str = "",
) -> str:
    """Begin a session, and return its token; the former one of this browser is ended apart.

    Args:
        connection: a transaction across organisations.
        account: whose.
        at: when.
        stage: how far the sign-in is.
        organisation: which it looks at; the account's first unless given.
        agent: what the browser says it is.
        network: from where, as much of it as the settings keep.
    """
    token = bearer.new()
    values = {
        "digest": bearer.digest(token),
        "account": account,
        "organisation": organisation or _first_organisation(connection, account),
        "stage": stage,
        "created_at": at,
        "seen_at": at,
        "expires_at": at + (LONGEST if stage is Stage.WHOLE else HALFWAY),
        "agent": agent.replace("\0", "")[:300],
        "network": network,
    }
    connection.execute(insert(sessions).values(**values))
    return token


def find(
    connection: Connection, token: str, at: datetime, organisation: str | None = None
) -> SignedIn | None:
    """Return the session of a token, or None: there is none, or it has ended.

    Args:
        connection: a transaction across organisations.
        token: from the cookie.
        at: now.
        organisation: the name of the one that is asked for; the session's own unless given.
    """
    if organisation is not None and not organisations.is_name(organisation):
        organisation = ""  # which none is called
    row = connection.execute(_query(token, organisation)).mappings().first()
    if row is None or not _holds(row, at):
        return None
    return SignedIn(
        digest=row["digest"],
        stage=Stage(row["stage"]),
        account=row["account"],
        mail=row["mail"],
        name=row["name"],
        organisation=row["organisation"],
        organisation_name=row["organisation_name"] or "",
        organisation_title=row["organisation_title"] or "",
        role=Role(row["role"]) if row["role"] else None,
        stale=at - row["seen_at"] >= _GRAIN,
        moved=row["organisation"] not in {None, row["last"]},
    )


def touch(
    connection: Connection, digest: bytes, at: datetime, *, organisation: int | None = None
) -> None:
    """Note that a session is used, so that it does not end as idle.

    Args:
        connection: a transaction across organisations.
        digest: of the session.
        at: now.
        organisation: which it looks at; it stays unless given.
    """
    values = {"seen_at": at} | ({"organisation": organisation} if organisation else {})
    connection.execute(update(sessions).where(sessions.c.digest == digest).values(**values))


def rotate(connection: Connection, token: str, at: datetime, stage: Stage = Stage.WHOLE) -> str:
    """Give a session a new token and a stage, and return the token; the old one opens nothing.

    Raises:
        LookupError: there is no such session.
    """
    query = select(sessions).where(sessions.c.digest == bearer.digest(token))
    row = connection.execute(query).mappings().first()
    if row is None:
        raise LookupError("there is no such session")
    end(connection, row["account"], row["digest"])
    return create(
        connection,
        row["account"],
        at,
        stage=stage,
        organisation=row["organisation"],
        agent=row["agent"],
        network=row["network"],
    )


def end(connection: Connection, account: int, digest: bytes) -> bool:
    """End a session of an account; say whether there was one."""
    query = delete(sessions).where(sessions.c.account == account, sessions.c.digest == digest)
    return connection.execute(query).rowcount > 0


def discard(connection: Connection, token: str) -> None:
    """End the session of a token, if there is one: the browser begins another."""
    connection.execute(delete(sessions).where(sessions.c.digest == bearer.digest(token)))


def end_all(connection: Connection, account: int, *, but: bytes = b"") -> int:
    """End the sessions of an account, all but one; return how many ended."""
    query = delete(sessions).where(sessions.c.account == account, sessions.c.digest != but)
    return connection.execute(query).rowcount


def of(connection: Connection, account: int, at: datetime) -> Sequence[Listed]:
    """Return the sessions of an account that hold, the one used last first."""
    query = select(sessions).where(sessions.c.account == account, sessions.c.stage == Stage.WHOLE)
    rows = connection.execute(query.order_by(sessions.c.seen_at.desc())).mappings()
    return [
        Listed(row["digest"], row["agent"], row["network"], row["created_at"], row["seen_at"])
        for row in rows
        if _lives(row, at)
    ]


def _query(token: str, organisation: str | None) -> Select[*tuple[object, ...]]:
    name = named.c.name == organisation
    chosen = named.c.id == sessions.c.organisation if organisation is None else name
    together = (
        sessions.join(accounts, accounts.c.id == sessions.c.account)
        .outerjoin(named, chosen)
        .outerjoin(
            memberships,
            (memberships.c.account == sessions.c.account)
            & (memberships.c.organisation == named.c.id),
        )
    )
    return (
        select(
            sessions.c.digest,
            sessions.c.stage,
            sessions.c.account,
            sessions.c.organisation.label("last"),
            sessions.c.seen_at,
            sessions.c.expires_at,
            accounts.c.mail,
            accounts.c.name,
            accounts.c.disabled_at,
            memberships.c.role,
            memberships.c.organisation,
            named.c.name.label("organisation_name"),
            named.c.title.label("organisation_title"),
        )
        .select_from(together)
        .where(sessions.c.digest == bearer.digest(token))
    )


def _holds(row: RowMapping, at: datetime) -> bool:
    return row["disabled_at"] is None and _lives(row, at)


def _lives(row: RowMapping, at: datetime) -> bool:
    return bool(row["expires_at"] > at and row["seen_at"] > at - IDLE)


def _first_organisation(connection: Connection, account: int) -> int | None:
    query = select(memberships.c.organisation).where(memberships.c.account == account)
    return cast("int | None", connection.execute(query.order_by(memberships.c.id)).scalar())
