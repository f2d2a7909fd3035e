"""Notices that are to be told to a route, put together into messages.

What is in a message is written down before it is first sent, with its idempotency key: however
often it is tried, and by whichever process, it is the same message.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

import msgspec
from sqlalchemy import RowMapping, select

from keypin.alerts import Notice, Route, bundle
from keypin.alerts.toml import route_of
from keypin.errors import KeypinError
from keypin.watch.alerting.documents import notice_of
from keypin.watch.inventory.portions import portions
from keypin.watch.jumps import SLACK
from keypin.watch.store import Database, Scope
from keypin.watch.store.tables import alert_history, alert_routes, deliveries

_log = logging.getLogger(__name__)

# Notices that are put together at a time; a storm of more is told in several messages.
_AT_ONCE = 2000

_MOMENT = timedelta(seconds=1)
_WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A notice that is to be told, and the number of the row that says so."""

    number: int
    notice: Notice


def turn(database: Database, at: datetime) -> int:
    """Put together what is due, of all routes.

    Args:
        database: the installation's.
        at: the time.

    Returns:
        How many messages were made.
    """
    table = deliveries.c
    # What was made by a clock that was wrong is due as well.
    due = (table.due_at <= at) | (table.created_at > at + SLACK)
    query = (
        select(table.organisation, table.route)
        .join_from(deliveries, alert_routes, table.route == alert_routes.c.id)
        .where(table.state == _WAITING, table.bundle.is_(None), due, alert_routes.c.enabled)
        .distinct()
    )
    with database.read_across() as connection:
        several = connection.execute(query).all()
    return sum(_safely(database, organisation, route, at) for organisation, route in several)


def _safely(database: Database, organisation: int, number: int, at: datetime) -> int:
    """Put together what is due of a route; what cannot be read of one delays no other."""
    try:
        return _of_route(database, organisation, number, at)
    except (KeypinError, msgspec.MsgspecError):
        _log.exception("what the route %d is to be told cannot be read", number)
        return 0


def _of_route(database: Database, organisation: int, number: int, at: datetime) -> int:
    with database.begin(organisation) as scope:
        query = scope.select(alert_routes.c.definition).where(alert_routes.c.id == number)
        row = scope.row(query.with_for_update(key_share=True, skip_locked=True))
        if row is None:  # gone, or another process is at it
            return 0
        route = route_of(row["definition"])
        waiting = list(islice(_waiting(scope, number, route, at), _AT_ONCE))
        made = bundle(route.name, (one.notice for one in waiting), at)
        numbers = {one.notice.key: one.number for one in waiting}
        for one in made.ready:
            rows = [numbers[notice.key] for notice in one.notices]
            _write(scope, rows, bundle=one.key, due_at=at)
        later = [numbers[notice.key] for notice in made.waiting]
        _put_off(scope, later, max(made.next or at, at + _MOMENT), at)
        return len(made.ready)


def _waiting(scope: Scope, number: int, route: Route, at: datetime) -> Iterable[_Waiting]:
    """Yield what is to be told to a route within its hours, as of now."""
    for row in _rows(scope, number):
        notice = notice_of(row["notice"])
        ahead = row["created_at"] > at + SLACK
        hours = route.due(notice, row["created_at"])
        if ahead:
            yield _Waiting(row["id"], replace(notice, at=at, window=timedelta()))
        elif hours is None or hours <= at:
            yield _Waiting(row["id"], notice)


def _rows(scope: Scope, number: int) -> Iterator[RowMapping]:
    """Yield all rows that are in no message: what waits for the morning keeps nothing else back."""
    table, last = deliveries.c, 0
    whose = table.organisation == alert_history.c.organisation
    query = (
        scope.select(table.id, table.created_at)
        .add_columns(alert_history.c.notice)
        .join_from(deliveries, alert_history, (table.entry == alert_history.c.id) & whose)
        .where(table.route == number, table.state == _WAITING, table.bundle.is_(None))
        .order_by(table.id)
        .limit(_AT_ONCE)
    )
    while some := scope.rows(query.where(table.id > last)):
        yield from some
        last = some[-1]["id"]


def _put_off(scope: Scope, numbers: Sequence[int], until: datetime, at: datetime) -> None:
    """Look at rows again when the first of them can be told."""
    for some in portions(numbers):
        rows = scope.update(deliveries).where(deliveries.c.id.in_(some), deliveries.c.due_at <= at)
        scope.execute(rows.values(due_at=until))


def _write(scope: Scope, numbers: Sequence[int], **values: object) -> None:
    for some in portions(numbers):
        scope.execute(scope.update(deliveries).where(deliveries.c.id.in_(some)).values(**values))
