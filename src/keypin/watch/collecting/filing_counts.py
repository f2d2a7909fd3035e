"""Counts that grow: what was seen of each release on each day, and of each group in each minute."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from keypin.reports import Seen
from keypin.watch.store.tables import check_ins

MOST_VERSIONS = 1000
"""Versions of one application that are told apart on one day; more are `OTHER_VERSIONS`."""

OTHER_VERSIONS = "others"

_Key = tuple[str, date]


@dataclass(frozen=True, slots=True)
class Sightings:
    """What was seen of one application's releases."""

    connection: Connection
    organisation: int
    application: int

    def add(self, seen: Iterable[Seen]) -> None:
        """Add what was seen to what is counted.

        Args:
            seen: check-ins and reports by version and day, in any order and as often as they are.
        """
        found = list(seen)
        if not found:
            return
        known = self._known({one.day for one in found})
        counts: dict[_Key, list[int]] = {}
        for one in found:
            count = counts.setdefault(_bounded(one, known), [0, 0])
            count[0] += one.check_ins
            count[1] += one.reports
        ours = {"organisation": self.organisation, "application": self.application}
        rows = [
            {**ours, "version": version, "day": day, "count": count, "reports": reports}
            for (version, day), (count, reports) in sorted(counts.items())
        ]
        key = ("organisation", "application", "version", "day")
        add_counts(self.connection, check_ins, rows, key, ("count", "reports"))

    def _known(self, days: set[date]) -> dict[date, set[str]]:
        query = select(check_ins.c.version, check_ins.c.day).where(
            check_ins.c.organisation == self.organisation,
            check_ins.c.application == self.application,
            check_ins.c.day.in_(days),
        )
        known: dict[date, set[str]] = {day: set() for day in days}
        for version, day in self.connection.execute(query):
            known[day].add(version)
        return known


def _bounded(seen: Seen, known: Mapping[date, set[str]]) -> _Key:
    versions = known[seen.day]
    if seen.version not in versions and len(versions) >= MOST_VERSIONS:
        return OTHER_VERSIONS, seen.day
    versions.add(seen.version)
    return seen.version, seen.day


def add_counts(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    key: Sequence[str],
    columns: Sequence[str] = ("count",),
) -> None:
    """Insert counts, or add them to those that are there.

    Args:
        connection: a transaction.
        table: of counts.
        rows: whole.
        key: the columns that tell a count from others.
        columns: what is added.
    """
    postgres = connection.dialect.name == "postgresql"
    made = postgresql.insert(table) if postgres else sqlite.insert(table)
    added = {name: table.c[name] + made.excluded[name] for name in columns}
    connection.execute(made.on_conflict_do_update(index_elements=list(key), set_=added), list(rows))
