"""A notice: one thing that people are to be told of one alert.

Its key follows from the alert and from how often it was told alone. A machine that is killed after
it computed a notice and before it stored the alert computes the same key again, so that whoever
delivers can tell that it is the same.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from keypin.alerts.alert import Alert
from keypin.alerts.rule import Rule


class Kind(StrEnum):
    """What happened to the alert."""

    OPENED = "opened"
    WORSENED = "worsened"
    REPEATED = "repeated"
    ESCALATED = "escalated"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What people are to be told.

    Attributes:
        key: the idempotency key.
        kind: what happened.
        at: when.
        alert: the alert, as it was then.
        routes: the names of the routes that are told.
        by_match: routes whose own conditions hold are told as well.
        window: how long others of the alert's group are waited for.
    """

    key: str
    kind: Kind
    at: datetime
    alert: Alert
    routes: tuple[str, ...]
    by_match: bool
    window: timedelta


def tell(alert: Alert, rule: Rule, kind: Kind, at: datetime, nth: str | int = "") -> Notice:
    """Return the notice for those who are told of the alert's ups and downs.

    Args:
        alert: as it is now.
        rule: what decides about it.
        kind: what happened.
        at: when.
        nth: what tells it from others of the kind and alert.
    """
    later = {Kind.WORSENED, Kind.RESOLVED}  # those who were called in hear of what follows
    return Notice(
        key=".".join(filter(None, (alert.id, kind, str(nth)))),
        kind=kind,
        at=at,
        alert=alert,
        routes=tuple(dict.fromkeys((*rule.routes, *(alert.escalated_to if kind in later else ())))),
        by_match=not rule.routes,
        window=rule.window if alert.group else timedelta(0),
    )
