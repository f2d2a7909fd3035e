"""The machine that moves alerts: signals, people and the time come in, alerts and notices go out.

What may become due of an alert is a row of `keypin.alerts.steps.STEPS`; the first that is due is
taken, until none is. A silence postpones the rows that speak. The clock may be wrong: whatever an
alert says of the future is taken as now, so that a clock set back stops nothing.

The caller stores the alert and its notices in one transaction. If it is killed before, the same
notices come out again, under the same keys.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from keypin.alerts.alert import Alert, State
from keypin.alerts.notice import Notice
from keypin.alerts.rule import Rule, decide
from keypin.alerts.signal import Signal
from keypin.alerts.silence import Silence
from keypin.alerts.steps import STEPS
from keypin.errors import InputError

Moved = tuple[Alert, tuple[Notice, ...]]


def step(
    alert: Alert | None,
    signal: Signal,
    rules: Sequence[Rule],
    silences: Sequence[Silence],
    at: datetime,
) -> tuple[Alert | None, tuple[Notice, ...]]:
    """Take a signal.

    Args:
        alert: the last alert with the signal's fingerprint, resolved or not; None where there was
            none yet.
        signal: what is seen, or seen no more.
        rules: what decides, the first that matches.
        silences: those of the organisation.
        at: the time, aware.

    Returns:
        The alert as it is now, and what people are to be told. An alert with another `id` than the
        one given is a new one beside it. None where there is nothing to remember: the signal is
        ignored, or it cleared before it was ever seen.
    """
    rule = decide(rules, signal)
    if signal.holds and not rule.ignore:
        taken = _see(alert, signal, rule, at)
    elif alert is None:
        return None, ()
    else:
        taken = alert.cleared(at)
    return tick(taken, rules, silences, at)


def tick(alert: Alert, rules: Sequence[Rule], silences: Sequence[Silence], at: datetime) -> Moved:
    """Do what has become due of an alert.

    Args:
        alert: the alert.
        rules: what decides, the first that matches.
        silences: those of the organisation.
        at: the time, aware.

    Returns:
        The alert as it is now, and what people are to be told.
    """
    rule = decide(rules, alert.signal)
    if alert.state is not State.RESOLVED and rule.ignore:
        alert = alert.cleared(at)
    alert, notices = _ruled(_not_later(alert, at), rule), list[Notice]()
    while row := next((one for one in STEPS if one.ready(alert, rule, silences, at)), None):
        alert, notice = row.act(alert, rule, at)
        notices += [notice] if notice else []
    return alert, tuple(notices)


def due(
    alert: Alert, rules: Sequence[Rule], silences: Sequence[Silence], at: datetime
) -> datetime | None:
    """Return when `tick` has something to do next; None where it never will by itself.

    Args:
        alert: the alert.
        rules: what decides, the first that matches.
        silences: those of the organisation.
        at: the time, aware; what is due already is due now.
    """
    rule = decide(rules, alert.signal)
    moments = (one.moment(alert, rule, silences, at) for one in STEPS)
    return min((one for one in moments if one is not None), default=None)


def acknowledge(alert: Alert, by: str, at: datetime, note: str = "") -> Alert:
    """Return an alert that somebody takes care of: nobody is told again before it gets worse.

    Raises:
        InputError: it is not open.
    """
    if alert.state is not State.OPEN:
        raise InputError(f"the alert is {alert.state}", expected="an open one to acknowledge")
    return replace(
        alert,
        state=State.ACKNOWLEDGED,
        acknowledged_at=at,
        acknowledged_by=by,
        acknowledged_note=note,
    )


def resolve(alert: Alert, by: str, at: datetime) -> Alert:
    """Return an alert that a person says is over; if its trouble is seen again soon, it is not.

    Raises:
        InputError: it is resolved already.
    """
    if alert.state is State.RESOLVED:
        raise InputError("the alert is resolved already", expected="one that is not")
    return alert.cleared(at, by)


def _see(alert: Alert | None, signal: Signal, rule: Rule, at: datetime) -> Alert:
    """Return the alert of a signal that holds: the same, the same again, or the next."""
    if alert is None or (alert.settled and alert.opened_at is not None):
        return _begin(signal, rule, at, alert.episode + 1 if alert else 1)
    seen = replace(alert, signal=signal, last_seen=at, count=alert.count + 1)
    if alert.state is not State.RESOLVED:
        return seen
    if alert.opened_at is None:  # it cleared within its wait, and has to hold anew
        return replace(
            seen, state=State.PENDING, since=at, resolved_at=None, resolved_by=None, settled=False
        )
    return replace(
        seen,
        state=State.ACKNOWLEDGED if alert.acknowledged_at else State.OPEN,
        flaps=alert.flaps + 1,
        resolved_at=None,
        resolved_by=None,
    )


def _begin(signal: Signal, rule: Rule, at: datetime, episode: int) -> Alert:
    return Alert(
        signal=signal,
        rule=rule.name,
        severity=rule.severity or signal.severity,
        group=rule.group(signal),
        state=State.PENDING,
        since=at,
        last_seen=at,
        episode=episode,
    )


def _ruled(alert: Alert, rule: Rule) -> Alert:
    """Return an alert as the rule of today has it; how bad it was stays with what is over."""
    if alert.state is State.RESOLVED:
        return alert
    severity = rule.severity or alert.signal.severity
    return replace(alert, rule=rule.name, severity=severity, group=rule.group(alert.signal))


def _not_later(alert: Alert, at: datetime) -> Alert:
    """Return an alert with no moment after `at`."""
    return replace(
        alert,
        since=min(alert.since, at),
        last_seen=min(alert.last_seen, at),
        opened_at=_earlier(alert.opened_at, at),
        acknowledged_at=_earlier(alert.acknowledged_at, at),
        resolved_at=_earlier(alert.resolved_at, at),
        told_at=_earlier(alert.told_at, at),
    )


def _earlier(moment: datetime | None, at: datetime) -> datetime | None:
    return None if moment is None else min(moment, at)
