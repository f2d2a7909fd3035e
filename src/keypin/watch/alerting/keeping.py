"""Alerts as rows: read to be moved on, and written with all that there is to tell of them.

An alert, its history and what each route is to be told are written in the transaction that moves
it. Keys are unique in the database: whatever is computed twice is there once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import RowMapping, bindparam

from keypin.alerts import Alert, Delivery, Notice, Route, due
from keypin.alerts.signal import gravest_first
from keypin.watch.alerting.documents import alert_of, short, written
from keypin.watch.alerting.rulebook import Rulebook
from keypin.watch.inventory.portions import portions
from keypin.watch.inventory.upsert import insert_new
from keypin.watch.store import Scope
from keypin.watch.store.tables import alert_history, alerts, deliveries


@dataclass(frozen=True, slots=True)
class Kept:
    """An alert that is kept: the number of its row, and what it is."""

    number: int
    alert: Alert


@dataclass(frozen=True, slots=True)
class Moved:
    """An alert that went on.

    Attributes:
        before: as it is kept, or None: it is a new one.
        alert: as it is now.
        notices: what there is to tell.
    """

    before: Kept | None
    alert: Alert
    notices: tuple[Notice, ...]

    @property
    def number(self) -> int | None:
        """The number of its row; None where it has none yet."""
        return self.before.number if self.before and self.before.alert.id == self.alert.id else None


def last(scope: Scope, fingerprints: Iterable[str]) -> dict[str, Kept]:
    """Return the last alert of each fingerprint, resolved or not, locked."""
    found: dict[str, Kept] = {}
    for some in portions(sorted(set(fingerprints))):
        query = scope.select(alerts.c.id, alerts.c.document)
        query = query.where(alerts.c.fingerprint.in_(some)).order_by(alerts.c.episode)
        for row in scope.rows(query.with_for_update()):
            kept = _kept(row)
            found[kept.alert.fingerprint] = kept
    return found


def due_by(scope: Scope, at: datetime, slack: datetime, limit: int) -> tuple[Kept, ...]:
    """Return alerts that must be looked at, locked.

    Args:
        scope: a transaction of the organisation.
        at: the time.
        slack: what was looked at after this was so by a clock that was wrong.
        limit: how many at most.
    """
    when = (alerts.c.due_at <= at) | (alerts.c.looked_at > slack)
    query = scope.select(alerts.c.id, alerts.c.document).where(when).order_by(alerts.c.due_at)
    return tuple(map(_kept, scope.rows(query.limit(limit).with_for_update())))


def find(scope: Scope, number: int) -> Kept | None:
    """Return an alert by its number, locked."""
    query = scope.select(alerts.c.id, alerts.c.document).where(alerts.c.id == number)
    row = scope.row(query.with_for_update())
    return None if row is None else _kept(row)


def keep(scope: Scope, moved: Sequence[Moved], book: Rulebook, at: datetime) -> None:
    """Write alerts, their history and what is to be told.

    Args:
        scope: the transaction that read them.
        moved: those that went on, each once.
        book: what decided.
        at: the time.
    """
    fresh = [_values(one.alert, book, at) for one in moved if one.number is None]
    whole = [{**one, "organisation": scope.organisation} for one in fresh]
    insert_new(scope.connection, alerts, whole)
    _change(scope, [(one.number, _values(one.alert, book, at)) for one in moved if one.number])
    numbers = _numbers(scope, moved)
    told = [(numbers[one.alert.id], notice) for one in moved for notice in one.notices]
    _remember(scope, told)
    _send(scope, [notice for _, notice in told], book, at)


def note(scope: Scope, kept: Kept, kind: str, *, by: str, said: str, at: datetime) -> None:
    """Write down what a person did to an alert, and what they said of it."""
    key = f"{kept.alert.id}.{kind}.{token_hex(8)}"
    values = {"kind": kind, "by": by[:254], "note": said or None}
    scope.add(alert_history, alert=kept.number, key=key, at=at, **values)


def _kept(row: RowMapping) -> Kept:
    return Kept(row["id"], alert_of(row["document"]))


def _values(alert: Alert, book: Rulebook, at: datetime) -> dict[str, Any]:
    signal = alert.signal
    return {
        "fingerprint": alert.fingerprint,
        "episode": alert.episode,
        "finding": signal.id,
        "rule": alert.rule,
        "severity": alert.severity.value,
        "rank": gravest_first(alert.severity),
        "state": alert.state.value,
        "subject": short(signal.subject.key),
        "title": short(signal.title),
        "application": signal.application,
        "owner": signal.owner,
        "document": written(alert),
        "since": alert.since,
        "opened_at": alert.opened_at,
        "seen_at": alert.last_seen,
        "resolved_at": alert.resolved_at,
        "due_at": due(alert, book.rules, book.silences, at),
        "looked_at": at,
    }


def _change(scope: Scope, rows: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    if rows:
        names = [name for name in rows[0][1] if name not in {"fingerprint", "episode"}]
        change = (
            scope.update(alerts)
            .where(alerts.c.id == bindparam("number"))
            .values({name: bindparam(f"new_{name}") for name in names})
        )
        many = [
            {"number": number, **{f"new_{name}": values[name] for name in names}}
            for number, values in rows
        ]
        scope.connection.execute(change, many)


def _numbers(scope: Scope, moved: Sequence[Moved]) -> dict[str, int]:
    """Return the numbers of alerts by what they are."""
    known = {one.alert.id: one.number for one in moved if one.number is not None}
    for some in portions({one.alert.fingerprint for one in moved if one.number is None}):
        columns = alerts.c.id, alerts.c.fingerprint, alerts.c.episode
        query = scope.select(*columns).where(alerts.c.fingerprint.in_(some))
        for row in scope.rows(query):
            known.setdefault(f"{row['fingerprint']}-{row['episode']}", row["id"])
    return known


def _remember(scope: Scope, told: Iterable[tuple[int, Notice]]) -> None:
    rows = [
        {
            "organisation": scope.organisation,
            "alert": number,
            "key": notice.key,
            "at": notice.at,
            "kind": notice.kind.value,
            "notice": written(notice),
        }
        for number, notice in told
    ]
    insert_new(scope.connection, alert_history, rows)


def _send(scope: Scope, notices: Sequence[Notice], book: Rulebook, at: datetime) -> None:
    entries = dict(_entries(scope, notices))
    rows = [
        {
            "organisation": scope.organisation,
            "key": f"{number}:{notice.key}",
            "route": number,
            "entry": entries[notice.key],
            "created_at": at,
            **_due(route, notice, at),
        }
        for notice in notices
        for number, route in book.told(notice)
    ]
    insert_new(scope.connection, deliveries, rows)


def _entries(scope: Scope, notices: Sequence[Notice]) -> Iterator[tuple[str, int]]:
    columns = alert_history.c.key, alert_history.c.id
    for some in portions(one.key for one in notices):
        for row in scope.rows(scope.select(*columns).where(alert_history.c.key.in_(some))):
            yield row["key"], row["id"]


def _due(route: Route, notice: Notice, at: datetime) -> dict[str, Any]:
    """Return when a notice is told: in the route's hours, when its group's window has passed."""
    if route.delivery is Delivery.DIGEST:
        return {"state": "digest", "due_at": at}
    hours = route.due(notice, at) or at
    return {"state": "waiting", "due_at": max(hours, notice.at + notice.window)}
