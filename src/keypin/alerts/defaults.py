"""The product's own rules, which stand behind the user's: what a team wants that wrote none.

Rows of one table, documented in `docs/reference/alert-rules.md`; a test holds the page to them.
"""

from datetime import timedelta

from keypin.alerts.match import Match
from keypin.alerts.rule import Rule
from keypin.findings import Severity

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

DEFAULTS: tuple[Rule, ...] = (
    # Users are refused now, or will be by what is served: every minute counts.
    Rule(
        name="users-refused",
        match=Match(ids=("chain-*", "gate-*", "pins-*"), severity=Severity.ERROR),
        repeat=_HOUR,
    ),
    # A burst is over when it stops, and nobody says so.
    Rule(
        name="reports",
        match=Match(ids=("report-*",)),
        group_by=("id", "application"),
        repeat=4 * _HOUR,
        lapse=2 * _HOUR,
    ),
    # One lost packet is no outage, and a network that fails fails for many at once.
    Rule(
        name="unreachable",
        match=Match(ids=("endpoint-unreachable", "endpoint-slow")),
        group_by=("id", "owner"),
        window=_MINUTE,
        wait=5 * _MINUTE,
        repeat=12 * _HOUR,
        settle=15 * _MINUTE,
    ),
    # What a log once did it did for ever; it is told until somebody has looked.
    Rule(
        name="log-misbehaved",
        match=Match(ids=("log-forked", "ct-fork", "ct-rollback", "ct-root-mismatch")),
        severity=Severity.ERROR,
        group_by=("subject",),
        repeat=_DAY,
    ),
    # Logs stall, and come back.
    Rule(
        name="logs-behind",
        match=Match(ids=("log-*", "ct-unreachable", "ct-stalled-head", "ct-unproved-head")),
        group_by=("id",),
        window=_MINUTE,
        wait=30 * _MINUTE,
        settle=_HOUR,
    ),
    # A certificate that nobody ordered is told at once, and again each day.
    Rule(
        name="certificate-logged",
        match=Match(ids=("ct-*",)),
        group_by=("id", "application"),
        window=_MINUTE,
        repeat=_DAY,
    ),
    # Dates are known long before: together, once a day.
    Rule(
        name="deadlines",
        match=Match(ids=("*-expires", "*-expired", "expiry-*", "*-later")),
        group_by=("owner", "application"),
        window=10 * _MINUTE,
        repeat=_DAY,
    ),
    # Alerts that do not arrive would be known to nobody.
    Rule(
        name="alerts-lost",
        match=Match(ids=("delivery-*",)),
        group_by=("id",),
        window=_MINUTE,
        repeat=4 * _HOUR,
    ),
    Rule(name="all-else", repeat=_DAY),
)
"""Rules for what no rule of the user's matches; the last matches everything."""
