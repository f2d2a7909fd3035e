"""Whether a group is a burst now: what came in lately, against what came in before.

Whole stretches are remembered, in `report_groups.burst`. The one that has just begun is looked at
too, so that a burst is told within seconds; what is made of it is not remembered, for it grows.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select

from keypin.reports import BurstRule, BurstState, Stretch, fold, step
from keypin.watch.store.tables import report_counts, reports

BURST = "report-burst"
"""What alerts call it."""

RULE = BurstRule()

SETTLED = timedelta(seconds=30)
"""So long after its end a stretch is whole: what came in by then is sorted."""

# Reports whose sources are counted: whether there are five shows in these.
_SAMPLE = 5000


@dataclass(frozen=True, slots=True)
class Bursting:
    """What was found out.

    Attributes:
        state: after the last whole stretch, to be remembered.
        since: when the burst began, None where there is none now.
        peak: the most reports of a stretch of it.
    """

    state: BurstState
    since: datetime | None
    peak: int


def look(connection: Connection, group: int, state: BurstState, at: datetime) -> Bursting:
    """Look at what came in of a group since it was last looked at.

    Args:
        connection: a transaction.
        group: its number.
        state: what was remembered.
        at: now.
    """
    last_whole = start_of(at - SETTLED) - RULE.width
    if state.latest is not None and state.latest > last_whole:
        state = BurstState()  # the clock was set back
    begin = state.latest + RULE.width if state.latest else last_whole - RULE.window * RULE.width
    counts = _counts(connection, group, begin, at)
    whole = [one for one in sorted(counts) if one <= last_whole]
    state = fold((_stretch(connection, group, one, counts[one]) for one in whole), state, RULE)
    if state.bursting:  # silence is a stretch too, and ends it
        state = step(state, Stretch(last_whole, 0, 0), RULE)
    now = state
    for one in sorted(counts.keys() - set(whole)):
        now = step(now, _stretch(connection, group, one, counts[one]), RULE)
    since = state.since or now.since
    return Bursting(state, since, max(state.peak, now.peak) if since else 0)


def start_of(at: datetime) -> datetime:
    """Return when the stretch that a moment is in begins."""
    width = int(RULE.width.total_seconds())
    return datetime.fromtimestamp(int(at.timestamp()) // width * width, UTC)


def _counts(connection: Connection, group: int, begin: datetime, at: datetime) -> Counter[datetime]:
    query = select(report_counts.c.minute, report_counts.c.count).where(
        report_counts.c.report_group == group,
        report_counts.c.minute >= begin,
        report_counts.c.minute <= at,
    )
    counts: Counter[datetime] = Counter()
    for row in connection.execute(query):
        counts[start_of(row[0])] += row[1]
    return counts


def _stretch(connection: Connection, group: int, start: datetime, count: int) -> Stretch:
    """Return a stretch. Of how many sources it is matters only where there are many reports."""
    sources = _sources(connection, group, start) if count >= RULE.count else count
    return Stretch(start, count, sources)


def _sources(connection: Connection, group: int, start: datetime) -> int:
    """Return from how many sources a stretch is, as far as a sample shows.

    Where the settings keep no sources, each report counts as one: nothing else is known.
    """
    within = (reports.c.received_at >= start) & (reports.c.received_at < start + RULE.width)
    sample = select(reports.c.source).where(reports.c.report_group == group, within)
    some = sample.limit(_SAMPLE).subquery()
    query = select(func.count(some.c.source.distinct()), func.count(some.c.source), func.count())
    sources, known, total = connection.execute(query.select_from(some)).one()
    return int(sources) if known else int(total)
