"""The engine: takes signals, moves alerts on, and writes down what each route is to be told.

One organisation at a time, a batch at a time, each batch in one transaction: a process that is
killed leaves a batch done or not begun. Several engines share the organisations; where two meet at
one, the second leaves it to the first.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import msgspec
from sqlalchemy import RowMapping, select, union, update

from keypin.alerts import State, decide, step, tick
from keypin.errors import KeypinError
from keypin.watch.alerting import keeping, rulebook
from keypin.watch.alerting.documents import signal_of
from keypin.watch.alerting.keeping import Kept, Moved
from keypin.watch.alerting.locking import alone
from keypin.watch.alerting.rulebook import Rulebook
from keypin.watch.alerting.signals import over
from keypin.watch.inventory.portions import portions
from keypin.watch.jumps import SLACK
from keypin.watch.store import Database, Scope
from keypin.watch.store.tables import alerts, signals

_log = logging.getLogger(__name__)

# Signals, and alerts, of one transaction: a tenth of a second of one.
BATCH = 200


class Engine:
    """Makes alerts of signals.

    Args:
        database: the installation's.
        batch: how many signals one transaction takes.
    """

    def __init__(self, database: Database, *, batch: int = BATCH) -> None:
        self._database = database
        self._batch = batch

    def turn(self, at: datetime) -> int:
        """Do a batch of each organisation that has something to do.

        Returns:
            How many signals were taken and alerts looked at.
        """
        return sum(self._safely(number, at) for number in self._waiting(at))

    def _safely(self, organisation: int, at: datetime) -> int:
        """Do a batch; what cannot be read of one organisation keeps no other from its alerts."""
        try:
            return self._work(organisation, at)
        except (KeypinError, msgspec.MsgspecError):
            _log.exception("the alerts of organisation %d cannot be made", organisation)
            return 0

    def _waiting(self, at: datetime) -> Sequence[int]:
        told = select(signals.c.organisation).where(~signals.c.taken)
        late = select(alerts.c.organisation).where(alerts.c.due_at <= at)
        ahead = select(alerts.c.organisation).where(alerts.c.looked_at > at + SLACK)
        with self._database.read_across() as connection:
            return connection.execute(union(told, late, ahead)).scalars().all()

    def _work(self, organisation: int, at: datetime) -> int:
        with self._database.begin(organisation) as scope:
            if not alone(scope, wait=False):
                return 0
            book = rulebook.read(scope, at)
            told = _untaken(scope, self._batch)
            moved = {one.alert.id: one for one in _stepped(scope, told, book, at)}
            late = keeping.due_by(scope, at, at + SLACK, self._batch)
            fresh = (one for one in late if one.alert.id not in moved)
            ticked = list(_ticked(scope, list(fresh), book, at))
            keeping.keep(scope, [*moved.values(), *ticked], book, at)
            over(scope, (one.alert.fingerprint for one in ticked if _lapsed(one, book)))
            _take(scope, [row["id"] for row in told])
            return len(told) + len(ticked)


def look_for_gone(database: Database, at: datetime) -> None:
    """Have alerts looked at whose signals are gone, as with an endpoint that was removed."""
    same = (signals.c.organisation == alerts.c.organisation) & (
        signals.c.fingerprint == alerts.c.fingerprint
    )
    gone = ~select(signals.c.id).where(same).exists()
    lasting = alerts.c.state != State.RESOLVED.value
    with database.begin_across() as connection:
        connection.execute(update(alerts).where(lasting, gone).values(due_at=at))


def _untaken(scope: Scope, limit: int) -> Sequence[RowMapping]:
    """Return signals that say something new, locked; who is being told again is left for later."""
    columns = signals.c.id, signals.c.fingerprint, signals.c.document
    query = scope.select(*columns).where(~signals.c.taken).order_by(signals.c.seen_at, signals.c.id)
    return scope.rows(query.limit(limit).with_for_update(skip_locked=True))


def _take(scope: Scope, numbers: Iterable[int]) -> None:
    for some in portions(numbers):
        scope.execute(scope.update(signals).where(signals.c.id.in_(some)).values(taken=True))


def _stepped(
    scope: Scope, told: Sequence[RowMapping], book: Rulebook, at: datetime
) -> Iterator[Moved]:
    known = keeping.last(scope, (row["fingerprint"] for row in told))
    for row in told:
        before = known.get(row["fingerprint"])
        alert = before.alert if before else None
        after, notices = step(alert, signal_of(row["document"]), book.rules, book.silences, at)
        if after is not None:
            yield Moved(before, after, notices)


def _ticked(scope: Scope, late: Sequence[Kept], book: Rulebook, at: datetime) -> Iterator[Moved]:
    seen = dict(_seen(scope, (one.alert.fingerprint for one in late)))
    for kept in late:
        alert = kept.alert
        if alert.state is State.RESOLVED:
            yield Moved(kept, *tick(alert, book.rules, book.silences, at))
        elif alert.fingerprint not in seen:  # what it was about is gone
            gone = replace(alert.signal, holds=False)
            after, notices = step(alert, gone, book.rules, book.silences, at)
            yield Moved(kept, after or alert, notices)
        else:
            last_seen = max(alert.last_seen, seen[alert.fingerprint])
            lasting = replace(alert, last_seen=last_seen)
            yield Moved(kept, *tick(lasting, book.rules, book.silences, at))


def _lapsed(moved: Moved, book: Rulebook) -> bool:
    """Tell whether an alert is over although its signal was not said to be."""
    before, signal = moved.before, moved.alert.signal
    was = before is None or before.alert.state is State.RESOLVED
    is_over = moved.alert.state is State.RESOLVED and not was
    return is_over and not decide(book.rules, signal).ignore


def _seen(scope: Scope, fingerprints: Iterable[str]) -> Iterator[tuple[str, datetime]]:
    """Yield when each signal was seen last."""
    columns = signals.c.fingerprint, signals.c.seen_at
    for some in portions(fingerprints):
        for row in scope.rows(scope.select(*columns).where(signals.c.fingerprint.in_(some))):
            yield row["fingerprint"], row["seen_at"]
