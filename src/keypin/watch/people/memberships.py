"""Who belongs to an organisation, and as what.

Somebody whose role changes signs in anew: a session never holds more, or less, than its cookie was
made for. The last owner stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from keypin.errors import InputError
from keypin.watch.people import audit, sessions
from keypin.watch.people.audit import Actor
from keypin.watch.people.roles import Role
from keypin.watch.store import Scope
from keypin.watch.store.tables import accounts, memberships
from keypin.watch.store.tables import sessions as session_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody who belongs to the organisation.

    `seen` is when a session of theirs was last used, whichever organisation it looked at.
    """

    account: int
    mail: str
    name: str
    role: Role
    has_second: bool
    disabled: bool
    seen: datetime | None


def of(scope: Scope) -> Sequence[Member]:
    """Return the members of an organisation, by name."""
    seen = (
        select(func.max(session_table.c.seen_at))
        .where(session_table.c.account == accounts.c.id)
        .scalar_subquery()
    )
    columns = (accounts.c.mail, accounts.c.name, accounts.c.totp, accounts.c.disabled_at)
    query = (
        scope.select(memberships.c.account, memberships.c.role, *columns, seen.label("seen"))
        .where(memberships.c.account == accounts.c.id)
        .order_by(accounts.c.name)
    )
    return [
        Member(
            account=row["account"],
            mail=row["mail"],
            name=row["name"],
            role=Role(row["role"]),
            has_second=row["totp"] is not None,
            disabled=row["disabled_at"] is not None,
            seen=row["seen"],
        )
        for row in scope.rows(query)
    ]


def add(scope: Scope, account: int, role: Role, by: Actor, at: datetime) -> None:
    """Make somebody a member.

    Raises:
        InputError: they are one already.
    """
    mail = _mail(scope, account)
    if _role(scope, account) is not None:
        raise InputError(f"{mail} belongs to the organisation already")
    scope.add(memberships, account=account, role=role, created_at=at)
    audit.record(scope, by, "member.add", mail, {"role": role}, at=at)


def change_role(scope: Scope, account: int, role: Role, by: Actor, at: datetime) -> None:
    """Make a member something else, who then signs in anew.

    Raises:
        InputError: they are the last owner.
        LookupError: they are no member.
    """
    former = _required(scope, account)
    if former is role:
        return
    _keep_an_owner(scope, former)
    mine = memberships.c.account == account
    scope.execute(scope.update(memberships).where(mine).values(role=role))
    sessions.end_all(scope.connection, account)
    detail = {"before": former, "after": role}
    audit.record(scope, by, "member.role", _mail(scope, account), detail, at=at)


def remove(scope: Scope, account: int, by: Actor, at: datetime) -> None:
    """End a membership; the account stays, for it may belong to others.

    Raises:
        InputError: they are the last owner.
        LookupError: they are no member.
    """
    _keep_an_owner(scope, _required(scope, account))
    scope.execute(scope.delete(memberships).where(memberships.c.account == account))
    sessions.end_all(scope.connection, account)
    audit.record(scope, by, "member.remove", _mail(scope, account), {}, at=at)


def _keep_an_owner(scope: Scope, former: Role) -> None:
    # The rows are locked, so that two owners cannot remove each other at the same moment.
    owners = scope.select(memberships.c.id).where(memberships.c.role == Role.OWNER)
    if former is Role.OWNER and len(scope.rows(owners.with_for_update())) == 1:
        raise InputError(
            "this is the last owner of the organisation", next_step="make another one first"
        )


def _role(scope: Scope, account: int) -> Role | None:
    value = scope.value(scope.select(memberships.c.role).where(memberships.c.account == account))
    return None if value is None else Role(value)


def _required(scope: Scope, account: int) -> Role:
    role = _role(scope, account)
    if role is None:
        raise LookupError(f"account {account} does not belong to the organisation")
    return role


def _mail(scope: Scope, account: int) -> str:
    return str(scope.value(select(accounts.c.mail).where(accounts.c.id == account)))
