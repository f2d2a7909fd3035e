"""Which part of the users runs which release, measured every hour from what was seen of each.

Where that is another share than the one by which alerts were told whom they hit, the endpoints that
the release pins are judged anew.
"""

import logging
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select

from keypin.reports import Seen, Share, shares
from keypin.watch.core import Core
from keypin.watch.inventory.pushing import judge_pinned
from keypin.watch.inventory.shelf import Shelf
from keypin.watch.store import Scope
from keypin.watch.store.tables import applications, check_ins, releases

_log = logging.getLogger(__name__)

WINDOW = timedelta(days=35)
"""What is older counts for a thirty-second at most, and is not read."""

# A share that moves by less is told with the next day's judgement.
_MOVED = 0.05

# A release that nobody was seen with has no users, unless it is as new as this.
_NEW = timedelta(days=1)


def measure(core: Core) -> int:
    """Measure the shares of all releases in the field, and return how many are known now."""
    at = core.clock()
    with core.database.read_across() as connection:
        numbers = list(connection.execute(select(applications.c.id)).scalars())
    return sum(_measure(core, number, at) for number in numbers)


def _measure(core: Core, application: int, at: datetime) -> int:
    """Measure one application's, in a transaction of its own."""
    with core.database.begin_across() as connection:
        query = select(releases).where(
            releases.c.application == application, releases.c.retired_at.is_(None)
        )
        rows = connection.execute(query).all()
        seen = _seen(connection, application, (at - WINDOW).date())
        if not rows or not seen:
            return 0
        given = {row.version: row.share for row in rows if row.share is not None}
        found = _shares(seen, at, given)
        change = releases.update().where(releases.c.id == bindparam("number"))
        values = [{"number": row.id, "share_now": _share(row, found, at)} for row in rows]
        connection.execute(change.values(measured=bindparam("share_now")), values)
        moved = {
            row.pin_set
            for row, one in zip(rows, values, strict=True)
            if row.share is None and _is_news(row.measured, one["share_now"])
        }
        scope = Scope(connection, rows[0].organisation)
        for pin_set in Shelf().pin_sets(connection, scope.organisation, moved).values():
            judge_pinned(scope, pin_set, at)
    return sum(one["share_now"] is not None for one in values)


def _seen(connection: Connection, application: int, since: date) -> list[Seen]:
    query = select(check_ins.c.version, check_ins.c.day, check_ins.c.count, check_ins.c.reports)
    ours = query.where(check_ins.c.application == application, check_ins.c.day >= since)
    return [Seen(*row) for row in connection.execute(ours)]


def _shares(seen: list[Seen], at: datetime, given: Mapping[str, float]) -> dict[str, Share]:
    try:
        return shares(seen, at, given=given)
    except ValueError as error:
        _log.warning("shares by hand are left out of the measurement: %s", error)
        return shares(seen, at)


def _is_news(before: float | None, now: float | None) -> bool:
    """Tell whether a share is another than was told; what drifts is told by the next day."""
    if before is None or now is None:
        return before is not now
    return abs(now - before) >= _MOVED


def _share(row: Any, found: Mapping[str, Share], at: datetime) -> float | None:  # noqa: ANN401
    share = found.get(row.version)
    if share is not None:
        return share.fraction
    return 0.0 if row.released_at < at - _NEW else None
