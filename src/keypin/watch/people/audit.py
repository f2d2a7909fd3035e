"""The audit log: what was changed, by whom, in a chain that shows every later edit.

Each organisation has a chain of its own, so that its log can be read, handed out and verified
without another's; what belongs to none is in the service's chain. The digest
of a row covers the digest of the one before it and all that the row says, as canonical JSON (keys
sorted, no blanks, RFC 8785 for what occurs here). No two rows can follow the same one: the database
holds `previous` unique. Its triggers refuse to change or remove rows; who goes past them with the
rights of the database's owner breaks the chain, unless all rows after it are made anew, so keep the
newest digest elsewhere too.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from sqlalchemy import Connection, RowMapping, Select, func, insert, select

from keypin.watch.store import Scope
from keypin.watch.store.tables import accounts, audit_log, memberships

# What a detail may hold; no fractions, which databases write in several ways.
Detail = Mapping[str, "Value"]
Value = str | int | bool | None | Sequence["Value"] | Mapping[str, "Value"]

# PostgreSQL's advisory locks of the log: a class of their own, and the organisation.
_LOCK = 0x6B706E
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something.

    Attributes:
        name: the mail of an account, `token NAME`, `keypin` for the service itself, or
            `the machine's operator` for whoever runs a command beside it.
        network: from where, as much of it as the settings keep; may be empty.
    """

    name: str
    network: str = ""


SERVICE = Actor("keypin")
OPERATOR = Actor("the machine's operator")


@dataclass(frozen=True, slots=True)
class Broken:
    """The first row that does not follow from those before it."""

    number: int
    at: datetime
    reason: str

    def __str__(self) -> str:
        return f"entry {self.number} of {self.at:%Y-%m-%d %H:%M:%S} UTC {self.reason}"


def record(
    scope: Scope, actor: Actor, action: str, subject: str, detail: Detail, *, at: datetime
) -> None:
    """Write down a change of an organisation, in the transaction that makes it.

    Args:
        scope: the transaction; a change that is rolled back leaves no entry, nor the reverse.
        actor: who makes the change: `identity.actor`, or `SERVICE`.
        action: what is done, as `release.push`: the thing, then the verb.
        subject: to what, as people name it: `shop-ios 3.2`.
        detail: before and after; no secrets.
        at: when.
    """
    record_across(
        scope.connection, actor, action, subject, detail, at=at, organisation=scope.organisation
    )


def record_across(
    connection: Connection,
    actor: Actor,
    action: str,
    subject: str,
    detail: Detail,
    *,
    at: datetime,
    organisation: int | None = None,
) -> None:
    """Write down a change that the service makes over organisations, or that belongs to none."""
    if connection.dialect.name == "postgresql":
        # One writer of a chain at a time; SQLite has one writer anyway.
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK, organisation or 0)))
    previous = newest(connection, organisation)
    row = {
        "organisation": organisation,
        "at": at.astimezone(UTC),
        "actor": _clean(actor.name, 300),
        "network": _clean(actor.network, 64),
        "action": action,
        "subject": _clean(subject, 500),
        "detail": _clean_value(detail),
        "previous": previous,
    }
    connection.execute(insert(audit_log).values(**row, digest=_digest(row, previous)))


def record_of_person(
    connection: Connection, account: int, actor: Actor, action: str, detail: Detail, *, at: datetime
) -> None:
    """Write down what concerns a person, in the log of each organisation that they belong to.

    So an owner sees who signs in, and who turned a second factor off. Where they belong nowhere it
    is in the service's own log.
    """
    mail = connection.execute(select(accounts.c.mail).where(accounts.c.id == account)).scalar_one()
    query = select(memberships.c.organisation).where(memberships.c.account == account)
    # In one order for everybody, for each chain is locked until the end of the transaction.
    found = connection.execute(query.order_by(memberships.c.organisation)).scalars().all()
    for organisation in found or (None,):
        record_across(connection, actor, action, mail, detail, at=at, organisation=organisation)


def verify(connection: Connection, organisation: int | None) -> Broken | None:
    """Return the first row of a chain that is broken, or None: all is as it was written.

    Args:
        connection: a transaction, of a scope or across.
        organisation: whose chain; None for the service's own.
    """
    previous = _genesis(organisation)
    for row in _rows(connection, organisation):
        if row["previous"] != previous:
            return Broken(row["id"], row["at"], "does not follow the one before it")
        if row["digest"] != _digest(row, previous):
            return Broken(row["id"], row["at"], "was changed after it was written")
        previous = row["digest"]
    return None


def newest(connection: Connection, organisation: int | None) -> bytes:
    """Return the digest of the newest row, which covers all; to be kept elsewhere."""
    query = _of(organisation).order_by(audit_log.c.id.desc()).limit(1)
    row = connection.execute(query).mappings().first()
    return cast("bytes", row["digest"]) if row else _genesis(organisation)


def _of(organisation: int | None) -> Select[*tuple[object, ...]]:
    return select(audit_log).where(audit_log.c.organisation == organisation)


def _rows(connection: Connection, organisation: int | None) -> Iterator[RowMapping]:
    """Yield the rows of a chain in order, a page at a time."""
    last = 0
    while True:
        query = _of(organisation).where(audit_log.c.id > last).order_by(audit_log.c.id)
        page = connection.execute(query.limit(_PAGE)).mappings().all()
        yield from page
        if len(page) < _PAGE:
            return
        last = page[-1]["id"]


def _genesis(organisation: int | None) -> bytes:
    return hashlib.sha256(f"keypin audit log of {organisation or 'the service'}".encode()).digest()


def _digest(row: Mapping[str, object] | RowMapping, previous: bytes) -> bytes:
    said = {name: row[name] for name in ("organisation", "actor", "network", "action", "subject")}
    said |= {"at": cast("datetime", row["at"]).isoformat(), "detail": row["detail"]}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(previous + text.encode()).digest()


def _clean(text: str, longest: int) -> str:
    """Return a text that both databases store as it is: no NUL, no half of a pair."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return whole.replace("\0", "\N{REPLACEMENT CHARACTER}")[:longest]


def _clean_value(value: Value) -> Value:
    match value:
        case str():
            return _clean(value, 10_000)
        case Mapping():
            return {_clean(name, 200): _clean_value(one) for name, one in value.items()}
        case Sequence():
            return [_clean_value(one) for one in value]
        case _:
            return value
