"""What an installation holds, as metrics: each is a function of a connection and the time.

A new metric is a function in `KEPT`. Labels are of closed sets, or of logs: never hosts, versions
or organisations, which would make a series for each.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import Column, ColumnElement, Connection, Table, and_, case, exists, func, select

from keypin.alerts import State as AlertState
from keypin.findings import Severity
from keypin.watch import shares
from keypin.watch.inventory.endpoints import State
from keypin.watch.probing.court import REFUSED
from keypin.watch.store import tables as t
from keypin.watch.transparency import lists

Count = Callable[[Connection, datetime], Iterator[Metric]]


def _endpoints(connection: Connection, _: datetime) -> Iterator[Metric]:
    found = _grouped(connection, t.endpoints, t.endpoints.c.state)
    metric = GaugeMetricFamily(
        "keypin_endpoints", "Endpoints, by the worst of them.", labels=["state"]
    )
    for state in State:
        metric.add_metric([state.value], found.get((state.value,), 0))
    yield metric


def _probing(connection: Connection, at: datetime) -> Iterator[Metric]:
    lately = t.endpoints.c.probed_at >= at - timedelta(hours=1)
    yield _gauge(
        "keypin_endpoints_probed_last_hour",
        "Endpoints that were probed within the last hour.",
        _number(connection, t.endpoints, lately),
    )
    yield _gauge(
        "keypin_probe_delay_seconds",
        "How long the endpoint that waits longest for its probe is overdue.",
        _age(connection, t.schedules.c.due_at, at),
    )
    yield _gauge(
        "keypin_judge_delay_seconds",
        "How long the endpoint that waits longest for its judgement is overdue.",
        _age(connection, t.endpoints.c.judge_at, at),
    )


def _verdicts(connection: Connection, _: datetime) -> Iterator[Metric]:
    found = _grouped(connection, t.verdicts, t.verdicts.c.outcome)
    metric = GaugeMetricFamily("keypin_verdicts", "Verdicts that are kept.", labels=["outcome"])
    for (outcome,), count in sorted(found.items()):
        metric.add_metric([outcome], count)
    yield metric


def _logs(connection: Connection, _: datetime) -> Iterator[Metric]:
    lag = GaugeMetricFamily("keypin_ct_log_lag_seconds", "How far a log is behind.", labels=["log"])
    behind = GaugeMetricFamily(
        "keypin_ct_log_entries_behind", "Entries of a log that were not read.", labels=["log"]
    )
    failing = GaugeMetricFamily("keypin_ct_log_failing", "Whether it fails.", labels=["log"])
    for row in connection.execute(select(t.ct_logs)).mappings():
        name = [row["name"]]
        if row["lag"] is not None:
            lag.add_metric(name, row["lag"])
        behind.add_metric(name, max(row["size"] - row["position"], 0))
        failing.add_metric(name, row["problem"] is not None)
    yield from (lag, behind, failing)


def _lists(connection: Connection, at: datetime) -> Iterator[Metric]:
    found = lists.reading(connection, at)
    yield _gauge("keypin_ct_logs_read", "Logs that are read.", found.logs)
    yield _gauge(
        "keypin_ct_list_failing",
        "Whether the list of logs cannot be had.",
        bool(found.lost),
    )
    yield GaugeMetricFamily(
        "keypin_ct_list_age_seconds",
        "How old the list of logs is by its own word, where there is one and it says so.",
        value=None if found.listed_at is None else (at - found.listed_at).total_seconds(),
    )


def _releases(connection: Connection, _: datetime) -> Iterator[Metric]:
    """Yield how releases in the field fare; those of which nothing was read are no others."""
    shown = exists().where(
        t.observations.c.organisation == t.verdicts.c.organisation,
        t.observations.c.endpoint == t.verdicts.c.endpoint,
        t.observations.c.chain == t.verdicts.c.chain,
        t.observations.c.ended_at.is_(None),
    )
    said = exists().where(
        t.verdicts.c.organisation == t.releases.c.organisation,
        t.verdicts.c.pin_set == t.releases.c.pin_set,
        shown,
    )
    refused = said.where(t.verdicts.c.outcome.in_([one.value for one in REFUSED]))
    state = case((refused, "refused"), (said, "accepted"), else_="unknown")
    living = t.releases.c.retired_at.is_(None)
    query = select(state, func.count()).select_from(t.releases).where(living).group_by(state)
    found = {str(name): int(number) for name, number in connection.execute(query)}
    metric = GaugeMetricFamily(
        "keypin_releases",
        "Releases in the field, by what they say of what is read now.",
        labels=["state"],
    )
    for name in ("refused", "accepted", "unknown"):
        metric.add_metric([name], found.get(name, 0))
    yield metric


def _alerts(connection: Connection, _: datetime) -> Iterator[Metric]:
    active = t.alerts.c.state != AlertState.RESOLVED.value
    found = _grouped(connection, t.alerts, t.alerts.c.state, t.alerts.c.severity, where=active)
    metric = GaugeMetricFamily(
        "keypin_alerts", "Alerts that are not resolved.", labels=["state", "severity"]
    )
    for state in (one for one in AlertState if one is not AlertState.RESOLVED):
        for severity in Severity:
            count = found.get((state.value, severity.value), 0)
            metric.add_metric([state.value, severity.value], count)
    yield metric


def _deliveries(connection: Connection, at: datetime) -> Iterator[Metric]:
    found = _grouped(connection, t.deliveries, t.deliveries.c.state)
    metric = GaugeMetricFamily("keypin_deliveries", "Notices to routes.", labels=["state"])
    for (state,), count in sorted(found.items()):
        metric.add_metric([state], count)
    yield metric
    waiting = t.deliveries.c.state == "waiting"
    yield _gauge(
        "keypin_delivery_delay_seconds",
        "How long the notice that waits longest is overdue.",
        _age(connection, t.deliveries.c.due_at, at, where=waiting),
    )
    failing = t.alert_routes.c.failing_since.is_not(None)
    yield _gauge(
        "keypin_routes_failing",
        "Routes of alerts that take nothing.",
        _number(connection, t.alert_routes, failing),
    )


def _signals(connection: Connection, at: datetime) -> Iterator[Metric]:
    waiting = ~t.signals.c.taken
    yield _gauge(
        "keypin_signal_delay_seconds",
        "How long the finding that waits longest was not looked at by alerting.",
        _age(connection, t.signals.c.seen_at, at, where=waiting),
    )


def _reports(connection: Connection, _: datetime) -> Iterator[Metric]:
    burst = t.report_groups.c.burst_since.is_not(None)
    yield _gauge(
        "keypin_report_bursts",
        "Groups of pin failure reports that are a burst now.",
        _number(connection, t.report_groups, burst),
    )


def _workers(connection: Connection, at: datetime) -> Iterator[Metric]:
    alive = t.workers.c.seen_at >= at - shares.silence(connection.dialect.name)
    yield _gauge(
        "keypin_workers", "Processes that share the work.", _number(connection, t.workers, alive)
    )


KEPT: tuple[Count, ...] = (
    _endpoints,
    _probing,
    _verdicts,
    _logs,
    _lists,
    _releases,
    _alerts,
    _deliveries,
    _signals,
    _reports,
    _workers,
)


def _gauge(name: str, said: str, value: float) -> Metric:
    return GaugeMetricFamily(name, said, value=value)


def _grouped(
    connection: Connection,
    table: Table,
    *columns: Column[str],
    where: ColumnElement[bool] | None = None,
) -> dict[tuple[str, ...], int]:
    query = select(*columns, func.count()).select_from(table).group_by(*columns)
    rows = connection.execute(query if where is None else query.where(where))
    return {tuple(row[:-1]): int(row[-1]) for row in rows}


def _number(connection: Connection, table: Table, where: ColumnElement[bool]) -> int:
    return int(
        connection.execute(select(func.count()).select_from(table).where(where)).scalar_one()
    )


def _age(
    connection: Connection,
    column: Column[datetime],
    at: datetime,
    where: ColumnElement[bool] | None = None,
) -> float:
    """Return how many seconds ago the oldest moment was; 0 where none has come yet."""
    oldest = select(func.min(column)).where(
        and_(column <= at, *(() if where is None else (where,)))
    )
    found: datetime | None = connection.execute(oldest).scalar()
    return 0.0 if found is None else (at - found).total_seconds()
