"""The one door into alerting: what parts of the service see, kept until alerting has taken it.

    tell(scope, signals, at)                                 these hold, or have cleared
    clear_others(scope, signals, at, ids=..., subject=...)   of these kinds no others hold

A signal that says nothing new costs one change of a time among many. One that says another thing,
be it a word of its evidence, is looked at anew by `keypin.watch.alerting.engine` within seconds.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, bindparam, select

from keypin.alerts import Signal, Subject
from keypin.watch.alerting.documents import short, signal_of, written
from keypin.watch.inventory.portions import portions
from keypin.watch.inventory.upsert import insert_or_change
from keypin.watch.store import Scope
from keypin.watch.store.tables import applications, organisations, signals

_CHANGED = ("severity", "title", "document", "holds", "since", "seen_at", "taken")


def tell(scope: Scope, told: Iterable[Signal], at: datetime, *, endpoint: int | None = None) -> int:
    """Write what holds, and what has cleared.

    Args:
        scope: a transaction of the organisation whose they are; its name is put into each.
        told: what is seen; `holds` says whether it is seen still.
        at: now, aware.
        endpoint: the number of the endpoint that all are about; they go when it goes.

    Returns:
        How many of them said something new.
    """
    named = {one.fingerprint: one for one in _named(scope, told)}
    before = {row["fingerprint"]: row for row in _before(scope, named)}
    fresh = [one for key, one in named.items() if key not in before and one.holds]
    pairs = [(row, _values(named[key], at)) for key, row in before.items()]
    news = [(row, values) for row, values in pairs if _is_news(row, values)]
    same = [row["id"] for row, values in pairs if not _is_news(row, values)]
    _insert(scope, fresh, at, endpoint)
    _change(scope, [_moved(row, values, at) for row, values in news])
    _seen_again(scope, same, at)
    return len(fresh) + len(news)


def clear_others(
    scope: Scope,
    still: Iterable[Signal],
    at: datetime,
    *,
    ids: Collection[str],
    subject: Subject | None = None,
) -> int:
    """Write that of some kinds of signal no others hold than these.

    Args:
        scope: a transaction of the organisation.
        still: what holds.
        at: now, aware.
        ids: the identifiers that the caller judges: all of them, and nobody else's.
        subject: the one that was judged; all subjects unless given.

    Returns:
        How many have cleared.
    """
    kept = {one.fingerprint for one in _named(scope, still)}
    gone = [
        (row, replace(signal, holds=False))
        for row, signal in _holding(scope, ids, subject)
        if row["fingerprint"] not in kept
    ]
    _change(scope, [_moved(row, _values(signal, at), at) for row, signal in gone])
    return len(gone)


def over(scope: Scope, fingerprints: Iterable[str]) -> None:
    """Write that signals count as cleared, whatever their finders say: told again, they are news.

    Args:
        scope: a transaction of the organisation.
        fingerprints: which.
    """
    for some in portions(fingerprints):
        change = scope.update(signals).where(signals.c.fingerprint.in_(some), signals.c.holds)
        scope.execute(change.values(holds=False))


def look_again(scope: Scope) -> None:
    """Have alerting look anew at all that holds: the rules are others."""
    scope.execute(scope.update(signals).where(signals.c.holds).values(taken=False))


def _named(scope: Scope, told: Iterable[Signal]) -> Iterator[Signal]:
    """Yield signals with their organisation's name, which is part of their identity."""
    query = select(organisations.c.name).where(organisations.c.id == scope.organisation)
    name = scope.value(query)
    return (replace(one, organisation=name) for one in told)


def _before(scope: Scope, fingerprints: Iterable[str]) -> Iterator[RowMapping]:
    for some in portions(sorted(fingerprints)):
        yield from scope.rows(scope.select(signals).where(signals.c.fingerprint.in_(some)))


def _holding(
    scope: Scope, ids: Collection[str], subject: Subject | None
) -> Iterator[tuple[RowMapping, Signal]]:
    query = scope.select(signals).where(signals.c.holds, signals.c.rule.in_(sorted(ids)))
    if subject is not None:
        query = query.where(signals.c.subject == short(subject.key))
    for row in scope.rows(query):
        signal = signal_of(row["document"])
        if subject is None or signal.subject == subject:
            yield row, signal


def _values(signal: Signal, at: datetime) -> dict[str, Any]:
    return {
        "severity": signal.severity.value,
        "title": short(signal.title),
        "document": written(signal),
        "holds": signal.holds,
        "seen_at": at,
    }


def _is_news(row: RowMapping, values: Mapping[str, Any]) -> bool:
    return bool(row["holds"] != values["holds"] or row["document"] != values["document"])


def _insert(scope: Scope, fresh: Sequence[Signal], at: datetime, endpoint: int | None) -> None:
    """Insert what was not there; where somebody else just did, the later word counts."""
    numbers = _applications(scope, {one.application for one in fresh if one.application})
    rows = [
        {
            **_values(one, at),
            "organisation": scope.organisation,
            "fingerprint": one.fingerprint,
            "rule": one.id,
            "subject": short(one.subject.key),
            "endpoint": endpoint,
            "application": numbers.get(one.application or ""),
            "since": at,
            "taken": False,
        }
        for one in fresh
    ]
    key = ("organisation", "fingerprint")
    insert_or_change(scope.connection, signals, rows, key=key, change=_CHANGED)


def _applications(scope: Scope, names: Collection[str]) -> Mapping[str, int]:
    if not names:
        return {}
    columns = applications.c.name, applications.c.id
    rows = scope.rows(scope.select(*columns).where(applications.c.name.in_(sorted(names))))
    return {row["name"]: row["id"] for row in rows}


def _moved(row: RowMapping, values: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    since = row["since"] if row["holds"] == values["holds"] else at
    moved = {**values, "since": since, "taken": False}
    return {"number": row["id"], **{f"new_{name}": moved[name] for name in _CHANGED}}


def _change(scope: Scope, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        change = (
            scope.update(signals)
            .where(signals.c.id == bindparam("number"))
            .values({name: bindparam(f"new_{name}") for name in _CHANGED})
        )
        # All in one order, so that two who tell the same do not wait for each other.
        scope.connection.execute(change, sorted(rows, key=lambda one: int(one["number"])))


def _seen_again(scope: Scope, numbers: Iterable[int], at: datetime) -> None:
    for some in portions(numbers):
        scope.execute(scope.update(signals).where(signals.c.id.in_(some)).values(seen_at=at))
