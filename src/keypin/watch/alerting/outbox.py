"""The messages that are on their way to a route: which is next, what is in it, how it went.

A message is all rows with its key. Messages of one alert keep their order: that it opened is told
before that it is over, however often the first has to be tried. Messages of other alerts do not
wait for it, however many there are that wait.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import (
    ColumnElement,
    FromClause,
    RowMapping,
    case,
    func,
    literal,
    or_,
    select,
)

from keypin.alerts import Bundle, Kind, Notice, Signal, Subject, webhook, words
from keypin.alerts.rendering import Words
from keypin.findings import Severity
from keypin.watch.alerting.documents import notice_of
from keypin.watch.alerting.rulebook import DELIVERY_FAILED, ROUTE
from keypin.watch.alerting.sending import Failure, Message, digest_body
from keypin.watch.alerting.signals import tell
from keypin.watch.jumps import SLACK
from keypin.watch.store import Scope
from keypin.watch.store.tables import alert_history, alert_routes, deliveries

FIRST, LONGEST = timedelta(seconds=15), timedelta(hours=4)
"""The pause after the first try, doubled after each, and the longest there is."""

TRIES, SPAN = 28, timedelta(days=3)
"""A message is given up after so many tries in no less than so long."""

# From the third failure on others are told; at once, where it will not be taken as it stands, and
# after the fifth of those, in which four minutes have passed, it is an error.
_TELL_AFTER = 3
_GRAVE_AFTER = 5

# What was tried less than so long ago is not tried at once when the route takes messages again: it
# may be this one message that it does not take.
_JUST_NOW = timedelta(minutes=5)

# Messages that are looked for at a time.
_AT_ONCE = 200
_WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message to a route.

    Attributes:
        key: its idempotency key.
        attempts: how often it was tried.
        made_at: when there was first something to tell in it.
    """

    key: str
    attempts: int
    made_at: datetime


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
    """Yield messages that are to be tried now, the oldest first.

    None waits for another one but for an older one of the same alert.
    """
    rows = _ranked(scope, route, at).c
    query = (
        select(rows.bundle, func.max(rows.attempts).label("attempts"))
        .add_columns(func.min(rows.created_at).label("made_at"))
        .group_by(rows.bundle, rows.first)
        .having(func.max(rows.due) == 1, func.max(rows.waits) == 0)
        .order_by(rows.first)
        .limit(_AT_ONCE)
    )
    for row in scope.rows(query):
        yield Parcel(row["bundle"], row["attempts"], row["made_at"])


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
        takes_again(scope, route, at)
        return
    attempts = parcel.attempts + 1
    given_up = attempts >= TRIES and _is_past(parcel.made_at, at)
    state = "given-up" if given_up else _WAITING
    due_at = at + pause(attempts)
    scope.execute(rows.values(state=state, due_at=due_at, failure=failure.reason, **tried))
    told = failure.lasting or attempts >= _TELL_AFTER
    grave = given_up or (failure.lasting and attempts >= _GRAVE_AFTER)
    grade = Severity.ERROR if grave else Severity.WARNING
    _fails(scope, route, failure, at, told=grade if told else None)


def takes_again(scope: Scope, route: int, at: datetime) -> None:
    """Say that a route took something: where it failed, what waits for a later try is sent now."""
    row = _route(scope, route)
    if row is None or row["failing_since"] is None:
        return
    _mark(scope, route, failing_since=None, failure=None)
    tell(scope, [_signal(row["name"], "it takes messages again", holds=False)], at)
    table, soon = deliveries.c, at + _JUST_NOW
    waiting = scope.update(deliveries).where(*_on_its_way(deliveries, route), table.due_at > soon)
    long_ago = table.tried_at <= at - _JUST_NOW
    now, later = (literal(when, table.due_at.type) for when in (at, soon))
    scope.execute(waiting.values(due_at=case((long_ago, now), else_=later)))


def _is_past(made_at: datetime, at: datetime) -> bool:
    """Say whether a message was tried for long enough; a clock that was ahead made it long ago."""
    return at - made_at >= SPAN or made_at > at + SLACK


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


def _on_its_way(table: FromClause, route: int) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a row is part of a message to a route that was not taken yet."""
    row = table.c
    return row.route == route, row.state == _WAITING, row.bundle.is_not(None)


def _ranked(scope: Scope, route: int, at: datetime) -> FromClause:
    """Return the rows on their way to a route, each with whether it is due, and whether it waits.

    It waits where its alert is in an older message. The older of two is the one whose first row is:
    so one always goes before the other. Each row is read once, for there may be many thousands, and
    a look at the others for each of them takes minutes.
    """
    table = deliveries.c
    whose = table.organisation == alert_history.c.organisation
    first = func.min(table.id).over(partition_by=table.bundle).label("first")
    rows = (
        scope.select(table.bundle, table.attempts, table.created_at, first)
        .add_columns(case((is_due(at), 1), else_=0).label("due"), alert_history.c.alert)
        .outerjoin_from(deliveries, alert_history, (table.entry == alert_history.c.id) & whose)
        .where(*_on_its_way(deliveries, route))
        .subquery()
    )
    leader = func.min(rows.c.first).over(partition_by=rows.c.alert).label("leader")
    led = select(rows, leader).subquery()
    waits = case((led.c.alert.is_not(None) & (led.c.leader < led.c.first), 1), else_=0)
    return select(led, waits.label("waits")).subquery()


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
