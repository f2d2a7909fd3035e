"""What is removed when it is old: a table of rules, applied every hour, a batch at a time.

Groups of reports and alerts that are open stay: they say what happened, and name nobody. So do
findings of logs, as long as their certificate is valid, and longer. What is still to be done stays,
however old it is: alerts of which somebody is still to be told, reports that nobody judged yet,
signals that alerting has not seen. What nothing refers to any more (`keypin.watch.unused`) goes
once a day.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Column, ColumnElement, Date, Table, delete, exists, func, select

from keypin.watch import unused
from keypin.watch.core import Core
from keypin.watch.inventory.portions import portions
from keypin.watch.settings import Settings
from keypin.watch.store import Database
from keypin.watch.store import tables as t

_log = logging.getLogger(__name__)

_BATCH = 1000

# Rows of a rule at a time: what is left is removed an hour later.
_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows that go.

    Attributes:
        column: the moment, or the day, that is compared; of a table, or made of its columns.
        keep: how long after it a row is kept.
        where: the rows that it is about; all unless given.
        of: the table, where the column is made of several.
    """

    column: ColumnElement[datetime]
    keep: Callable[[Settings], timedelta]
    where: ColumnElement[bool] | None = None
    of: Table | None = None

    @property
    def table(self) -> Table:
        """The table whose rows go."""
        return self.column.table if isinstance(self.column, Column) else cast("Table", self.of)


def _reports(settings: Settings) -> timedelta:
    return settings.keep_reports


def _observations(settings: Settings) -> timedelta:
    return settings.keep_observations


def _findings(settings: Settings) -> timedelta:
    return settings.keep_findings


def _days(days: int) -> Callable[[Settings], timedelta]:
    return lambda _: timedelta(days=days)


def _judged_since(came: Column[datetime]) -> ColumnElement[bool]:
    """Return the condition that the group of a row was judged after it came."""
    group = t.report_groups.c
    return exists().where(group.id == came.table.c.report_group, group.judged_at >= came)


# Of an alert whose deliveries would go with it.
_TO_BE_TOLD = exists().where(
    t.alert_history.c.alert == t.alerts.c.id,
    t.deliveries.c.entry == t.alert_history.c.id,
    t.deliveries.c.state.in_(("waiting", "digest")),
)

RULES: tuple[Rule, ...] = (
    Rule(t.reports.c.received_at, _reports, _judged_since(t.reports.c.received_at)),
    Rule(t.report_counts.c.minute, _reports, _judged_since(t.report_counts.c.minute)),
    Rule(t.check_ins.c.day, _observations),
    Rule(t.observations.c.ended_at, _observations),
    Rule(t.alerts.c.resolved_at, _observations, ~_TO_BE_TOLD),
    # What nobody can read does not say when it ends.
    Rule(
        func.coalesce(t.ct_findings.c.not_after, t.ct_findings.c.known_at),
        _findings,
        of=t.ct_findings,
    ),
    Rule(
        t.deliveries.c.created_at,
        _reports,
        t.deliveries.c.delivered_at.is_not(None)
        | t.deliveries.c.route.is_(None)
        | (t.deliveries.c.state == "given-up"),
    ),
    Rule(t.signals.c.seen_at, _reports, ~t.signals.c.holds & t.signals.c.taken),
    Rule(t.silences.c.until, _reports),
    Rule(t.sessions.c.expires_at, _days(0)),
    Rule(t.invitations.c.expires_at, _days(30)),
    Rule(t.idempotency.c.created_at, _days(2)),
)


def declare(core: Core) -> None:
    """Have the rules applied every hour, by one of all processes; and once a day what is unused."""
    rules, daily = timedelta(hours=1), timedelta(days=1)
    core.work.every("retention", rules, lambda: _tell(_old(core)))
    core.work.every("retention of chains", daily, lambda: _tell(unused.remove(core.database)))
    core.work.every("statistics", daily, core.database.analyse)


def apply(database: Database, settings: Settings, at: datetime) -> Mapping[str, int]:
    """Remove what is old, and what nothing refers to any more.

    Args:
        database: the installation's.
        settings: how long things are kept.
        at: the time.

    Returns:
        The number of rows that went, by table; tables that lost none are not in it.
    """
    return {**_by_rules(database, settings, at), **unused.remove(database)}


def _by_rules(database: Database, settings: Settings, at: datetime) -> Mapping[str, int]:
    removed = {rule.table.name: _remove(database, rule, at - rule.keep(settings)) for rule in RULES}
    return {name: rows for name, rows in removed.items() if rows}


def _old(core: Core) -> Mapping[str, int]:
    return _by_rules(core.database, core.settings, core.clock())


def _tell(removed: Mapping[str, int]) -> None:
    if removed:
        _log.info("what was old is removed", extra={"rows": dict(removed)})


def _remove(database: Database, rule: Rule, before: datetime) -> int:
    """Remove the rows of a rule.

    What is to go is looked for once, and by reading: a look through millions of rows would keep
    all others from writing meanwhile.
    """
    (key,) = rule.table.primary_key
    limit = before.date() if isinstance(rule.column.type, Date) else before
    old = rule.column < limit
    if rule.where is not None:
        old &= rule.where
    with database.read_across() as connection:
        found = connection.execute(select(key).where(old).limit(_MOST)).scalars().all()
    total = 0
    for some in portions(found, _BATCH):
        with database.begin_across() as connection:
            gone = delete(rule.table).where(key.in_(some), old)
            total += connection.execute(gone).rowcount
    return total
