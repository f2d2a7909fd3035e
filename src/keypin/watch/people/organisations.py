"""Organisations: who shares an inventory. A person may belong to several."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select

from keypin.errors import InputError
from keypin.watch.people import audit
from keypin.watch.people.audit import Actor
from keypin.watch.people.roles import Role
from keypin.watch.store.tables import memberships, organisations

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation: its number, its name in paths, and its title for people."""

    number: int
    name: str
    title: str


def create(connection: Connection, name: str, title: str, by: Actor, at: datetime) -> int:
    """Make an organisation, and return its number.

    Raises:
        InputError: the name or the title may not be, or the name is taken.
    """
    if not is_name(name):
        raise InputError(
            f"{name[:100]!r} is no name of an organisation",
            expected="up to 63 small letters, digits and hyphens, as acme-mobile",
        )
    if find(connection, name) is not None:
        raise InputError(f"there is an organisation {name} already", next_step="take another name")
    whole = _checked_title(title)
    query = insert(organisations).values(name=name, title=whole, created_at=at)
    key = connection.execute(query).inserted_primary_key
    number = int(key[0]) if key else 0
    detail = {"title": whole}
    audit.record_across(
        connection, by, "organisation.create", name, detail, at=at, organisation=number
    )
    return number


def rename(connection: Connection, number: int, title: str, by: Actor, at: datetime) -> None:
    """Give an organisation another title; its name stays, for addresses hold it.

    Raises:
        InputError: the title may not be.
        LookupError: there is no such organisation.
    """
    former = get(connection, number)
    query = organisations.update().where(organisations.c.id == number)
    connection.execute(query.values(title=_checked_title(title)))
    detail = {"before": former.title, "after": title}
    audit.record_across(
        connection, by, "organisation.rename", former.name, detail, at=at, organisation=number
    )


def find(connection: Connection, name: str) -> Organisation | None:
    """Return an organisation by its name, or None."""
    if not is_name(name):
        return None
    row = connection.execute(_query().where(organisations.c.name == name)).first()
    return None if row is None else Organisation(*row)


def named(connection: Connection, name: str) -> Organisation:
    """Return the organisation that somebody names.

    Raises:
        InputError: there is none of this name.
    """
    found = find(connection, name)
    if found is not None:
        return found
    query = select(organisations.c.name).order_by(organisations.c.name)
    names = connection.execute(query).scalars().all()
    if not names:
        raise InputError(
            f"there is no organisation {name[:100]!r}, nor any other",
            next_step="check which installation is meant (--data, --database), or start it once",
        )
    raise InputError(
        f"there is no organisation {name[:100]!r}", expected=f"one of {', '.join(names)}"
    )


def get(connection: Connection, number: int) -> Organisation:
    """Return an organisation.

    Raises:
        LookupError: there is none of this number.
    """
    row = connection.execute(_query().where(organisations.c.id == number)).first()
    if row is None:
        raise LookupError(f"there is no organisation {number}")
    return Organisation(*row)


def of(connection: Connection, account: int) -> Sequence[tuple[Organisation, Role]]:
    """Return the organisations that a person belongs to, and what they are there."""
    query = (
        select(organisations.c.id, organisations.c.name, organisations.c.title, memberships.c.role)
        .join(memberships, memberships.c.organisation == organisations.c.id)
        .where(memberships.c.account == account)
        .order_by(organisations.c.title)
    )
    rows = connection.execute(query).all()
    return [(Organisation(number, name, title), Role(role)) for number, name, title, role in rows]


def is_name(text: str) -> bool:
    """Say whether an organisation can be called so."""
    return _NAME.fullmatch(text) is not None


def _query() -> Select[*tuple[Any, ...]]:
    return select(organisations.c.id, organisations.c.name, organisations.c.title)


def _checked_title(text: str) -> str:
    title = " ".join(text.split())
    if not 0 < len(title) <= _LONGEST_TITLE or not title.isprintable():
        raise InputError(
            f"{text[:100]!r} is no title of an organisation",
            expected=f"1 to {_LONGEST_TITLE} characters",
        )
    return title
