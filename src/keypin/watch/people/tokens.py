"""Programs that use the API: a token each, with scopes, an end, and a note of its last use.

A token belongs to its organisation, not to who made it: a pipeline goes on when somebody leaves.
It begins with `kp_`, so that scanners of repositories and logs can find one that has leaked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, select, update

from keypin.errors import InputError
from keypin.watch.people import audit, bearer
from keypin.watch.people.audit import Actor
from keypin.watch.people.roles import checked_scopes
from keypin.watch.store import Scope
from keypin.watch.store.tables import organisations, tokens

PREFIX = "kp_"
LONGEST_NAME = 100

# How exact `used_at` is: a busy pipeline writes once a minute.
_GRAIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token, without what would let somebody use it."""

    number: int
    name: str
    scopes: tuple[str, ...]
    organisation: int
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None

    def holds(self, at: datetime) -> bool:
        """Say whether it opens anything."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


@dataclass(frozen=True, slots=True)
class Used:
    """A token that holds, and the organisation it is of."""

    token: Token
    organisation_name: str
    organisation_title: str
    stale: bool


def create(
    scope: Scope,
    name: str,
    scopes: Iterable[str],
    by: Actor,
    at: datetime,
    *,
    expires_at: datetime | None = None,
) -> str:
    """Make a token, and return it: it is shown once.

    Raises:
        InputError: the name or a scope is none, or it would have ended already.
    """
    title = name.strip()
    if not 0 < len(title) <= LONGEST_NAME or not title.isprintable():
        raise InputError(
            f"{name!r} is no name of a token", expected=f"1 to {LONGEST_NAME} characters"
        )
    if expires_at is not None and expires_at <= at:
        raise InputError(f"the token would end on {expires_at:%Y-%m-%d}", expected="a later day")
    chosen = checked_scopes(scopes)
    token = bearer.new(PREFIX)
    scope.add(
        tokens,
        name=title,
        digest=bearer.digest(token),
        scopes=list(chosen),
        created_by=by.name,
        created_at=at,
        expires_at=expires_at,
    )
    ends = expires_at.isoformat() if expires_at else None
    audit.record(scope, by, "token.create", title, {"scopes": chosen, "expires": ends}, at=at)
    return token


def find(connection: Connection, text: str, at: datetime) -> Used | None:
    """Return the token that a program shows, or None: there is none, or it has ended.

    Args:
        connection: a transaction across organisations.
        text: what stands after `Bearer`.
        at: now.
    """
    if not text.startswith(PREFIX):
        return None
    query = (
        select(
            tokens,
            organisations.c.name.label("organisation_name"),
            organisations.c.title.label("organisation_title"),
        )
        .join(organisations, organisations.c.id == tokens.c.organisation)
        .where(tokens.c.digest == bearer.digest(text))
    )
    row = connection.execute(query).mappings().first()
    if row is None or not (token := _token(row)).holds(at):
        return None
    stale = token.used_at is None or at - token.used_at >= _GRAIN
    return Used(token, row["organisation_name"], row["organisation_title"], stale)


def touch(connection: Connection, number: int, at: datetime) -> None:
    """Note that a token is used."""
    connection.execute(update(tokens).where(tokens.c.id == number).values(used_at=at))


def revoke(scope: Scope, number: int, by: Actor, at: datetime) -> bool:
    """End a token; say whether there was one that held."""
    query = scope.select(tokens.c.name).where(tokens.c.id == number, tokens.c.revoked_at.is_(None))
    name = scope.value(query)
    if name is None:
        return False
    scope.execute(scope.update(tokens).where(tokens.c.id == number).values(revoked_at=at))
    audit.record(scope, by, "token.revoke", name, {}, at=at)
    return True


def of(scope: Scope) -> Sequence[Token]:
    """Return the tokens of an organisation that were not revoked, the newest first."""
    query = scope.select(tokens).where(tokens.c.revoked_at.is_(None)).order_by(tokens.c.id.desc())
    return [_token(row) for row in scope.rows(query)]


def _token(row: RowMapping) -> Token:
    return Token(
        number=row["id"],
        name=row["name"],
        scopes=tuple(row["scopes"]),
        organisation=row["organisation"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        used_at=row["used_at"],
        revoked_at=row["revoked_at"],
    )
