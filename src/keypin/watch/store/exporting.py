"""Everything of one organisation, as JSON Lines: to read, to keep, or to take elsewhere.

One document a line, with the table's name under `table` and the columns as they are. Moments are
ISO 8601, bytes hexadecimal. What is secret stays: sealed values, and digests that let somebody in.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Select, Table, exists, select

from keypin.errors import InputError
from keypin.watch.people import organisations
from keypin.watch.store import tables as t
from keypin.watch.store.copying import snapshot
from keypin.watch.store.database import Database
from keypin.watch.store.scope import is_tenant

_BATCH = 2000
_PORTION = 500

Query = Select[*tuple[Any, ...]]

# Columns that hold secrets, or what stands for them.
_SECRET = {
    (t.alert_routes.name, "sealed"),
    (t.invitations.name, "digest"),
    (t.secrets.name, "sealed"),
    (t.tokens.name, "digest"),
    (t.idempotency.name, "body"),
    (t.applications.name, "report_key"),
}


def export(database: Database, organisation: str, out: Path) -> Mapping[str, int]:
    """Write everything of an organisation, as it is at one moment.

    Args:
        database: the installation's.
        organisation: its name.
        out: a file that is new, or a folder: a file a table is written there.

    Returns:
        The number of rows by table.

    Raises:
        InputError: there is no such organisation, or the file is there already.
    """
    with snapshot(database) as connection:
        number = organisations.named(connection, organisation).number
        queries = dict(_queries(connection, number))
        if out.is_dir():
            return {
                name: _written(out / f"{name}.jsonl", connection, {name: query})[name]
                for name, query in queries.items()
            }
        return _written(out, connection, queries)


def _queries(connection: Connection, number: int) -> Iterator[tuple[str, list[Query]]]:
    """Yield what is read of each table, in the order in which tables refer to each other."""
    yield t.organisations.name, [_shown(t.organisations).where(t.organisations.c.id == number)]
    for table in t.metadata.sorted_tables:
        if is_tenant(table):
            yield table.name, [_shown(table).where(table.c.organisation == number)]
    yield t.audit_log.name, [_shown(t.audit_log).where(t.audit_log.c.organisation == number)]
    seen = t.observations
    ours = exists().where(seen.c.chain == t.chains.c.digest, seen.c.organisation == number)
    yield t.chains.name, [_shown(t.chains).where(ours)]
    presented = connection.execute(select(t.chains.c.certificates).where(ours)).scalars()
    digests = sorted({digest for chain in presented for digest in chain})
    certificates = _shown(t.certificates)
    yield (
        t.certificates.name,
        [
            certificates.where(t.certificates.c.digest.in_(map(bytes.fromhex, some)))
            for some in _portions(digests)
        ],
    )


def _portions(digests: list[str]) -> Iterator[list[str]]:
    """Cut a list into pieces that a statement can hold."""
    for start in range(0, len(digests), _PORTION):
        yield digests[start : start + _PORTION]


def _shown(table: Table) -> Query:
    columns = [column for column in table.c if (table.name, column.name) not in _SECRET]
    return select(*columns).order_by(*table.primary_key)


def _written(
    path: Path, connection: Connection, queries: Mapping[str, list[Query]]
) -> dict[str, int]:
    try:
        with path.open("x", encoding="utf-8") as file:
            return {name: _rows(file, connection, name, query) for name, query in queries.items()}
    except FileExistsError as error:
        raise InputError(f"{path}: the file is there already", next_step="name another") from error


def _rows(file: IO[str], connection: Connection, name: str, queries: list[Query]) -> int:
    number = 0
    for query in queries:
        found = connection.execution_options(yield_per=_BATCH).execute(query)
        for row in found.mappings():
            line = json.dumps({"table": name, **row}, default=_plain, ensure_ascii=False)
            file.write(f"{line}\n")
            number += 1
    return number


def _plain(value: object) -> str:
    """Write what JSON has no form for."""
    match value:
        case bytes():
            return value.hex()
        case date():  # a moment too
            return value.isoformat()
        case _:
            raise TypeError(f"a column holds {value!r}, which has no form")
