"""What pages and the API see of reports: groups, what came in over time, and who it was from.

Everything comes from groups and counts, never from single reports: ten million of those are as fast
as ten. Only a group's newest reports are rows of their own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, RowMapping, Select, func, select, type_coerce

from keypin.reports import Group, Tally, loads
from keypin.watch.collecting.hours import MINUTES_KEPT
from keypin.watch.store import Scope
from keypin.watch.store.tables import applications, report_counts, report_groups, reports

# Groups whose tallies are added up, the largest: the rest is a trickle.
_ADDED = 200

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

# How finely a span of time is shown: a few hundred points at most.
WIDTHS: tuple[tuple[timedelta, timedelta], ...] = (
    (timedelta(hours=6), _MINUTE),
    (MINUTES_KEPT, 10 * _MINUTE),
    (timedelta(days=16), _HOUR),
    (timedelta.max, _DAY),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which groups are wanted; what is not said does not matter.

    Attributes:
        application: its name.
        host: the host that clients connected to.
        classification: what the group is.
        severity: how bad it is.
        bursting: whether it is a burst now.
        since: those alone that had a report since then.
    """

    application: str | None = None
    host: str | None = None
    classification: str | None = None
    severity: str | None = None
    bursting: bool = False
    since: datetime | None = None


ALL = Filter()


@dataclass(frozen=True, slots=True)
class KnownGroup:
    """A group, as a list shows it.

    Attributes:
        id: its number.
        application: the name of its application.
        host: the host that clients connected to.
        classification: what it is; `unjudged` for some seconds after it came up.
        severity: how bad.
        benign: whether only the operator or a clock can have caused it; None: not known.
        message: what it most probably is.
        evidence: the facts that this rests on.
        next_step: what to do.
        burst_since: since when it is a burst, or None.
        chain: the digest of the sample's chain, or None.
        group: all that is counted of it.
    """

    id: int
    application: str
    host: str
    classification: str
    severity: str
    benign: bool | None
    message: str
    evidence: tuple[str, ...]
    next_step: str
    burst_since: datetime | None
    chain: bytes | None
    group: Group


@dataclass(frozen=True, slots=True)
class Series:
    """What came in over time.

    Attributes:
        width: of each bucket.
        starts: when each bucket begins; none is left out.
        counts: how many came in each, by classification.
    """

    width: timedelta
    starts: tuple[datetime, ...]
    counts: dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Whom:
    """Whom reports came from."""

    networks: Tally
    countries: Tally
    releases: Tally
    platforms: Tally


def groups(
    scope: Scope, wanted: Filter = ALL, *, limit: int = 50, offset: int = 0
) -> tuple[KnownGroup, ...]:
    """Return groups, those first that had a report last."""
    order = report_groups.c.last_at.desc(), report_groups.c.id.desc()
    query = _filtered(wanted, _whole(scope)).order_by(*order)
    return tuple(map(_known, scope.rows(query.limit(limit).offset(offset))))


def count(scope: Scope, wanted: Filter = ALL) -> int:
    """Return how many groups there are."""
    query = _joined(scope, select(func.count(report_groups.c.id)))
    return int(scope.value(_filtered(wanted, query)))


def group(scope: Scope, number: int) -> KnownGroup | None:
    """Return a group, or None: there is none of this number."""
    row = scope.row(_whole(scope).where(report_groups.c.id == number))
    return _known(row) if row else None


def newest(scope: Scope, number: int, limit: int = 50) -> Sequence[RowMapping]:
    """Return a group's newest reports, rows of the table `reports`."""
    query = scope.select(reports).where(reports.c.report_group == number)
    return scope.rows(query.order_by(reports.c.received_at.desc()).limit(limit))


def over_time(
    scope: Scope, since: datetime, until: datetime, *, number: int | None = None
) -> Series:
    """Return what came in between two moments.

    Args:
        scope: a transaction of the organisation.
        since: the first moment.
        until: the last.
        number: of a group; all unless given.
    """
    width = next(width for span, width in WIDTHS if until - since <= span)
    micros = width // _MICROSECOND
    bucket = (type_coerce(report_counts.c.minute, BigInteger) // micros).label("bucket")
    total = func.sum(report_counts.c.count).label("total")
    query = (
        select(bucket, report_groups.c.classification, total)
        .join_from(
            report_counts,
            report_groups,
            (report_groups.c.id == report_counts.c.report_group)
            & (report_groups.c.organisation == report_counts.c.organisation),
        )
        .where(scope.mine(report_counts))
        .where(report_counts.c.minute >= since, report_counts.c.minute <= until)
        .group_by(bucket, report_groups.c.classification)
    )
    if number is not None:
        query = query.where(report_counts.c.report_group == number)
    first, last = ((at - _EPOCH) // width for at in (since, until))
    counts: dict[str, list[int]] = {}
    for row in scope.rows(query):
        line = counts.setdefault(row["classification"], [0] * (last - first + 1))
        line[row["bucket"] - first] = int(row["total"])
    starts = tuple(_EPOCH + index * width for index in range(first, last + 1))
    return Series(width, starts, {name: tuple(line) for name, line in sorted(counts.items())})


def whom(scope: Scope, wanted: Filter = ALL) -> Whom:
    """Return whom the reports of groups came from; of the largest groups, where there are many."""
    query = _filtered(wanted, _joined(scope, select(report_groups.c.folded)))
    largest = query.order_by(report_groups.c.count.desc()).limit(_ADDED)
    return whom_of(loads(Group, row["folded"]) for row in scope.rows(largest))


def whom_of(of: Iterable[Group]) -> Whom:
    """Return whom the reports of some groups came from, together."""
    networks, countries, releases, platforms = Tally(), Tally(), Tally(), Tally()
    for one in of:
        networks = networks.merge(one.networks)
        countries = countries.merge(one.countries)
        releases = releases.merge(one.releases)
        platforms = platforms.merge(one.platforms)
    return Whom(networks, countries, releases, platforms)


def _whole(scope: Scope) -> Select[*tuple[Any, ...]]:
    kept = [one for one in report_groups.c if one.name != "application"]
    return _joined(scope, select(*kept, applications.c.name.label("application")))


def _joined(scope: Scope, query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    joined = report_groups.join(
        applications,
        (applications.c.id == report_groups.c.application)
        & (applications.c.organisation == report_groups.c.organisation),
    )
    return query.select_from(joined).where(scope.mine(report_groups))


def _filtered(wanted: Filter, query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    equal = (
        (applications.c.name, wanted.application),
        (report_groups.c.host, wanted.host),
        (report_groups.c.classification, wanted.classification),
        (report_groups.c.severity, wanted.severity),
    )
    query = query.where(*(column == value for column, value in equal if value is not None))
    if wanted.bursting:
        query = query.where(report_groups.c.burst_since.is_not(None))
    if wanted.since is not None:
        query = query.where(report_groups.c.last_at >= wanted.since)
    return query


def _known(row: RowMapping) -> KnownGroup:
    document = row["document"]
    return KnownGroup(
        id=row["id"],
        application=row["application"],
        host=row["host"],
        classification=row["classification"],
        severity=row["severity"],
        benign=row["benign"],
        message=row["message"],
        evidence=tuple(document.get("evidence", ())),
        next_step=document.get("next_step", ""),
        burst_since=row["burst_since"],
        chain=row["chain"],
        group=loads(Group, row["folded"]),
    )
