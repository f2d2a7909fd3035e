"""Groups of reports as rows and shares: read from what the collector folded, never one by one."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, RowMapping, or_, true

from keypin.reports import Group, Tally
from keypin.reports.stored import loads
from keypin.watch.collecting import knowing
from keypin.watch.store import Scope
from keypin.watch.store.tables import applications, report_groups
from keypin.web.pages.charts import cause_of
from keypin.web.pages.links import Links
from keypin.web.pages.listing import Ids
from keypin.web.views.parts import Link
from keypin.web.views.reports import Collector, Division, GroupRow, Share

# What a person reads of a division, and of the countries of a group.
_SHARES, _COUNTRIES, _RELEASES = 8, 3, 4

# Groups whose shares are put together: the latest.
_MOST = 30


class Which(StrEnum):
    """Which groups a list has."""

    OPEN = "open"
    KNOWN = "known"
    ALL = "all"

    def condition(self, at: datetime) -> ColumnElement[bool]:
        """Return it as a condition of rows."""
        known = knowing.holding(at)
        conditions = {Which.OPEN: ~known, Which.KNOWN: known, Which.ALL: true()}
        return conditions[self]


def ids(scope: Scope, query: str, since: datetime, which: ColumnElement[bool]) -> Ids:
    """Return the numbers of the groups that had a report since a moment, and hold a text."""
    late = report_groups.c.last_at >= since
    found = scope.select(report_groups.c.id).where(late, which)
    if not query:
        return found
    texts = report_groups.c.host, report_groups.c.classification, report_groups.c.message
    wanted = query.replace(" ", "-"), query
    return found.where(
        or_(*(one.icontains(each, autoescape=True) for one in texts for each in set(wanted)))
    )


def rows(scope: Scope, numbers: Sequence[int], links: Links, at: datetime) -> list[GroupRow]:
    """Return groups as rows, in the order of their numbers."""
    query = scope.select(report_groups).where(report_groups.c.id.in_(numbers))
    found = {row["id"]: row for row in scope.rows(query)}
    return [row_of(found[one], folded(found[one]), links, at) for one in numbers if one in found]


def folded(row: RowMapping) -> Group:
    """Return what the reports of a group tell together."""
    return loads(Group, row["folded"])


def row_of(row: RowMapping, group: Group, links: Links, at: datetime) -> GroupRow:
    """Return a group as a row."""
    message = row["message"] or f"reports of {row['host']} that are not judged yet"
    mark = knowing.mark_of(row)
    return GroupRow(
        group=Link(message, links.to(f"/reports/{row['id']}")),
        cause=cause_of(row["classification"], row["severity"]),
        host=row["host"],
        releases=tuple(name for name, _ in group.releases.top[:_RELEASES]),
        reports=row["count"],
        sources=group.sources.distinct,
        countries=tuple(name for name, _ in group.countries.top[:_COUNTRIES]),
        first=row["first_at"],
        last=row["last_at"],
        burst=row["burst_since"] is not None,
        known=mark is not None and mark.holds(at),
    )


def latest(scope: Scope, since: datetime) -> list[Group]:
    """Return the groups that had a report last."""
    query = scope.select(report_groups.c.folded).where(report_groups.c.last_at >= since)
    rows = scope.rows(query.order_by(report_groups.c.last_at.desc()).limit(_MOST))
    return [folded(row) for row in rows]


def divisions(groups: Sequence[Group], *, platforms: bool = False) -> tuple[Division, ...]:
    """Return all reports of groups divided by what is known of where they came from."""
    found = [
        _division("By network", (one.networks for one in groups)),
        _division("By country", (one.countries for one in groups)),
        _division("By release", (one.releases for one in groups)),
    ]
    if platforms:
        found.append(_division("By platform", (one.platforms for one in groups)))
    return tuple(one for one in found if one.shares)


def _division(title: str, tallies: Iterable[Tally]) -> Division:
    whole = Tally()
    for one in tallies:
        whole = whole.merge(one)
    total = whole.total or 1
    return Division(
        title,
        tuple(Share(name, number, number / total) for name, number in whole.top[:_SHARES]),
    )


def collectors(scope: Scope, base: str) -> tuple[Collector, ...]:
    """Return where each application's reports go to, and when one last came."""
    last = scope.select(report_groups.c.last_at).where(
        report_groups.c.application == applications.c.id,
        report_groups.c.organisation == applications.c.organisation,
        scope.mine(applications),
    )
    newest = last.order_by(report_groups.c.last_at.desc()).limit(1).scalar_subquery()
    query = scope.select(
        applications.c.title, applications.c.report_key, newest.label("last")
    ).order_by(applications.c.name)
    return tuple(
        Collector(row["title"], f"{base}/report/{row['report_key']}", row["last"])
        for row in scope.rows(query.limit(_APPLICATIONS))
    )


# Applications whose addresses a page shows; each has its own on its own page.
_APPLICATIONS = 50
