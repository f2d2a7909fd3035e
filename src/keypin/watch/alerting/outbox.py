"""The messages that are on their way to a route: which is next, what is in it, how it went.

A message is all rows with its key. Messages of one alert keep their order: that it opened is told
before that it is over, however often the first has to be tried. Messages of other alerts do not
wait for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, RowMapping, or_

from keypin.alerts import Bundle, Kind, Notice, Signal, Subject, webhook, words
from keypin.alerts.rendering import Words
from keypin.findings import Severity
from keypin.watch.alerting.documents import notice_of
from keypin.watch.alerting.engine import SLACK
from keypin.watch.alerting.rulebook import DELIVERY_FAILED, ROUTE
from keypin.watch.alerting.sending import Failure, Message, digest_body
from keypin.watch.alerting.signals import tell
from keypin.watch.store import Scope
from keypin.watch.store.tables import alert_history, alert_routes, deliveries

FIRST, LONGEST = timedelta(seconds=15), timedelta(hours=4)
"""The pause after the first try, doubled after each, and the longest there is."""

TRIES = 28
"""Three days of tries."""

TRIES_LASTING = 5
"""Where the answer is that it will not be taken: four minutes, in which it may be set right."""

# From the third failure on others are told.
_TELL_AFTER = 3

_LOADED = 500
_WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message to a route.

    Attributes:
        key: its idempotency key.
        attempts: how often it was tried.
    """

    key: str
    attempts: int


def pause(attempts: int) -> timedelta:
    """Return how long is waited after so many tries."""
    doubled: timedelta = FIRST * (1 << min(attempts - 1, 20))
    return min(doubled, LONGEST)


def is_due(at: datetime) -> ColumnElement[bool]:
    """Return the condition that a message is to be tried now.

    One that was not tried yet always is: it was made to be sent, perhaps by a clock that was ahead.
    """
    tried = deliveries.c.tried_at
    return or_(tried.is_(None), deliveries.c.due_at <= at, tried > at + SLACK)


def due(scope: Scope, route: int, at: datetime) -> Iterator[Parcel]:
    """Yield the messages that are to be tried now, the oldest first."""
    held: set[int] = set()
    parcels: dict[str, list[RowMapping]] = {}
    for row in _rows(scope, route, at):
        parcels.setdefault(row["bundle"], []).append(row)
    for key, rows in parcels.items():
        alerts = {row["alert"] for row in rows if row["alert"] is not None}
        first = rows[0]
        if not alerts & held and first["due"]:
            yield Parcel(key, first["attempts"])
        held |= alerts


def message(scope: Scope, route: int, name: str, key: str, base: str) -> Message | None:
    """Return a message, the same in every bit whenever it is asked for; None where it is gone."""
    notices, digest = list[Notice](), None
    for row in _content(scope, route, key):
        if row["digest"] is not None:
            digest = msgspec.convert(row["digest"], Words)
        else:
            notices.append(notice_of(row["notice"]))
    if digest is not None:
        body = digest_body(key, name, digest)
        return Message(key=key, words=digest, body=body, severity=Severity.NOTE)
    if not notices:
        return None
    ordered = sorted(notices, key=lambda one: (one.at, one.key))
    bundle = Bundle(name, tuple(ordered))
    return Message(
        key=key,
        words=words(bundle, base),
        body=webhook.body(bundle, base),
        severity=bundle.severity,
        over=bundle.kind is Kind.RESOLVED,
    )


def record(scope: Scope, route: int, parcel: Parcel, failure: Failure | None, at: datetime) -> None:
    """Write down how a try went; what a route does not take is told to others."""
    tried = {"attempts": parcel.attempts + 1, "tried_at": at}
    rows = scope.update(deliveries).where(
        deliveries.c.route == route,
        deliveries.c.bundle == parcel.key,
        deliveries.c.state == _WAITING,
    )
    if failure is None:
        scope.execute(rows.values(state="delivered", delivered_at=at, failure=None, **tried))
        _is_well(scope, route, at)
        return
    tries = TRIES_LASTING if failure.lasting else TRIES
    given_up = parcel.attempts + 1 >= tries
    state = "given-up" if given_up else _WAITING
    due_at = at + pause(parcel.attempts + 1)
    scope.execute(rows.values(state=state, due_at=due_at, failure=failure.reason, **tried))
    told = failure.lasting or parcel.attempts + 1 >= _TELL_AFTER
    grade = Severity.ERROR if given_up else Severity.WARNING
    _fails(scope, route, failure, at, told=grade if told else None)


def _is_well(scope: Scope, route: int, at: datetime) -> None:
    row = _route(scope, route)
    if row is not None and row["failing_since"] is not None:
        _mark(scope, route, failing_since=None, failure=None)
        tell(scope, [_signal(row["name"], "it takes messages again", holds=False)], at)


def _fails(
    scope: Scope, route: int, failure: Failure, at: datetime, *, told: Severity | None
) -> None:
    row = _route(scope, route)
    if row is not None:
        _mark(scope, route, failing_since=row["failing_since"] or at, failure=failure.reason)
        if told is not None:
            tell(scope, [_signal(row["name"], failure.reason, told)], at)


def _route(scope: Scope, route: int) -> RowMapping | None:
    columns = alert_routes.c.name, alert_routes.c.failing_since
    return scope.row(scope.select(*columns).where(alert_routes.c.id == route))


def _mark(scope: Scope, route: int, **values: object) -> None:
    scope.execute(scope.update(alert_routes).where(alert_routes.c.id == route).values(**values))


def _signal(
    name: str, reason: str, severity: Severity = Severity.WARNING, *, holds: bool = True
) -> Signal:
    return Signal(
        id=DELIVERY_FAILED,
        severity=severity,
        subject=Subject(ROUTE, name),
        title=f"the route {name} does not take what it is told",
        evidence=(reason,),
        next_step="Send a test from the settings of the route, and correct its address.",
        link="/settings/routes",
        holds=holds,
    )


def _rows(scope: Scope, route: int, at: datetime) -> Sequence[RowMapping]:
    table = deliveries.c
    whose = table.organisation == alert_history.c.organisation
    query = (
        scope.select(table.id, table.bundle, table.attempts, is_due(at).label("due"))
        .add_columns(alert_history.c.alert)
        .outerjoin_from(deliveries, alert_history, (table.entry == alert_history.c.id) & whose)
        .where(table.route == route, table.state == _WAITING, table.bundle.is_not(None))
        .order_by(table.id)
        .limit(_LOADED)
    )
    return scope.rows(query)


def _content(scope: Scope, route: int, key: str) -> Sequence[RowMapping]:
    table = deliveries.c
    whose = table.organisation == alert_history.c.organisation
    query = (
        scope.select(table.digest)
        .add_columns(alert_history.c.notice)
        .outerjoin_from(deliveries, alert_history, (table.entry == alert_history.c.id) & whose)
        .where(table.route == route, table.bundle == key, table.state == _WAITING)
    )
    return scope.rows(query)
