"""Digests: many alerts and the next dates in one message, at the beginning of a route's hours.

A route whose hours are Monday, 08:00, gets its digest on Mondays; one without hours gets it every
day at 08:00 in its organisation's time zone. A digest is written once, kept, and told as any other
message is. Days on which nobody was there to write one are in the next.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import RowMapping, func, or_, select

from keypin.alerts import Alert, Deadline, Delivery, Hours, Route, Rule, decide
from keypin.alerts.digest import digest
from keypin.alerts.route import DAYS
from keypin.alerts.toml import route_of
from keypin.errors import KeypinError
from keypin.watch.alerting import deadlines, preferences, rulebook
from keypin.watch.alerting.documents import alert_of
from keypin.watch.alerting.rulebook import Rulebook
from keypin.watch.core import Core
from keypin.watch.inventory.shelf import Shelf
from keypin.watch.inventory.upsert import insert_new
from keypin.watch.jumps import SLACK
from keypin.watch.store import Scope
from keypin.watch.store.tables import alert_routes, alerts, deliveries, organisations

_log = logging.getLogger(__name__)

# When a digest comes where nobody said when.
MORNING = time(8)

# The first digest of a route looks back so far.
FIRST = timedelta(days=1)

# Alerts that a digest reads; it shows 25 of each kind.
_MOST = 2000


def turn(core: Core, shelf: Shelf) -> int:
    """Write the digests that are due.

    Args:
        core: the installation's storage and clock.
        shelf: a memory of pin sets.

    Returns:
        How many were written.
    """
    at, table = core.clock(), alert_routes.c
    is_digest = table.definition["delivery"].as_string() == Delivery.DIGEST.value
    # What was written by a clock that was ahead is looked at anew.
    due = or_(table.digest_at.is_(None), table.digest_at <= at, table.digested_at > at + SLACK)
    query = select(table.organisation, table.id).where(table.enabled, is_digest, due)
    with core.database.read_across() as connection:
        several = connection.execute(query).all()
    return sum(_safely(core, shelf, organisation, route, at) for organisation, route in several)


def next_after(hours: Hours | None, zone: str, at: datetime) -> datetime:
    """Return when a route gets its next digest.

    Args:
        hours: the route's, whose beginnings they are.
        zone: of its organisation, where it has no hours.
        at: after this.
    """
    hours = hours or Hours(days=DAYS, begin=MORNING, zone=zone)
    local = ZoneInfo(hours.zone)
    today = at.astimezone(local).date()
    days = (today + timedelta(days=ahead) for ahead in range(9))
    begins = (
        datetime.combine(day, hours.begin, local).astimezone(UTC)
        for day in days
        if DAYS[day.weekday()] in hours.days
    )
    return next(one for one in begins if one > at)


def _safely(core: Core, shelf: Shelf, organisation: int, number: int, at: datetime) -> int:
    """Write a digest; one that cannot be written keeps back no other."""
    try:
        return _write(core, shelf, organisation, number, at)
    except (KeypinError, msgspec.MsgspecError):
        _log.exception("the digest of the route %d cannot be written", number)
        return 0


def _write(core: Core, shelf: Shelf, organisation: int, number: int, at: datetime) -> int:
    with core.database.begin(organisation) as scope:
        query = scope.select(alert_routes).where(alert_routes.c.id == number)
        row = scope.row(query.with_for_update(key_share=True, skip_locked=True))
        if row is None:  # gone, or another process writes it
            return 0
        route, written = route_of(row["definition"]), 0
        if row["digest_at"] is not None and row["digest_at"] <= at:
            _keep(scope, core.settings.base_url, shelf, row, at)
            written = 1
        digest_at = next_after(route.hours, preferences.zone(scope), at)
        reached = {"digested_at": at} if written or _is_ahead(row, at) else {}
        rows = scope.update(alert_routes).where(alert_routes.c.id == number)
        scope.execute(rows.values(digest_at=digest_at, **reached))
        return written


def _is_ahead(row: RowMapping, at: datetime) -> bool:
    return row["digested_at"] is not None and row["digested_at"] > at


def _keep(scope: Scope, base: str, shelf: Shelf, row: RowMapping, at: datetime) -> None:
    """Write a digest, and that it is what had waited for one."""
    route, since = route_of(row["definition"]), min(row["digested_at"] or at - FIRST, at)
    book = rulebook.read(scope, at)
    name = scope.value(select(organisations.c.name).where(organisations.c.id == scope.organisation))
    words = digest(
        _alerts(scope, route, book, since),
        _dates(scope, shelf, route, at),
        at,
        since=since,
        base=f"{base}/o/{name}",
        silences=book.silences,
    )
    key = _key(scope, row["id"], f"{route.name}:digest.{row['digest_at']:%Y%m%dT%H%M%SZ}")
    values: dict[str, Any] = {
        "organisation": scope.organisation,
        "key": f"{row['id']}:{key}",
        "route": row["id"],
        "digest": json.loads(msgspec.json.encode(words)),
        "bundle": key,
        "state": "waiting",
        "created_at": at,
        "due_at": at,
    }
    insert_new(scope.connection, deliveries, [values])
    waited = scope.update(deliveries).where(
        deliveries.c.route == row["id"], deliveries.c.state == "digest"
    )
    scope.execute(waited.values(state="delivered", delivered_at=at, bundle=key))


def _key(scope: Scope, route: int, key: str) -> str:
    """Return a key that no digest of a route has: a clock that was ahead may have used it."""
    of_day = deliveries.c.bundle.startswith(key, autoescape=True)
    query = scope.select(func.count(deliveries.c.bundle.distinct())).where(
        deliveries.c.route == route, deliveries.c.digest.is_not(None), of_day
    )
    before = int(scope.value(query))
    return f"{key}.{before + 1}" if before else key


def _alerts(scope: Scope, route: Route, book: Rulebook, since: datetime) -> Sequence[Alert]:
    """Return what a route is to hear: what is open, and what was over since the last time."""
    over = (alerts.c.state == "resolved") & (alerts.c.resolved_at > since)
    active = alerts.c.state.in_(("open", "acknowledged"))
    query = scope.select(alerts.c.document).where(active | over)
    rows = scope.rows(query.order_by(alerts.c.rank, alerts.c.id.desc()).limit(_MOST))
    found = (alert_of(row["document"]) for row in rows)
    return [one for one in found if _wants(route, decide(book.rules, one.signal), one)]


def _wants(route: Route, rule: Rule, alert: Alert) -> bool:
    if rule.routes:
        return route.name in (*rule.routes, *alert.escalated_to)
    return route.match.covers(replace(alert.signal, severity=alert.severity))


def _dates(scope: Scope, shelf: Shelf, route: Route, at: datetime) -> Sequence[Deadline]:
    """Return the next dates: of the route's owners, where it has some."""
    owned = route.match.owners
    found = deadlines.gather(scope, shelf, at)
    return [one for one in found if not owned or one.owner in owned]
