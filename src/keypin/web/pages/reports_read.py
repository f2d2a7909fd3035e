"""Groups of reports as rows and shares: read from what the collector folded, never one by one."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, or_, select, true

from keypin.reports import Group, Tally
from keypin.reports.stored import loads
from keypin.watch.collecting import knowing
from keypin.watch.collecting.bursts import RULE
from keypin.watch.store import Scope
from keypin.watch.store.tables import applications, report_groups
from keypin.web.pages.charts import cause_of
from keypin.web.pages.links import Links
from keypin.web.pages.listing import Ids
from keypin.web.views.parts import Link
from keypin.web.views.reports import Collector, Division, Divisions, GroupRow, Share

# What a person reads of the countries and the releases of a group.
_COUNTRIES, _RELEASES = 3, 4

# Groups whose shares are put together: the latest.
_MOST = 30

LATEST = f"All reports of the {_MOST} groups that had one last, since each group began."
OF_THIS = "All reports of this group, since it began."

# What is said of reports whose network or country was not kept.
_UNKNOWN = "unknown"


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
    wanted = {query.replace(" ", "-"), query}
    named = scope.select(applications.c.id).where(
        applications.c.name.icontains(query, autoescape=True)
    )
    return found.where(
        or_(
            report_groups.c.application.in_(named),
            *(one.icontains(each, autoescape=True) for one in texts for each in wanted),
        )
    )


def by_application(organisation: int) -> tuple[ColumnElement[Any], ...]:
    """Return what groups are sorted by to stand by the names of their applications."""
    name = select(applications.c.name).where(
        applications.c.organisation == organisation,
        report_groups.c.organisation == organisation,
        applications.c.id == report_groups.c.application,
    )
    return name.correlate(report_groups).scalar_subquery(), report_groups.c.last_at


def rows(scope: Scope, numbers: Sequence[int], links: Links, at: datetime) -> list[GroupRow]:
    """Return groups as rows, in the order of their numbers."""
    query = scope.select(report_groups).where(report_groups.c.id.in_(numbers))
    found = {row["id"]: row for row in scope.rows(query)}
    names = names_of(scope, found.values())
    return [
        row_of(found[one], folded(found[one]), names[found[one]["application"]], links, at)
        for one in numbers
        if one in found
    ]


def names_of(scope: Scope, groups: Iterable[RowMapping]) -> dict[int, str]:
    """Return the names of the applications of groups."""
    numbers = {row["application"] for row in groups}
    query = scope.select(applications.c.id, applications.c.name)
    rows = scope.rows(query.where(applications.c.id.in_(numbers)))
    return {row["id"]: row["name"] for row in rows}


def folded(row: RowMapping) -> Group:
    """Return what the reports of a group tell together."""
    return loads(Group, row["folded"])


def row_of(row: RowMapping, group: Group, application: str, links: Links, at: datetime) -> GroupRow:
    """Return a group as a row."""
    message = row["message"] or f"reports of {row['host']} that are not judged yet"
    mark = knowing.mark_of(row)
    issuer, key = _shown(group)
    return GroupRow(
        group=Link(message, links.to(f"/reports/{row['id']}")),
        cause=cause_of(row["classification"], row["severity"]),
        application=application,
        host=row["host"],
        issuer=issuer,
        key=key,
        expected=expected(group),
        releases=tuple(name for name, _ in group.releases.top[:_RELEASES]),
        reports=row["count"],
        sources=group.sources.distinct,
        countries=tuple(name for name, _ in group.countries.top[:_COUNTRIES]),
        first=row["first_at"],
        last=row["last_at"],
        burst=row["burst_since"],
        calm=row["last_at"] < at - RULE.width,
        known=mark is not None and mark.holds(at),
    )


def expected(group: Group) -> tuple[str, ...]:
    """Return the pins that were missed, those that can be read first."""
    return (*map(str, group.sample.pins), *group.sample.unread_pins)


def _shown(group: Group) -> tuple[str, str]:
    """Return who issued what was shown, and its key, as far as all reports of a group agree."""
    kind, _, named = group.key.authority.partition(":")
    if kind == "product":
        return named, ""
    leaf = next(iter(group.sample.certificates), None)
    if kind != "key" or leaf is None:
        return ("no certificate" if kind == "none" else "what is no certificate"), ""
    return leaf.issuer_common_name or leaf.issuer_organization or leaf.issuer, named


# A group, and the name of its application.
Named = tuple[str, Group]


def latest(scope: Scope, since: datetime) -> list[Named]:
    """Return the groups that had a report last."""
    columns = report_groups.c.folded, report_groups.c.application
    query = scope.select(*columns).where(report_groups.c.last_at >= since)
    rows = scope.rows(query.order_by(report_groups.c.last_at.desc()).limit(_MOST))
    names = names_of(scope, rows)
    return [(names[row["application"]], folded(row)) for row in rows]


def divisions(groups: Sequence[Named], which: str, *, platforms: bool = False) -> Divisions:
    """Return all reports of groups divided by what is known of where they came from.

    Args:
        groups: those groups.
        which: says which reports these are.
        platforms: whether they are divided by platform, too.
    """
    total = sum(group.count for _, group in groups)
    found = [
        _division("network", (group.networks for _, group in groups), total),
        _division("country", (group.countries for _, group in groups), total),
        _division("release", (_named(*one) for one in groups), total),
    ]
    if platforms:
        found.append(_division("platform", (group.platforms for _, group in groups), total))
    return Divisions(tuple(one for one in found if one.shares), which)


def _named(application: str, group: Group) -> Tally:
    """Return the releases of a group with the name of their application: 3.2 is of many."""
    tally = group.releases
    named = {f"{application} {version}": number for version, number in tally.counts.items()}
    return replace(tally, counts=named)


def _division(by: str, tallies: Iterable[Tally], total: int) -> Division:
    whole = Tally()
    for one in tallies:
        whole = whole.merge(one)
    parts = list(whole.top)
    if parts and total > whole.total:
        parts.append((_UNKNOWN, total - whole.total))
    return Division(
        f"By {by}", tuple(Share(by, name, number, number / total) for name, number in parts)
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
