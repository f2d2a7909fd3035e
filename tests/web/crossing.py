"""Organisations stay apart on every route: the rival tries each with what is acme's.

    crossing.check(client, routes, rival, acme)

For each route and method that the application has, another organisation's cookie and token come
with acme's name and numbers in the path, the query and the body. Nothing of acme's may be answered,
and no row of acme's may be another one afterwards. A route that lands later is tried without
anybody adding it here; a parameter with a new name must be given a value of acme's, or the check
fails.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from starlette.routing import BaseRoute, Mount, Route
from starlette.testclient import TestClient

from keypin.watch.store import Database
from keypin.watch.store.tables import TENANT, audit_log, metadata, organisations

# In every text of acme's that a test puts into the database, and in no answer to its rival.
MARK = "Zanzibar"

_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")


@dataclass(frozen=True)
class Attempt:
    """One request of the rival's."""

    method: str
    path: str
    as_acme: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class Target:
    """What belongs to acme.

    Attributes:
        database: the storage.
        number: acme's.
        name: acme's.
        values: for parameters of paths, queries and bodies: acme's numbers, names and versions.
    """

    database: Database
    number: int
    name: str
    values: Mapping[str, str] = field(default_factory=dict)

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return all that is stored of acme, its audit log and itself among it."""
        tables = [one for one in metadata.sorted_tables if one.info.get(TENANT)]
        with self.database.read_across() as connection:
            return {
                table.name: [
                    tuple(row)
                    for row in connection.execute(
                        select(table).where(column == self.number).order_by(*table.primary_key)
                    )
                ]
                for table, column in (
                    *((one, one.c.organisation) for one in tables),
                    (audit_log, audit_log.c.organisation),
                    (organisations, organisations.c.id),
                )
            }


def attempts(routes: Iterable[BaseRoute], target: Target, rival: str) -> Iterator[Attempt]:
    """Yield a request for each route and method: at acme's address, and at the rival's own.

    Raises:
        KeyError: a parameter has no value of acme's yet; add it to `values`.
    """
    for route in _flat(routes, ""):
        template, methods = route
        for method in sorted(methods):
            if "{organisation}" in template:
                yield Attempt(method, _filled(template, target, target.name), as_acme=True)
            yield Attempt(method, _filled(template, target, rival), as_acme=False)


def check(
    client: TestClient,
    routes: Iterable[BaseRoute],
    target: Target,
    rival: str,
    *,
    headers: Mapping[str, str],
    skip: frozenset[str] = frozenset(),
) -> int:
    """Try every route, and return how many requests that were.

    Args:
        client: with the rival's cookie, or with none where `headers` bring its token.
        routes: of the application.
        target: what is acme's.
        rival: the name of the rival's organisation.
        headers: sent with each request.
        skip: paths that end the session that is tried with, and have tests of their own.
    """
    before, count = target.rows(), 0
    for attempt in attempts(routes, target, rival):
        if attempt.path in skip:
            continue
        _try(client, attempt, target, headers)
        count += 1
        assert target.rows() == before, f"{attempt} changed what is acme's"
    return count


def _try(client: TestClient, attempt: Attempt, target: Target, headers: Mapping[str, str]) -> None:
    reads = attempt.method in {"GET", "HEAD", "OPTIONS"}
    body = {"params": target.values} if reads else {"data": target.values}
    if "/api/" in attempt.path and not reads:
        body = {"json": dict(target.values)}
    answer = client.request(
        attempt.method, attempt.path, headers=headers, follow_redirects=False, **body
    )
    assert answer.status_code < 500, f"{attempt} failed: {answer.text[:500]}"
    assert MARK not in answer.text, f"{attempt} answered with what is acme's"
    assert MARK not in str(answer.headers), f"{attempt} named what is acme's"
    if attempt.as_acme:
        # Whether acme exists is not said either: one answer, whatever the path.
        assert answer.status_code in {401, 404}, f"{attempt} answered {answer.status_code}"


def _flat(routes: Iterable[BaseRoute], prefix: str) -> Iterator[tuple[str, frozenset[str]]]:
    for route in routes:
        if isinstance(route, Mount):
            yield from _flat(route.routes, prefix + route.path)
        elif isinstance(route, Route):
            yield prefix + route.path, frozenset(route.methods or {"GET"})


def _filled(template: str, target: Target, organisation: str) -> str:
    values = {**target.values, "organisation": organisation}
    return _PARAMETER.sub(lambda match: values[match[1]], template)
