"""Alerts for pages and the API: lists of them, one with all that became of it, and how many."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, case, func, or_, select

from keypin.alerts import Alert, State
from keypin.alerts.signal import gravest_first
from keypin.findings import Severity
from keypin.watch.alerting.documents import alert_of, notice_of, short
from keypin.watch.inventory.edit import UnknownError
from keypin.watch.inventory.portions import portions
from keypin.watch.store import Scope
from keypin.watch.store.tables import alert_history, alert_routes, alerts, deliveries

ACTIVE = (State.OPEN, State.ACKNOWLEDGED)
"""What somebody has to look at."""


@dataclass(frozen=True, slots=True)
class KnownAlert:
    """An alert that is kept: the number of its row, and what it is."""

    id: int
    alert: Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which alerts; what is not said wants all.

    Attributes:
        states: in one of these states.
        severity: as grave at least.
        findings: of one of these findings, as `chain-refused`.
        owner: whose owner this is.
        application: of this application.
        subject: about this, as `api.example.com:443`.
        search: whose title or subject holds this.
        since: those that began then or later.
    """

    states: Collection[State] = ()
    severity: Severity | None = None
    findings: Collection[str] = ()
    owner: str | None = None
    application: str | None = None
    subject: str | None = None
    search: str = ""
    since: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return it as conditions of rows."""
        table = alerts.c
        found: list[ColumnElement[bool]] = []
        if self.states:
            found.append(table.state.in_([one.value for one in self.states]))
        if self.severity is not None:
            found.append(table.rank <= gravest_first(self.severity))
        if self.findings:
            found.append(table.finding.in_([short(one) for one in self.findings]))
        equal = (
            (table.owner, self.owner),
            (table.application, self.application),
            (table.subject, self.subject),
        )
        found += [column == short(value) for column, value in equal if value is not None]
        if self.search:
            texts, text = (table.title, table.subject), short(self.search)
            found.append(or_(*(one.icontains(text, autoescape=True) for one in texts)))
        if self.since is not None:
            found.append(table.since >= self.since)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that became of an alert.

    Attributes:
        at: when.
        kind: `opened`, `worsened`, `repeated`, `escalated`, `resolved`, `acknowledged`, `closed`.
        by: who did it, where it was a person.
        note: what they said of it, where they said something.
    """

    at: datetime
    kind: str
    by: str | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One thing that a route is to be told of an alert, or was.

    Attributes:
        route: the route's name; of one that was removed, the name that it had.
        removed: whether the route was removed.
        paused: whether the route is switched off, and told when it is on again.
        shown: what may be shown of its address.
        kind: what it is told, as `opened`.
        state: `waiting`, `digest`, `delivered`, `given-up`, or `withdrawn`: the route was removed.
        attempts: how often it was tried.
        created_at: since when it is to be told.
        due_at: when it is tried next; counts while it is waiting.
        group_until: until when others of its group are waited for at most, to be told with it;
            None where nobody is waited for, or where it waits no more.
        tried_at: when it was tried last.
        delivered_at: when it was taken.
        failure: why it was not, at the last try.
    """

    route: str
    removed: bool
    paused: bool
    shown: str
    kind: str
    state: str
    attempts: int
    created_at: datetime
    due_at: datetime
    group_until: datetime | None
    tried_at: datetime | None
    delivered_at: datetime | None
    failure: str | None


def numbers(scope: Scope, wanted: Wanted) -> Select[*tuple[Any, ...]]:
    """Return the query of the numbers of alerts, in no order."""
    return scope.select(alerts.c.id).where(*wanted.conditions())


def by_numbers(scope: Scope, several: Iterable[int]) -> tuple[KnownAlert, ...]:
    """Return alerts by their numbers, in that order; what is gone is left out."""
    order = list(several)
    found: dict[int, KnownAlert] = {}
    for some in portions(order):
        query = scope.select(alerts.c.id, alerts.c.document).where(alerts.c.id.in_(some))
        found |= {row["id"]: _known(row) for row in scope.rows(query)}
    return tuple(found[number] for number in order if number in found)


def listed(
    scope: Scope,
    wanted: Wanted,
    *,
    after: tuple[int, int] | None = None,
    limit: int = 100,
) -> tuple[KnownAlert, ...]:
    """Return alerts, the gravest first, of these the newest: a page of them.

    Args:
        scope: whose.
        wanted: which.
        after: rank and number of the last of the page before (`place`).
        limit: so many at most.
    """
    rank, number = alerts.c.rank, alerts.c.id
    query = scope.select(number, alerts.c.document).where(*wanted.conditions())
    if after is not None:
        query = query.where(or_(rank > after[0], (rank == after[0]) & (number < after[1])))
    query = query.order_by(rank, number.desc()).limit(limit)
    return tuple(map(_known, scope.rows(query)))


def place(one: KnownAlert) -> tuple[int, int]:
    """Return where an alert stands in `listed`, for the page after it."""
    return gravest_first(one.alert.severity), one.id


def count(scope: Scope, wanted: Wanted) -> int:
    """Return how many alerts there are."""
    query = scope.select(func.count(alerts.c.id)).where(*wanted.conditions())
    return int(scope.value(query) or 0)


def by_state(scope: Scope) -> Mapping[State, int]:
    """Return how many alerts are in each state."""
    query = scope.select(alerts.c.state, func.count(alerts.c.id)).group_by(alerts.c.state)
    found = {row[0]: row[1] for row in scope.execute(query)}
    return {state: found.get(state.value, 0) for state in State}


def by_severity(scope: Scope, states: Collection[State] = ACTIVE) -> Mapping[Severity, int]:
    """Return how many alerts in some states are how grave."""
    query = scope.select(alerts.c.severity, func.count(alerts.c.id)).group_by(alerts.c.severity)
    rows = scope.execute(query.where(alerts.c.state.in_([one.value for one in states])))
    found = {row[0]: row[1] for row in rows}
    return {severity: found.get(severity.value, 0) for severity in Severity}


def find(scope: Scope, number: int) -> KnownAlert:
    """Return an alert.

    Raises:
        UnknownError: there is none of this number.
    """
    row = scope.row(scope.select(alerts.c.id, alerts.c.document).where(alerts.c.id == number))
    if row is None:
        raise UnknownError.of("alert", number)
    return _known(row)


def history(scope: Scope, number: int, *, limit: int = 1000) -> tuple[Event, ...]:
    """Return what became of an alert, the newest first."""
    table = alert_history.c
    columns = table.at, table.kind, table.by, table.note
    query = scope.select(*columns).where(table.alert == number)
    rows = scope.rows(query.order_by(table.at.desc(), table.id.desc()).limit(limit))
    return tuple(Event(**row) for row in rows)


def tellings(scope: Scope, number: int, *, limit: int = 1000) -> tuple[Telling, ...]:
    """Return what was to be told of an alert, and to whom, the newest first."""
    query = _tellings(scope).where(alert_history.c.alert == number)
    return _told(scope.rows(query.order_by(deliveries.c.id.desc()).limit(limit)))


def not_told(scope: Scope, *, limit: int = 100) -> tuple[Telling, ...]:
    """Return what was not taken at the last try, or given up, the newest first."""
    query = _tellings(scope).where(
        deliveries.c.state.in_(("waiting", "given-up")), deliveries.c.failure.is_not(None)
    )
    return _told(scope.rows(query.order_by(deliveries.c.id.desc()).limit(limit)))


def waiting(scope: Scope) -> Mapping[str, Mapping[str, int]]:
    """Return how many deliveries of each route are in which state, by the route's name."""
    route, state = alert_routes.c.name, deliveries.c.state
    query = (
        scope.select(route, state, func.count(deliveries.c.id))
        .join_from(deliveries, alert_routes, deliveries.c.route == alert_routes.c.id)
        .where(scope.mine(deliveries), scope.mine(alert_routes))
        .group_by(route, state)
    )
    found: dict[str, dict[str, int]] = {}
    for name, word, number in scope.execute(query):
        found.setdefault(name, {})[word] = number
    return found


def _tellings(scope: Scope) -> Select[*tuple[Any, ...]]:
    table, route, entry = deliveries.c, alert_routes.c, alert_history.c
    names = ("state", "attempts", "created_at", "due_at", "tried_at", "delivered_at", "failure")
    known = (table.route == route.id) & (table.organisation == route.organisation)
    return (
        select(
            func.coalesce(route.name, table.gone).label("route"),
            table.route.is_(None).label("removed"),
            route.enabled,
            func.coalesce(route.shown, table.gone_shown).label("shown"),
            entry.kind,
            case((table.state == "waiting", entry.notice)).label("notice"),
            *(table[one] for one in names),
        )
        .select_from(deliveries.outerjoin(alert_routes, known))
        .join(alert_history, table.entry == entry.id)
        .where(*(scope.mine(one) for one in (deliveries, alert_history)))
    )


def _told(rows: Sequence[RowMapping]) -> tuple[Telling, ...]:
    return tuple(map(_telling, rows))


def _telling(row: RowMapping) -> Telling:
    said = {name: value for name, value in row.items() if name not in {"notice", "enabled"}}
    notice = notice_of(row["notice"]) if row["notice"] else None
    until = notice.at + notice.window if notice and notice.window else None
    return Telling(**said, paused=row["enabled"] is False, group_until=until)


def _known(row: RowMapping) -> KnownAlert:
    return KnownAlert(row["id"], alert_of(row["document"]))
