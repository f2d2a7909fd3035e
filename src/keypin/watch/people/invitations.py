"""Links by which somebody joins an organisation: each works once, until it ends.

Bound to a mail, it is for the account of that mail alone; without one, for whoever has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, select

from keypin.errors import InputError
from keypin.watch.people import accounts, audit, bearer, memberships
from keypin.watch.people.audit import Actor
from keypin.watch.people.roles import Role
from keypin.watch.store import Database, Scope
from keypin.watch.store.tables import invitations, organisations

LIFE = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """An invitation that holds, without its link."""

    number: int
    organisation: int
    title: str
    mail: str | None
    role: Role
    invited_by: str
    expires_at: datetime


def create(
    scope: Scope,
    role: Role,
    by: Actor,
    at: datetime,
    *,
    mail: str | None = None,
    life: timedelta = LIFE,
) -> str:
    """Invite somebody; return what the link ends with, which is shown once.

    Raises:
        InputError: the mail is none.
    """
    address = accounts.checked_mail(mail) if mail else None
    link = bearer.new()
    scope.add(
        invitations,
        mail=address,
        role=role,
        digest=bearer.digest(link),
        invited_by=by.name,
        created_at=at,
        expires_at=at + life,
    )
    subject = address or "whoever has the link"
    audit.record(scope, by, "invitation.create", subject, {"role": role}, at=at)
    return link


def find(connection: Connection, link: str, at: datetime) -> Invitation | None:
    """Return the invitation of a link, or None: there is none, it was used, or it has ended."""
    return _one(connection, invitations.c.digest == bearer.digest(link), at)


def find_for(connection: Connection, mail: str, at: datetime) -> Invitation | None:
    """Return an invitation that is bound to a mail, which somebody has verified, or None."""
    if not mail.isprintable():
        return None
    return _one(connection, invitations.c.mail == mail.strip().lower(), at)


def organisation_of(connection: Connection, link: str) -> int | None:
    """Return the organisation of a link, used or not, or None: there is no such link."""
    query = select(invitations.c.organisation).where(invitations.c.digest == bearer.digest(link))
    return connection.execute(query).scalar()


def accept(database: Database, invitation: Invitation, account: int, at: datetime) -> None:
    """Make an account a member by an invitation, which is used up.

    Args:
        database: the storage.
        invitation: found a moment ago.
        account: whose mail is that of the invitation, if it is bound to one.
        at: now.

    Raises:
        InputError: it was used in the meantime, is another's, or the account is disabled or is a
            member already.
    """
    with database.begin(invitation.organisation) as scope:
        accept_within(scope, invitation, account, at)


def accept_within(scope: Scope, invitation: Invitation, account: int, at: datetime) -> None:
    """Do the same in a transaction of the organisation that is open already."""
    person = accounts.get(scope.connection, account)
    if person.disabled_at is not None:
        raise InputError(
            f"the account {person.mail} is disabled", next_step="ask an owner of your organisation"
        )
    if invitation.mail not in {None, person.mail}:
        raise InputError(
            f"the invitation is for {invitation.mail}, and you are {person.mail}",
            next_step="sign in with that account, or ask for another invitation",
        )
    _end_first(scope, invitation.number)
    free = (invitations.c.id == invitation.number) & invitations.c.accepted_at.is_(None)
    holds = free & (invitations.c.expires_at > at)
    taken = scope.execute(scope.update(invitations).where(holds).values(accepted_at=at))
    if taken.rowcount != 1:
        raise InputError("the invitation was used already", next_step="ask for another one")
    memberships.add(scope, account, invitation.role, Actor(person.mail), at)


def withdraw(scope: Scope, number: int, by: Actor, at: datetime) -> bool:
    """Take an invitation back; say whether there was one."""
    mine = (invitations.c.id == number) & invitations.c.accepted_at.is_(None)
    mail = scope.rows(scope.select(invitations.c.mail).where(mine))
    if not mail:
        return False
    scope.execute(scope.delete(invitations).where(mine))
    subject = mail[0]["mail"] or "whoever has the link"
    audit.record(scope, by, "invitation.withdraw", subject, {}, at=at)
    return True


def of(scope: Scope, at: datetime) -> Sequence[Invitation]:
    """Return the invitations of an organisation that hold."""
    query = _query(at).where(scope.mine(invitations)).order_by(invitations.c.id)
    return [_invitation(row) for row in scope.rows(query)]


def _end_first(scope: Scope, number: int) -> None:
    """End the links of first starts, all but the one that is used now, for it makes an owner."""
    first = (invitations.c.invited_by == audit.SERVICE.name) & invitations.c.accepted_at.is_(None)
    # Locked in one order, so that of two that are used at once one waits, and then has ended.
    locked = scope.select(invitations.c.id).where(first).order_by(invitations.c.id)
    scope.rows(locked.with_for_update())
    others = scope.update(invitations).where(first, invitations.c.id != number)
    scope.execute(others.values(expires_at=invitations.c.created_at))


def _query(at: datetime) -> Select[*tuple[Any, ...]]:
    return (
        select(invitations, organisations.c.title)
        .join(organisations, organisations.c.id == invitations.c.organisation)
        .where(invitations.c.accepted_at.is_(None), invitations.c.expires_at > at)
    )


def _one(connection: Connection, condition: ColumnElement[bool], at: datetime) -> Invitation | None:
    query = _query(at).where(condition).order_by(invitations.c.id.desc()).limit(1)
    row = connection.execute(query).mappings().first()
    return None if row is None else _invitation(row)


def _invitation(row: RowMapping) -> Invitation:
    return Invitation(
        number=row["id"],
        organisation=row["organisation"],
        title=row["title"],
        mail=row["mail"],
        role=Role(row["role"]),
        invited_by=row["invited_by"] or "",
        expires_at=row["expires_at"],
    )
