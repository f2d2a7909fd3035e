"""All that may become due of an alert, as rows: when, what then, and whether people are told.

Each row is two small functions of the alert and of the rule that decides about it. A silence
postpones the rows that speak, and those alone: alerts open, clear and lapse under it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from keypin.alerts.alert import Alert, State
from keypin.alerts.notice import Kind, Notice, tell
from keypin.alerts.rule import Rule
from keypin.alerts.signal import graver
from keypin.alerts.silence import Silence, quiet_until

_Change = tuple[Alert, Notice | None]


class Step(NamedTuple):
    """Something that may become due of an alert.

    Attributes:
        name: what happens.
        when: says when it is due, or None where it is not to happen.
        act: does it.
        speaks: people are told of it, so that a silence postpones it.
    """

    name: str
    when: Callable[[Alert, Rule], datetime | None]
    act: Callable[[Alert, Rule, datetime], _Change]
    speaks: bool

    def moment(
        self, alert: Alert, rule: Rule, silences: Sequence[Silence], at: datetime
    ) -> datetime | None:
        """Return when it happens, from `at` on."""
        when = self.when(alert, rule)
        if when is None:
            return None
        when = max(when, at)
        return quiet_until(alert.signal, silences, when) if self.speaks else when

    def ready(self, alert: Alert, rule: Rule, silences: Sequence[Silence], at: datetime) -> bool:
        """Tell whether it is to happen now."""
        return self.moment(alert, rule, silences, at) == at


def _lapses(alert: Alert, rule: Rule) -> datetime | None:
    over = alert.state is State.RESOLVED or rule.lapse is None
    return None if over or rule.lapse is None else alert.last_seen + rule.lapse


def _lapse(alert: Alert, _rule: Rule, at: datetime) -> _Change:
    return alert.cleared(at), None


def _opens(alert: Alert, rule: Rule) -> datetime | None:
    return alert.since + rule.wait if alert.state is State.PENDING else None


def _open(alert: Alert, _rule: Rule, at: datetime) -> _Change:
    return replace(alert, state=State.OPEN, opened_at=at), None


def _is_told(alert: Alert, _rule: Rule) -> datetime | None:
    untold = alert.state is State.OPEN and alert.told_at is None
    return alert.opened_at if untold else None


def _tell(alert: Alert, rule: Rule, at: datetime) -> _Change:
    told = replace(alert, told_at=at, told_severity=alert.severity)
    return told, tell(told, rule, Kind.OPENED, at)


def _worsens(alert: Alert, _rule: Rule) -> datetime | None:
    told = alert.told_severity
    worse = alert.active and told is not None and graver(alert.severity, told)
    return alert.last_seen if worse else None


def _worsen(alert: Alert, rule: Rule, at: datetime) -> _Change:
    """Tell that it is worse than was told; who acknowledged the lesser did not mean this."""
    worse = replace(
        alert,
        state=State.OPEN,
        acknowledged_at=None,
        acknowledged_by=None,
        acknowledged_note="",
        told_at=at,
        told_severity=alert.severity,
    )
    return worse, tell(worse, rule, Kind.WORSENED, at, worse.severity)


def _escalates(alert: Alert, rule: Rule) -> datetime | None:
    waiting = alert.state is State.OPEN and alert.told_at is not None
    if not waiting or alert.opened_at is None or alert.escalated >= len(rule.escalate):
        return None
    return alert.opened_at + rule.escalate[alert.escalated].after


def _escalate(alert: Alert, rule: Rule, at: datetime) -> _Change:
    routes, number = rule.escalate[alert.escalated].routes, alert.escalated + 1
    names = tuple(dict.fromkeys((*alert.escalated_to, *routes)))
    higher = replace(alert, escalated=number, escalated_to=names)
    notice = tell(higher, rule, Kind.ESCALATED, at, number)
    return higher, replace(notice, routes=routes, by_match=False)


def _repeats(alert: Alert, rule: Rule) -> datetime | None:
    if alert.state is not State.OPEN or alert.told_at is None or rule.repeat is None:
        return None
    return alert.told_at + rule.repeat


def _repeat(alert: Alert, rule: Rule, at: datetime) -> _Change:
    again = replace(alert, told_at=at, repeats=alert.repeats + 1)
    return again, tell(again, rule, Kind.REPEATED, at, again.repeats)


def _quietly_settles(alert: Alert, rule: Rule) -> datetime | None:
    untold = alert.told_at is None and not alert.settled
    return alert.resolved_at + rule.settle if untold and alert.resolved_at else None


def _quietly_settle(alert: Alert, _rule: Rule, _at: datetime) -> _Change:
    return replace(alert, settled=True), None


def _settles(alert: Alert, rule: Rule) -> datetime | None:
    open_to_people = alert.told_at is not None and not alert.settled
    return alert.resolved_at + rule.settle if open_to_people and alert.resolved_at else None


def _settle(alert: Alert, rule: Rule, at: datetime) -> _Change:
    settled = replace(alert, settled=True)
    return settled, tell(settled, rule, Kind.RESOLVED, at)


# The order counts: what is over is not told, and what is told is not told again at once.
STEPS: tuple[Step, ...] = (
    Step("lapse", _lapses, _lapse, speaks=False),
    Step("open", _opens, _open, speaks=False),
    Step("tell", _is_told, _tell, speaks=True),
    Step("worsen", _worsens, _worsen, speaks=True),
    Step("escalate", _escalates, _escalate, speaks=True),
    Step("repeat", _repeats, _repeat, speaks=True),
    Step("settle quietly", _quietly_settles, _quietly_settle, speaks=False),
    Step("settle", _settles, _settle, speaks=True),
)
"""All that may become due of an alert, first things first."""
