"""What a rule would have decided of the alerts that there are, before anybody keeps it."""

from dataclasses import dataclass

from keypin.alerts import DEFAULTS, Rule, decide
from keypin.watch.alerting import rules
from keypin.watch.alerting.documents import alert_of
from keypin.watch.alerting.reading import KnownAlert
from keypin.watch.store import Scope
from keypin.watch.store.tables import alerts

# The newest: a page has them in some milliseconds.
LOOKED_AT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What came of it.

    Attributes:
        looked_at: how many alerts, the newest.
        matched: how many of them the rule matches.
        decided: those that it would decide, for no earlier rule does.
    """

    looked_at: int
    matched: int
    decided: tuple[KnownAlert, ...]


def rehearse(scope: Scope, rule: Rule) -> Rehearsed:
    """Try a rule at its place, or behind the others where it is new.

    Args:
        scope: a transaction of the organisation.
        rule: what would be kept.
    """
    own = rules.listed(scope)
    there = any(one.name == rule.name for one in own)
    asked = [rule if one.name == rule.name else one for one in own]
    every = (*asked, *(() if there else (rule,)), *DEFAULTS)
    query = scope.select(alerts.c.id, alerts.c.document).order_by(alerts.c.id.desc())
    seen = [
        KnownAlert(row["id"], alert_of(row["document"]))
        for row in scope.rows(query.limit(LOOKED_AT))
    ]
    return Rehearsed(
        looked_at=len(seen),
        matched=sum(rule.match.covers(one.alert.signal) for one in seen),
        decided=tuple(one for one in seen if decide(every, one.alert.signal) is rule),
    )
