"""Signals on their way to alerting: what holds of an endpoint, and what has cleared since."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, select

from keypin.alerts import Signal
from keypin.alerts.stored import dumps, loads
from keypin.diagnose.recognise import RECOGNISERS
from keypin.watch.inventory.portions import portions
from keypin.watch.probing.signs import NAMES, NOT_PINNED_BY_ALL, UNREACHABLE
from keypin.watch.store.tables import applications, signals

OURS = frozenset(
    {*NAMES.values(), UNREACHABLE, NOT_PINNED_BY_ALL, *(one.id for one in RECOGNISERS)}
)
"""What is told from here: of all else that is told of an endpoint, nothing is known here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """All that is to be told of an endpoint; what was told before and is not among it has cleared.

    Attributes:
        organisation: the number of whose it is.
        endpoint: its number.
        signals: what holds.
    """

    organisation: int
    endpoint: int
    signals: tuple[Signal, ...]


def tell_all(connection: Connection, told: Sequence[Told], at: datetime) -> None:
    """Write what holds of endpoints, and what has cleared.

    Args:
        connection: a transaction over organisations.
        told: each endpoint once.
        at: now.
    """
    before = dict(_before(connection, [one.endpoint for one in told]))
    names = _applications(connection, {one.organisation for one in told})
    fresh: list[dict[str, Any]] = []
    seen: list[dict[str, Any]] = []
    for one in told:
        holds = {signal.fingerprint: signal for signal in one.signals}
        for fingerprint, signal in holds.items():
            row = before.pop((one.endpoint, fingerprint), None)
            values = _values(signal, at)
            if row is None:
                application = names.get((one.organisation, signal.application or ""))
                fresh.append(_new(one, application, fingerprint, values, at))
            else:
                seen.append(_moved(row, values, at))
    cleared = [_cleared(row, at) for row in before.values() if row["holds"]]
    if fresh:
        connection.execute(insert(signals), fresh)
    if seen or cleared:
        connection.execute(_CHANGE, [*seen, *cleared])


_COLUMNS = ("severity", "title", "document", "holds", "since", "seen_at", "taken")
_CHANGE = (
    signals.update()
    .where(signals.c.id == bindparam("number"))
    .values({name: bindparam(f"new_{name}") for name in _COLUMNS})
)


def _before(
    connection: Connection, numbers: Iterable[int]
) -> Iterator[tuple[tuple[int, str], RowMapping]]:
    """Yield what was told from here of endpoints, by endpoint and fingerprint."""
    for some in portions(numbers):
        query = select(signals).where(signals.c.endpoint.in_(some), signals.c.rule.in_(OURS))
        for row in connection.execute(query).mappings():
            yield (row["endpoint"], row["fingerprint"]), row


def _applications(
    connection: Connection, organisations: Iterable[int]
) -> Mapping[tuple[int, str], int]:
    columns = applications.c.organisation, applications.c.name, applications.c.id
    rows = connection.execute(
        select(*columns).where(applications.c.organisation.in_(organisations))
    )
    return {(organisation, name): number for organisation, name, number in rows}


def _values(signal: Signal, at: datetime) -> dict[str, Any]:
    return {
        "severity": signal.severity.value,
        "title": signal.title,
        "document": json.loads(dumps(signal)),
        "holds": signal.holds,
        "seen_at": at,
    }


def _new(
    one: Told, application: int | None, fingerprint: str, values: Mapping[str, Any], at: datetime
) -> dict[str, Any]:
    document = values["document"]
    return {
        **values,
        "organisation": one.organisation,
        "fingerprint": fingerprint,
        "rule": document["id"],
        "subject": document["subject"]["key"],
        "endpoint": one.endpoint,
        "application": application,
        "since": at,
        "taken": False,
    }


def _moved(row: RowMapping, values: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Return a row that is told again; alerting looks at it only where it says another thing."""
    same = row["holds"] == values["holds"] and row["document"] == values["document"]
    since = row["since"] if row["holds"] == values["holds"] else at
    taken = row["taken"] and same
    moved = {**values, "since": since, "taken": taken}
    return {"number": row["id"], **{f"new_{name}": moved[name] for name in _COLUMNS}}


def _cleared(row: RowMapping, at: datetime) -> dict[str, Any]:
    signal = replace(loads(json.dumps(row["document"]), Signal), holds=False)
    return _moved(row, _values(signal, at), at)
