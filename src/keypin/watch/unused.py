"""Chains and certificates that nothing refers to any more: removed once a day, a batch at a time.

A chain is kept for observations, plans and groups of reports; a certificate for chains and for what
logs hold. What is to go is locked, and looked for again in a statement that begins then: whoever
keeps the same meanwhile (`keypin.watch.inventory.chains.keep`) is waited for, or waits.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    String,
    Table,
    column,
    delete,
    exists,
    func,
    select,
)

from keypin.watch.store import Database
from keypin.watch.store import tables as t

_BATCH = 5000

# Digests of rows that nothing refers to, in hexadecimal.
Query = Select[str] | CompoundSelect[str]


def remove(database: Database) -> Mapping[str, int]:
    """Remove what nothing refers to, and return how many rows that were, by table."""
    removed = {
        t.verdicts.name: _verdicts(database),
        t.chains.name: _rows(database, t.chains, _chains),
        t.certificates.name: _rows(database, t.certificates, _certificates),
    }
    return {name: rows for name, rows in removed.items() if rows}


def _verdicts(database: Database) -> int:
    """Remove what was said of chains that their endpoint is not known to have shown any more."""
    shown = exists().where(
        t.observations.c.organisation == t.verdicts.c.organisation,
        t.observations.c.chain == t.verdicts.c.chain,
        t.observations.c.endpoint == t.verdicts.c.endpoint,
    )
    with database.begin_across() as connection:
        return connection.execute(delete(t.verdicts).where(~shown)).rowcount


def _rows(database: Database, table: Table, unused: Callable[[Connection], Query]) -> int:
    """Remove the rows of a table that nothing refers to."""
    total, key = 0, table.c.digest
    while True:
        # Writers of SQLite wait for one another, so what is to go is looked for beforehand.
        with database.read_across() as connection:
            query = unused(connection)
            found = connection.execute(query.limit(_BATCH)).scalars().all()
        if not found:
            return total
        with database.begin_across() as connection:
            some = [bytes.fromhex(one) for one in found]
            connection.execute(select(key).where(key.in_(some)).order_by(key).with_for_update())
            again = query.subquery()
            sure = connection.execute(select(again.c.digest).where(again.c.digest.in_(found)))
            gone = [bytes.fromhex(one) for one in sure.scalars()]
            connection.execute(delete(table).where(key.in_(gone)))
        total += len(gone)
        if len(gone) < _BATCH:
            return total


def _chains(connection: Connection) -> Select[str]:
    chain = t.chains.c.digest
    # The index of observations begins with the organisation.
    seen = (
        exists(1)
        .where(t.observations.c.organisation == t.organisations.c.id)
        .where(t.observations.c.chain == chain)
        .correlate(t.organisations, t.chains)
    )
    shown = exists(1).select_from(t.organisations).where(seen).correlate(t.chains)
    named = (
        chain.in_(select(table.c.chain).where(table.c.chain.is_not(None)))
        for table in (t.plans, t.report_groups)
    )
    query = select(_hex(connection, chain)).where(~shown)
    for one in named:
        query = query.where(~one)
    return query


def _certificates(connection: Connection) -> CompoundSelect[str]:
    found = t.ct_findings.c
    return select(_hex(connection, t.certificates.c.digest)).except_(
        _each(connection, t.chains, t.chains.c.certificates),
        _each(connection, t.ct_findings, found.document["chain"]),
        select(_hex(connection, found.certificate)).where(found.certificate.is_not(None)),
    )


def _hex(connection: Connection, digest: ColumnElement[bytes]) -> ColumnElement[str]:
    if connection.dialect.name == "sqlite":
        return func.lower(func.hex(digest)).label("digest")
    return func.encode(digest, "hex").label("digest")


def _each(connection: Connection, table: Table, array: ColumnElement[Any]) -> Select[str]:
    """Return the texts of the arrays that the rows of a table have."""
    sqlite = connection.dialect.name == "sqlite"
    unfold = func.json_each if sqlite else func.jsonb_array_elements_text
    value = column("value", String)
    each = unfold(array).table_valued(value)
    return select(each.c.value).select_from(table.join(each, onclause=value.is_not(None)))
