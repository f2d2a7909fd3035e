"""What people do to alerts: take care of one, close one, or change what decides about all."""

from collections.abc import Callable
from datetime import datetime

from keypin.alerts import Alert, acknowledge, resolve
from keypin.watch.alerting import keeping, rulebook, signals
from keypin.watch.alerting.documents import short
from keypin.watch.alerting.keeping import Kept, Moved
from keypin.watch.alerting.locking import alone
from keypin.watch.inventory.edit import UnknownError
from keypin.watch.people import audit
from keypin.watch.people.audit import Actor
from keypin.watch.store import Scope
from keypin.watch.store.tables import alerts

ACKNOWLEDGED, CLOSED = "acknowledged", "closed"


def take_care(scope: Scope, number: int, *, by: Actor, at: datetime, note: str = "") -> Alert:
    """Acknowledge an alert: nobody is told of it again before it gets worse.

    Args:
        scope: a transaction of the organisation.
        number: the alert's.
        by: who takes care of it.
        at: now.
        note: what they say of it, for those who read it later; may be empty.

    Raises:
        UnknownError: there is none of this number.
        InputError: it is not open.
    """
    said = short(note.strip())

    def act(alert: Alert, by: str, at: datetime) -> Alert:
        return acknowledge(alert, by, at, said)

    return _act(scope, number, ACKNOWLEDGED, act, by=by, at=at, said=said)


def close(scope: Scope, number: int, *, by: Actor, at: datetime) -> Alert:
    """Resolve an alert; if its trouble is seen again, there is another, or the same if it is soon.

    Raises:
        UnknownError: there is none of this number.
        InputError: it is resolved already.
    """
    alert = _act(scope, number, CLOSED, resolve, by=by, at=at)
    signals.over(scope, [alert.fingerprint])
    return alert


def decide_anew(scope: Scope, at: datetime) -> None:
    """Have everything looked at again: rules or silences are others.

    Args:
        scope: the transaction that changes them.
        at: the time.
    """
    alone(scope)
    signals.look_again(scope)
    unsettled = alerts.c.due_at.is_not(None) | (alerts.c.state != "resolved")
    scope.execute(scope.update(alerts).where(unsettled).values(due_at=at))


def _act(
    scope: Scope,
    number: int,
    kind: str,
    act: Callable[[Alert, str, datetime], Alert],
    *,
    by: Actor,
    at: datetime,
    said: str = "",
) -> Alert:
    alone(scope)
    kept = _find(scope, number)
    alert = act(kept.alert, by.name, at)
    keeping.keep(scope, [Moved(kept, alert, ())], rulebook.read(scope, at), at)
    keeping.note(scope, kept, kind, by=by.name, said=said, at=at)
    detail: audit.Detail = {"alert": number, **({"note": said} if said else {})}
    audit.record(scope, by, f"alert.{kind}", alert.signal.title[:200], detail, at=at)
    return alert


def _find(scope: Scope, number: int) -> Kept:
    kept = keeping.find(scope, number)
    if kept is None:
        raise UnknownError.of("alert", number)
    return kept
